"""Schema 0004: pipelines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring a store from the version before to this one."""
    _bundles()


def _bundles() -> None:
    """Bundles of code, their checks, and which is deployed where."""
    op.create_table(
        "bundle",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("commit", sa.String(length=60), nullable=True),
        sa.Column("diff_digest", sa.String(length=64), nullable=False),
        sa.Column("made_with", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "digest"),
    )
    op.create_index("bundle_by_age", "bundle", ["project_id", "created_at"], unique=False)
    op.create_table(
        "bundle_check",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("report_digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    op.create_index("bundle_check_by_bundle", "bundle_check", ["project_id", "digest", "name", "id"], unique=False)
    op.create_table(
        "bundle_deployment",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("override", sa.Text(), nullable=False),
        sa.Column("from_environment", sa.String(length=100), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "environment", "number"),
    )
