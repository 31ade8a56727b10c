"""Tables of the loop room: its turns, and how far it has come with each endpoint."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

turn_table = sa.Table(
    "loop_turn",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("endpoint", sa.String(100), nullable=False),
    # The end of the window, or the due time, that fired it: one retraining for each.
    sa.Column("due_at", sa.String(27), nullable=False),
    sa.Column("trigger", sa.String(100), nullable=False),
    sa.Column("reason", Sealed(sa.Text(), "loop_turn.reason"), nullable=False),
    sa.Column("monitor", sa.String(100)),
    sa.Column("window_starts_at", sa.String(27)),
    sa.Column("fired_at", sa.String(27), nullable=False),
    sa.Column("fired_by", sa.String(200), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("job_id", sa.String(32), nullable=False),
    sa.Column("before", sa.String(120), nullable=False),
    sa.Column("after", sa.String(120), nullable=False),
    sa.Column("run_id", sa.String(32)),
    sa.Column("verdict_id", sa.String(32)),
    # Of the promotion that it waits for, or waited for.
    sa.Column("request_id", sa.String(32)),
    sa.Column("outcome", Sealed(sa.Text(), "loop_turn.outcome"), nullable=False),
    sa.Column("seconds", sa.Float),
    sa.Column("ended_at", sa.String(27)),
    sa.UniqueConstraint("project_id", "endpoint", "due_at"),
)

progress_table = sa.Table(
    "loop_progress",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("endpoint", sa.String(100), primary_key=True),
    sa.Column("reached_at", sa.String(27), nullable=False),
    sa.Column("watermark", sa.String(27)),
    sa.Column("next_due_at", sa.String(27)),
    # A due time of the schedule that waits for the end of a cool-down or of a turn.
    sa.Column("waiting_due_at", sa.String(27)),
    sa.Column("said", Sealed(sa.Text(), "loop_progress.said"), nullable=False),
)
