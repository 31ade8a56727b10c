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
