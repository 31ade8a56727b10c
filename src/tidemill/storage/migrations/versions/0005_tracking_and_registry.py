"""Schema 0005: tracking and registry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


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


def _logged() -> None:
    """Tags of experiments, datasets that runs read, logged models."""


def _artifacts() -> None:
    """Files that runs and logged models keep."""


def _traces() -> None:
    """Traces."""


def _webhooks() -> None:
    """Addresses that are told what happens, and what each was told."""


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
    """Approvals, promotions, environments."""


def _views() -> None:
    """Saved views of runs."""
