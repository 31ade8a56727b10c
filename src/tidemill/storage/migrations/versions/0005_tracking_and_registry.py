"""Schema 0005: tracking and registry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SQLITE_MS = (
    "coalesce(CAST(strftime('%s', substr({at}, 1, 19)) AS INTEGER) * 1000 + CAST(substr({at}, 21, 3) AS INTEGER), 0)"
)
_POSTGRES_MS = "CAST(extract(epoch FROM CAST({at} AS TIMESTAMPTZ)) * 1000 AS BIGINT)"


def upgrade() -> None:
    """Bring a store from the version before to this one."""
    _runs()
    _logged()
    _artifacts()
    _traces()
    _webhooks()
    _registry()
    _gates()
    _views()


def _runs() -> None:
    """Experiments with numbers, runs that can be deleted and restored, every point of a metric."""
    op.add_column("experiment", sa.Column("number", sa.Integer(), server_default="0", nullable=False))
    op.add_column("experiment", sa.Column("updated_at", sa.String(length=27), server_default="", nullable=False))
    op.add_column("experiment", sa.Column("deleted_at", sa.String(length=27), nullable=True))
    op.execute(
        "UPDATE experiment SET updated_at = created_at, number = CASE WHEN name = 'Default' THEN 0 ELSE "
        "(SELECT count(*) FROM experiment AS other "
        "WHERE other.project_id = experiment.project_id AND other.id <= experiment.id) END"
    )
    op.create_index("experiment_by_number", "experiment", ["project_id", "number"], unique=True)
    op.add_column("run", sa.Column("user_id", sa.String(length=250), nullable=True))
    op.add_column("run", sa.Column("deleted_at", sa.String(length=27), nullable=True))
    op.add_column("run", sa.Column("attended", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_index("run_by_start", "run", ["project_id", "started_at", "id"], unique=False)
    op.drop_index("run_by_experiment", "run")
    op.create_index("run_by_experiment", "run", ["project_id", "experiment_id", "started_at", "id"], unique=False)
    _points()


def _points() -> None:
    """A series for each key of each run, and the points of all series in one table."""
    op.drop_index("run_last_metric_by_value", "run_last_metric")
    op.rename_table("run_last_metric", "run_last_metric_0004")
    op.create_table(
        "run_last_metric",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("step", _BIG, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("series", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "metric_point",
        sa.Column("series", _BIG, autoincrement=False, nullable=False),
        sa.Column("step", _BIG, autoincrement=False, nullable=False),
        sa.Column("at", _BIG, autoincrement=False, nullable=False),
        sa.Column("value", sa.Float(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("series", "step", "at", "value"),
        sqlite_with_rowid=False,
    )
    on_sqlite = op.get_context().dialect.name == "sqlite"
    ms = (_SQLITE_MS if on_sqlite else _POSTGRES_MS).format(at="at")
    ms_of_point = (_SQLITE_MS if on_sqlite else _POSTGRES_MS).format(at="point.at")
    op.execute(
        f'INSERT INTO run_last_metric SELECT project_id, run_id, "key", step, value, {ms}, '  # noqa: S608
        'row_number() OVER (ORDER BY project_id, run_id, "key") FROM run_last_metric_0004'
    )
    op.execute(
        f"INSERT INTO metric_point SELECT last.series, point.step, {ms_of_point}, point.value "  # noqa: S608
        "FROM run_last_metric AS last JOIN run_metric AS point ON point.project_id = last.project_id "
        'AND point.run_id = last.run_id AND point."key" = last."key"'
    )
    op.drop_table("run_last_metric_0004")
    op.drop_table("run_metric")
    op.create_index(
        "run_last_metric_by_value", "run_last_metric", ["project_id", "key", "value", "run_id"], unique=False
    )
    op.create_index("run_last_metric_by_series", "run_last_metric", ["series"], unique=True)


def _logged() -> None:
    """Tags of experiments, datasets that runs read, logged models."""


def _artifacts() -> None:
    """Files that runs and logged models keep."""
    op.create_table(
        "artifact",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=70), nullable=False),
        sa.Column("path", sa.String(length=1000), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "owner", "path"),
        sqlite_with_rowid=False,
    )


def _traces() -> None:
    """Traces."""
    op.create_table(
        "trace",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=70), nullable=False),
        sa.Column("experiment_id", sa.String(length=32), nullable=False),
        sa.Column("client_request_id", sa.String(length=250), nullable=True),
        sa.Column("name", sa.String(length=500), nullable=True),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    op.create_index("trace_by_start", "trace", ["project_id", "experiment_id", "started_ms", "id"])
    op.create_table(
        "trace_tag",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("trace_id", sa.String(length=70), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "trace_id", "key"),
    )
    op.create_table(
        "trace_metadata",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("trace_id", sa.String(length=70), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "trace_id", "key"),
    )


def _webhooks() -> None:
    """Addresses that are told what happens, and what each was told."""
    op.create_table(
        "webhook",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("updated_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("webhook_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.String(length=27), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.String(length=27), nullable=False),
        sa.Column("done_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "webhook_id", "position", "event"),
    )
    op.create_index(
        "webhook_delivery_by_state", "webhook_delivery", ["project_id", "webhook_id", "state", "position", "event"]
    )


def _registry() -> None:
    """What more is known of models and versions."""


def _gates() -> None:
    """Approvals, promotions, environments."""


def _views() -> None:
    """Saved views of runs, and an index that finds runs by the value of a tag."""
    op.drop_index("run_tag_by_key", "run_tag")
    op.create_index("run_tag_by_value", "run_tag", ["project_id", "key", sa.text("substr(value, 1, 200)"), "run_id"])
    op.create_table(
        "saved_view",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "name"),
    )
