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


def _traces() -> None:
    """Traces."""


def _webhooks() -> None:
    """Addresses that are told what happens, and what each was told."""


def _registry() -> None:
    """What more is known of models and versions."""


def _gates() -> None:
    """What is recorded for gates, the policies in force, requests for promotions and their answers."""
    op.create_table(
        "gate_evidence",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("package_digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=True),
        sa.Column("collected_at", sa.String(length=27), nullable=False),
        sa.Column("collected_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "package_digest", "kind", "name"),
    )
    op.create_table(
        "promotion_policy",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("alias", sa.String(length=100), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "model", "alias"),
    )
    op.create_table(
        "promotion_request",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("package_digest", sa.String(length=64), nullable=False),
        sa.Column("report_digest", sa.String(length=64), nullable=False),
        sa.Column("verdict_id", sa.String(length=32), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("against", sa.JSON(), nullable=False),
        sa.Column("approvers", sa.JSON(), nullable=False),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.Column("n_approvals", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("impact", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=True),
        sa.Column("decided_at", sa.String(length=27), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    for index, columns in (
        ("promotion_request_by_state", ["project_id", "state", "id"]),
        ("promotion_request_by_model", ["project_id", "model", "id"]),
        ("promotion_request_by_version", ["project_id", "model", "version", "state"]),
    ):
        op.create_index(index, "promotion_request", columns, unique=False)
    op.create_table(
        "promotion_answer",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "request_id", "answered_by"),
    )


def _views() -> None:
    """Saved views of runs."""
