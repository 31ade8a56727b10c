"""Schema 0004: pipelines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring a store from the version before to this one."""
    _steps()
    _graph()
    _turns()


def _steps() -> None:
    """What more is known of a step, and the elements of a map."""
    op.add_column("step_run", sa.Column("path", sa.String(length=500), server_default="", nullable=False))
    op.add_column("step_run", sa.Column("kind", sa.String(length=20), server_default="step", nullable=False))
    op.add_column("step_run", sa.Column("line", sa.String(length=250), server_default="", nullable=False))
    op.add_column("step_run", sa.Column("attempt", sa.Integer(), server_default="1", nullable=False))
    op.add_column("step_run", sa.Column("ended_at", sa.String(length=27), nullable=True))
    op.add_column("step_run", sa.Column("executor", sa.String(length=100), server_default="", nullable=False))
    op.add_column("step_run", sa.Column("host", sa.String(length=250), server_default="", nullable=False))
    op.add_column("step_run", sa.Column("cpu_seconds", sa.Float(), nullable=True))
    op.add_column("step_run", sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=True))
    op.add_column("step_run", sa.Column("cost", sa.Float(), nullable=True))
    op.add_column("step_run", sa.Column("n_elements", sa.Integer(), nullable=True))
    op.add_column("step_run", sa.Column("environment", sa.String(length=250), server_default="", nullable=False))
    op.create_table(
        "step_element",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("element", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cache_key", sa.String(length=64), nullable=True),
        sa.Column("outputs", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id", "position", "element"),
        sqlite_with_rowid=False,
    )


def _graph() -> None:
    """The graph of a run as planned, and what it asks people."""
    op.create_table(
        "run_graph",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("pipeline", sa.String(length=100), nullable=False),
        sa.Column("graph", sa.JSON(), nullable=False),
        sa.Column("forecast", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id"),
    )
    op.create_index("run_graph_by_pipeline", "run_graph", ["project_id", "pipeline", "run_id"], unique=False)
    op.create_table(
        "run_approval",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("cache_key", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=True),
        sa.Column("answered_at", sa.String(length=27), nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id", "position"),
    )
    op.create_index("run_approval_by_key", "run_approval", ["project_id", "cache_key"], unique=False)


def _turns() -> None:
    """Which run is to stop, which goes first, what holds how much of a pool."""
    op.create_table(
        "run_cancel",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id"),
    )
    op.create_table(
        "run_turn",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("pipeline", sa.String(length=100), nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "pipeline", "turn"),
    )
    op.create_index("run_turn_by_run", "run_turn", ["project_id", "run_id"], unique=False)
    op.create_table(
        "pool_claim",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("task", sa.String(length=60), nullable=False),
        sa.Column("pool", sa.String(length=100), nullable=False),
        sa.Column("amounts", sa.JSON(), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "run_id", "task"),
    )
    op.create_index("pool_claim_by_pool", "pool_claim", ["pool"], unique=False)
