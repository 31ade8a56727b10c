"""Rows of the pipelines room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.pipelines._tables import step_result_table, step_run_table
from tidemill.storage.records import Transaction


@dataclass(frozen=True)
class StepResult:
    """A result that may be reused: its outputs, and the run that made it in how many seconds."""

    run_id: str
    outputs: list[dict[str, Any]]
    seconds: float


@dataclass(frozen=True)
class StepRun:
    """What one step did in one run. State: executed, reused or failed; `note` says why, in words."""

    run_id: str
    position: int
    step: str
    state: str
    code_digest: str
    cache_key: str | None
    key_parts: dict[str, str]
    inputs: list[dict[str, str]]
    outputs: list[dict[str, Any]]
    reused_from: str | None
    note: str
    started_at: str
    seconds: float


def find_result(tx: Transaction, project: str, key: str) -> StepResult | None:
    """Return the result kept under a key, or None."""
    table = step_result_table.c
    row = tx.row(sa.select(step_result_table).where(table.project_id == project, table.cache_key == key))
    return StepResult(row["run_id"], row["outputs"], row["seconds"]) if row else None


def store_step(tx: Transaction, project: str, step: StepRun, *, keep: bool) -> None:
    """Store what a step did, and its result for reuse when it may be kept."""
    values = {name: getattr(step, name) for name in StepRun.__dataclass_fields__}
    tx.execute(sa.insert(step_run_table).values(project_id=project, **values))
    if not keep or step.cache_key is None:
        return
    table = step_result_table.c
    tx.execute(sa.delete(step_result_table).where(table.project_id == project, table.cache_key == step.cache_key))
    tx.execute(
        sa.insert(step_result_table).values(
            project_id=project,
            cache_key=step.cache_key,
            run_id=step.run_id,
            outputs=step.outputs,
            seconds=step.seconds,
            created_at=iso(tx.now),
        )
    )


def steps_of(tx: Transaction, project: str, run_id: str) -> list[StepRun]:
    """Return the steps of a run in order."""
    table = step_run_table.c
    statement = sa.select(step_run_table).where(table.project_id == project, table.run_id == run_id)
    return [_step_run(row) for row in tx.rows(statement.order_by(table.position))]


def last_parts(tx: Transaction, project: str, step: str) -> dict[str, str] | None:
    """Return what went into the key of a step's latest execution, or None when it never ran."""
    table = step_run_table.c
    statement = (
        sa.select(table.key_parts)
        .where(table.project_id == project, table.step == step, table.state == "executed")
        .order_by(table.started_at.desc())
        .limit(1)
    )
    row = tx.row(statement)
    return dict(row["key_parts"]) if row else None


def run_ids(tx: Transaction, project: str, beginning: str, limit: int = 3) -> list[str]:
    """Return ids of runs with steps that begin so, at most `limit`."""
    table = step_run_table.c
    statement = sa.select(table.run_id).distinct()
    statement = statement.where(table.project_id == project, table.run_id.startswith(beginning, autoescape=True))
    return [row["run_id"] for row in tx.rows(statement.limit(limit))]


def executions_before(tx: Transaction, project: str, step: StepRun, limit: int = 20) -> list[StepRun]:
    """Return the latest executions of a step, by its name, in runs before."""
    table = step_run_table.c
    of_step = (table.project_id == project, table.step == step.step, table.state == "executed")
    before = (table.started_at < step.started_at, table.run_id != step.run_id)
    statement = sa.select(step_run_table).where(*of_step, *before).order_by(table.started_at.desc()).limit(limit)
    return [_step_run(row) for row in tx.rows(statement)]


def _step_run(row: dict[str, Any]) -> StepRun:
    return StepRun(**{name: row[name] for name in StepRun.__dataclass_fields__})
