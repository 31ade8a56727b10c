"""Schema 0003: ground."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring a store from the version before to this one."""
    op.create_index(
        "run_still_running",
        "run",
        ["project_id", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )
    _keyring()
    _file_sets()
    _run_leases()
    _last_metrics()
    _erasure()


def _last_metrics() -> None:
    """The last value of each metric of a run, filled from its history."""
    op.create_index("run_tag_by_key", "run_tag", ["project_id", "key", "run_id"], unique=False)
    op.create_table(
        "run_last_metric",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id", "key"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO run_last_metric "
        "SELECT point.project_id, point.run_id, point.key, point.step, point.value, point.at FROM run_metric AS point "
        "JOIN (SELECT project_id, run_id, key, max(step) AS step FROM run_metric GROUP BY project_id, run_id, key) "
        "AS last ON last.project_id = point.project_id AND last.run_id = point.run_id AND last.key = point.key "
        "AND last.step = point.step"
    )
    op.create_index(
        "run_last_metric_by_value", "run_last_metric", ["project_id", "key", "value", "run_id"], unique=False
    )


def _erasure() -> None:
    """Erased keys, the requests, and what they have changed."""
    op.add_column("dataset_version", sa.Column("redactions", sa.JSON(), nullable=True))
    op.add_column("ingested_part", sa.Column("n_suppressed", sa.BigInteger(), nullable=True))
    op.add_column("materialization", sa.Column("keys", sa.JSON(), nullable=True))
    op.create_table(
        "erasure_secret",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.create_table(
        "erased_key",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("columns", sa.String(length=500), nullable=False),
        sa.Column("hash", sa.String(length=32), nullable=False),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "request_id", "columns", "hash"),
    )
    op.create_table(
        "erasure_request",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("n_keys", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.Column("requested_at", sa.String(length=27), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("finished_at", sa.String(length=27), nullable=True),
        sa.Column("lifted_at", sa.String(length=27), nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    op.create_table(
        "erasure_item",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "request_id", "kind", "name"),
    )


def _run_leases() -> None:
    """Until when a run is believed to be alive."""
    op.create_table(
        "run_lease",
        sa.Column("project_id", sa.String(100), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("until", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id"),
    )
    op.create_index("run_lease_by_end", "run_lease", ["until"], unique=False)


def _file_sets() -> None:
    """Versions of folders."""
    op.create_table(
        "file_set_version",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("n_files", sa.BigInteger(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("project_id", "name", "digest", name="uq_file_set_version_digest"),
        sa.UniqueConstraint("project_id", "name", "version", name="uq_file_set_version_number"),
    )


def _keyring() -> None:
    """The wrapped keys of an encrypted store."""
    op.create_table(
        "store_keyring",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
