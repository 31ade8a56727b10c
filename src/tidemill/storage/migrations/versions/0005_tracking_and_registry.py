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
    _journals()
    _logged()
    _artifacts()
    _traces()
    _webhooks()
    _registry()
    _gates()
    _views()


def _runs() -> None:
    """Experiments with numbers, runs that can be deleted and restored, every point of a metric."""
    op.add_column("experiment", sa.Column("number", _BIG, server_default="0", nullable=False))
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
    op.create_index("run_by_start", "run", ["project_id", "started_at", "id", "deleted_at"], unique=False)
    op.drop_index("run_by_experiment", "run")
    columns = ["project_id", "experiment_id", "started_at", "id", "deleted_at"]
    op.create_index("run_by_experiment", "run", columns, unique=False)
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
        sa.Column("writes", _BIG, server_default="0", nullable=False),
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
    op.create_table(
        "metric_outline",
        sa.Column("series", _BIG, autoincrement=False, nullable=False),
        sa.Column("writes", _BIG, nullable=False),
        sa.Column("n_points", _BIG, nullable=False),
        sa.Column("n_buckets", sa.Integer(), nullable=False),
        sa.Column("points", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("series"),
    )
    on_sqlite = op.get_context().dialect.name == "sqlite"
    ms = (_SQLITE_MS if on_sqlite else _POSTGRES_MS).format(at="at")
    ms_of_point = (_SQLITE_MS if on_sqlite else _POSTGRES_MS).format(at="point.at")
    op.execute(
        f'INSERT INTO run_last_metric SELECT project_id, run_id, "key", step, value, {ms}, '  # noqa: S608
        'row_number() OVER (ORDER BY project_id, run_id, "key"), 0 FROM run_last_metric_0004'
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


def _journals() -> None:
    """How far what clients have logged is stored."""
    op.create_table(
        "run_journal",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("journal", sa.String(length=64), nullable=False),
        sa.Column("position", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id", "journal"),
    )


def _logged() -> None:
    """Tags of experiments, datasets that runs read, logged models."""
    op.add_column("experiment", sa.Column("artifact_location", sa.Text(), nullable=True))
    _logged_of_runs()
    _logged_models()


def _logged_of_runs() -> None:
    op.create_table(
        "experiment_tag",
        *_owned("experiment_id"),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "experiment_id", "key"),
    )
    op.create_index("experiment_tag_by_key", "experiment_tag", ["project_id", "key", "experiment_id"], unique=False)
    op.create_table(
        "input_dataset",
        *_owned("id"),
        sa.Column("experiment_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=36), nullable=False),
        sa.Column("source_type", sa.String(length=36), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("project_id", "experiment_id", "name", "digest"),
    )
    op.create_table(
        "run_dataset",
        *_owned("run_id"),
        sa.Column("dataset_id", sa.String(length=32), nullable=False),
        sa.Column("context", sa.String(length=500), nullable=True),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id", "dataset_id"),
    )
    op.create_index("run_dataset_by_dataset", "run_dataset", ["project_id", "dataset_id", "run_id"], unique=False)
    op.create_table(
        "run_model",
        *_owned("run_id"),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("model_id", sa.String(length=34), nullable=False),
        sa.Column("step", _BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id", "side", "model_id", "step"),
    )
    op.create_index("run_model_by_model", "run_model", ["project_id", "model_id", "run_id"], unique=False)


def _logged_models() -> None:
    op.create_table(
        "logged_model",
        *_owned("id", 34),
        sa.Column("experiment_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("model_type", sa.String(length=500), nullable=False),
        sa.Column("source_run_id", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("updated_at", sa.String(length=27), nullable=False),
        sa.Column("deleted_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    op.create_index(
        "logged_model_by_experiment", "logged_model", ["project_id", "experiment_id", "created_at", "id"], unique=False
    )
    op.create_index("logged_model_by_run", "logged_model", ["project_id", "source_run_id", "id"], unique=False)
    for name in ("logged_model_param", "logged_model_tag"):
        op.create_table(
            name,
            *_owned("model_id", 34),
            sa.Column("key", sa.String(length=250), nullable=False),
            sa.Column("value", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("project_id", "model_id", "key"),
        )
    op.create_table(
        "logged_model_metric",
        *_owned("model_id", 34),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("dataset_name", sa.String(length=500), nullable=False),
        sa.Column("dataset_digest", sa.String(length=36), nullable=False),
        sa.Column("step", _BIG, autoincrement=False, nullable=False),
        sa.Column("at", _BIG, autoincrement=False, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "model_id", "key", "run_id", "dataset_name", "dataset_digest", "step", "at"
        ),
    )
    op.create_index("logged_model_metric_by_run", "logged_model_metric", ["project_id", "run_id"], unique=False)


def _owned(of: str, length: int = 32) -> tuple[sa.Column[str], sa.Column[str]]:
    return sa.Column("project_id", sa.String(length=100), nullable=False), sa.Column(
        of, sa.String(length=length), nullable=False
    )


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
    op.create_index("trace_by_run", "trace", ["project_id", "run_id", "started_ms", "id"])
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
    op.create_table(
        "trace_run",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("trace_id", sa.String(length=70), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "trace_id", "run_id"),
    )
    op.create_index("trace_run_by_run", "trace_run", ["project_id", "run_id", "trace_id"])


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
    """What more is known of models and versions; versions that no gate saw; tags and environments."""
    _models()
    _versions()
    with op.batch_alter_table("model_alias") as alias:
        alias.alter_column("model", type_=sa.String(length=256), existing_nullable=False)
        alias.alter_column("alias", type_=sa.String(length=255), existing_nullable=False)
    op.create_index("model_alias_by_version", "model_alias", ["project_id", "model", "version"], unique=False)
    op.create_table(
        "model_environment",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=256), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("set_at", sa.String(length=27), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "model", "environment", "version"),
    )
    op.create_index(
        "model_environment_by_version", "model_environment", ["project_id", "model", "version"], unique=False
    )


def _models() -> None:
    with op.batch_alter_table("model") as model:
        model.alter_column("name", type_=sa.String(length=256), existing_nullable=False)
        model.add_column(sa.Column("updated_at", sa.String(length=27), server_default="", nullable=False))
        model.add_column(sa.Column("owner", sa.String(length=200), server_default="", nullable=False))
        model.add_column(sa.Column("description", sa.Text(), nullable=True))
        model.add_column(sa.Column("last_version", sa.Integer(), server_default="0", nullable=False))
    newest = (
        "(SELECT max(v.version) FROM model_version v WHERE v.project_id = model.project_id AND v.model = model.name)"
    )
    op.execute(f"UPDATE model SET updated_at = created_at, owner = created_by, last_version = coalesce({newest}, 0)")  # noqa: S608 - one fixed text
    op.create_index("model_by_creation", "model", ["project_id", "created_at", "name"], unique=False)
    op.create_index("model_by_update", "model", ["project_id", "updated_at", "name"], unique=False)
    op.create_table(
        "model_tag",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=256), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "model", "key"),
    )
    op.create_index("model_tag_by_key", "model_tag", ["project_id", "key", "model"], unique=False)


def _versions() -> None:
    names = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}  # what PostgreSQL calls it, and SQLite nothing
    with op.batch_alter_table("model_version", naming_convention=names) as version:
        version.drop_constraint("model_version_project_id_model_package_digest_report_digest_key", type_="unique")
        version.alter_column("model", type_=sa.String(length=256), existing_nullable=False)
        version.add_column(sa.Column("updated_at", sa.String(length=27), server_default="", nullable=False))
        version.add_column(sa.Column("user_id", sa.String(length=200), server_default="", nullable=False))
        version.add_column(sa.Column("description", sa.Text(), nullable=True))
        version.add_column(sa.Column("status", sa.String(length=30), server_default="READY", nullable=False))
        version.add_column(sa.Column("status_message", sa.Text(), nullable=True))
        version.add_column(sa.Column("source", sa.String(length=2000), server_default="", nullable=False))
        version.add_column(sa.Column("run_link", sa.String(length=2000), server_default="", nullable=False))
        version.add_column(sa.Column("model_id", sa.String(length=64), server_default="", nullable=False))
        version.add_column(sa.Column("facts", sa.JSON(), nullable=True))
    op.execute("UPDATE model_version SET updated_at = created_at, user_id = created_by")
    op.create_index(
        "model_version_by_package",
        "model_version",
        ["project_id", "model", "package_digest", "report_digest"],
        unique=True,
        sqlite_where=sa.text("report_digest <> ''"),
        postgresql_where=sa.text("report_digest <> ''"),
    )
    by_update = ["project_id", "updated_at", "model", "version"]
    op.create_index("model_version_by_update", "model_version", by_update, unique=False)
    op.create_index("model_version_by_digest", "model_version", ["project_id", "package_digest"], unique=False)
    op.create_index("model_version_by_run", "model_version", ["project_id", "run_id"], unique=False)
    op.create_index("model_version_by_source", "model_version", ["project_id", "source"], unique=False)
    op.create_table(
        "model_version_tag",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=256), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "model", "version", "key"),
    )
    by_key = ["project_id", "key", "model", "version"]
    op.create_index("model_version_tag_by_key", "model_version_tag", by_key, unique=False)


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
    op.add_column("loop_turn", sa.Column("request_id", sa.String(length=32), nullable=True))
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
