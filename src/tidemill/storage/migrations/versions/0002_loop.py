"""Schema 0002: loop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring a store from the version before to this one."""
    op.create_table(
        "follower",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "name"),
    )
    op.create_table(
        "label",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("prediction_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("label", sa.Float(), nullable=False),
        sa.Column("event_at", sa.String(length=27), nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("predicted_at", sa.String(length=27), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "prediction_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("label_by_arrival", "label", ["project_id", "endpoint", "recorded_at"], unique=False)
    op.create_index("label_by_time", "label", ["project_id", "endpoint", "predicted_at"], unique=False)
    op.create_table(
        "loop_progress",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("reached_at", sa.String(length=27), nullable=False),
        sa.Column("watermark", sa.String(length=27), nullable=True),
        sa.Column("next_due_at", sa.String(length=27), nullable=True),
        sa.Column("waiting_due_at", sa.String(length=27), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "endpoint"),
    )
    op.create_table(
        "loop_turn",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("trigger", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("monitor", sa.String(length=100), nullable=True),
        sa.Column("window_starts_at", sa.String(length=27), nullable=True),
        sa.Column("fired_at", sa.String(length=27), nullable=False),
        sa.Column("fired_by", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("before", sa.String(length=120), nullable=False),
        sa.Column("after", sa.String(length=120), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("verdict_id", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("project_id", "endpoint", "due_at"),
    )
    op.create_table(
        "monitoring_window",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("monitor", sa.String(length=100), nullable=False),
        sa.Column("starts_at", sa.String(length=27), nullable=False),
        sa.Column("ends_at", sa.String(length=27), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=120), nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        sa.Column("n_labelled", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("watermark", sa.String(length=27), nullable=False),
        sa.Column("evaluated_at", sa.String(length=27), nullable=False),
        sa.Column("n_revised", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "endpoint", "monitor", "starts_at"),
    )
    op.create_table(
        "prediction",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("prediction_id", sa.String(length=32), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("event_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "prediction_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "prediction_part",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("endpoint", sa.String(length=100), nullable=False),
        sa.Column("segment", sa.String(length=100), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        sa.Column("first_event_at", sa.String(length=27), nullable=True),
        sa.Column("last_event_at", sa.String(length=27), nullable=True),
        sa.Column("last_recorded_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "endpoint", "segment", "start"),
    )
    op.create_index(
        "prediction_part_by_time", "prediction_part", ["project_id", "endpoint", "last_event_at"], unique=False
    )
    op.create_table(
        "quarantined_label",
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("prediction_id", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Float(), nullable=False),
        sa.Column("event_at", sa.String(length=27), nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("settled_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    op.create_index(
        "quarantined_label_waiting",
        "quarantined_label",
        ["project_id", "prediction_id"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.add_column("endpoint", sa.Column("declared", sa.JSON(), nullable=True))
    op.add_column("event", sa.Column("position", sa.Integer(), nullable=True))
    op.add_column("event", sa.Column("hash", sa.String(length=64), nullable=True))
    op.create_index("event_by_follower", "event", ["project_id", "position"], unique=False)
    op.create_index("event_by_position", "event", ["position"], unique=False)
    if op.get_bind().dialect.name == "postgresql":  # where events wait for the sealer, and only there
        op.create_index("event_unsealed", "event", ["sequence"], postgresql_where=sa.text("position IS NULL"))
