"""Tables of the pipelines room: what each step of a run did, results that may be reused, what a run waits for."""

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
    sa.Column("path", sa.String(500), nullable=False, server_default=""),
    sa.Column("kind", sa.String(20), nullable=False, server_default="step"),
    sa.Column("line", sa.String(250), nullable=False, server_default=""),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="1"),
    sa.Column("ended_at", sa.String(27)),
    sa.Column("executor", sa.String(100), nullable=False, server_default=""),
    sa.Column("host", sa.String(250), nullable=False, server_default=""),
    sa.Column("cpu_seconds", sa.Float),
    sa.Column("peak_memory_bytes", sa.BigInteger),
    sa.Column("cost", sa.Float),
    sa.Column("n_elements", sa.Integer),
    sa.Column("environment", sa.String(250), nullable=False, server_default=""),
)

step_element_table = sa.Table(
    "step_element",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("element", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("cache_key", sa.String(64)),
    sa.Column("outputs", sa.JSON, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("note", Sealed(sa.Text(), "step_element.note"), nullable=False),
    sqlite_with_rowid=False,
)

run_graph_table = sa.Table(
    "run_graph",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("pipeline", sa.String(100), nullable=False),
    sa.Column("graph", sa.JSON, nullable=False),
    sa.Column("forecast", sa.JSON, nullable=False),
    sa.Index("run_graph_by_pipeline", "project_id", "pipeline", "run_id"),
)

run_approval_table = sa.Table(
    "run_approval",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("question", Sealed(sa.Text(), "run_approval.question"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("cache_key", sa.String(64)),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("asked_at", sa.String(27), nullable=False),
    sa.Column("until", sa.String(27)),
    sa.Column("answered_at", sa.String(27)),
    sa.Column("answered_by", sa.String(200)),
    sa.Column("note", Sealed(sa.Text(), "run_approval.note"), nullable=False),
    sa.Index("run_approval_by_key", "project_id", "cache_key"),
)

run_cancel_table = sa.Table(
    "run_cancel",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("asked_at", sa.String(27), nullable=False),
    sa.Column("asked_by", sa.String(200), nullable=False),
)

run_turn_table = sa.Table(
    "run_turn",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("pipeline", sa.String(100), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run_id", sa.String(32), nullable=False),
    sa.Index("run_turn_by_run", "project_id", "run_id"),
)

pool_claim_table = sa.Table(
    "pool_claim",
    metadata,
    sa.Column("project_id", sa.String(100), primary_key=True),
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("task", sa.String(60), primary_key=True),
    sa.Column("pool", sa.String(100), nullable=False),
    sa.Column("amounts", sa.JSON, nullable=False),
    sa.Column("until", sa.String(27), nullable=False),
    sa.Index("pool_claim_by_pool", "pool"),
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
