"""Tables of the pipelines room: what each step of a run did, and results that may be reused."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.storage.encryption.sealed_columns import Sealed

metadata = sa.MetaData()

step_run_table = sa.Table(
    "step_run",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("step", sa.String(100), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("code_digest", sa.String(64), nullable=False),
    sa.Column("cache_key", sa.String(64)),
    sa.Column("key_parts", Sealed(sa.JSON(), "step_run.key_parts"), nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("outputs", sa.JSON, nullable=False),
    sa.Column("reused_from", sa.String(32)),
    sa.Column("note", Sealed(sa.Text(), "step_run.note"), nullable=False),
    sa.Column("started_at", sa.String(27), nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)

step_result_table = sa.Table(
    "step_result",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("cache_key", sa.String(64), primary_key=True),
    sa.Column("run_id", sa.String(32), nullable=False),
    sa.Column("outputs", sa.JSON, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("created_at", sa.String(27), nullable=False),
)

# What steps wrote while they ran, line by line; `seq` counts the lines of a run.
step_log_table = sa.Table(
    "step_log",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("element", sa.Integer),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Column("stream", sa.String(10), nullable=False),
    sa.Column("text", Sealed(sa.Text(), "step_log.text"), nullable=False),
    sa.Index("step_log_by_step", "project_id", "run_id", "position", "seq"),
)
