"""Rows of the pipelines room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.pipelines._tables import (
    run_approval_table,
    run_graph_table,
    step_element_table,
    step_result_table,
    step_run_table,
)
from tidemill.pipelines.approvals import RunApproval
from tidemill.pipelines.run_graph import GraphNode, RunGraph
from tidemill.storage.records import Transaction


@dataclass(frozen=True)
class StepResult:
    """A result that may be reused: its outputs, and the run that made it in how many seconds."""

    run_id: str
    outputs: list[dict[str, Any]]
    seconds: float


@dataclass(frozen=True)
class StepRun:
    """What one step did in one run; `note` says why, in words.

    state: waiting, running, executed, reused, failed, caught, skipped, cancelled or paused.
    path: the nested pipelines it lies in, joined by ``/``. kind: step, map, choice or approval. line: where it is
        called, as ``flights.py:31``. attempt: which try it was.
    cost: in the currency of the configured price. n_elements: of a map. environment: the tag of its environment.
    cpu_seconds, peak_memory_bytes, cost: None where they were not measured.
    """

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
    path: str = ""
    kind: str = "step"
    line: str = ""
    attempt: int = 1
    ended_at: str | None = None
    executor: str = ""
    host: str = ""
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    cost: float | None = None
    n_elements: int | None = None
    environment: str = ""


@dataclass(frozen=True)
class StepElement:
    """What became of one element of a map: the call of its step with one item of the list."""

    run_id: str
    position: int
    element: int
    state: str
    cache_key: str | None
    outputs: list[dict[str, Any]]
    seconds: float
    note: str


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


def elements_of(tx: Transaction, project: str, of: tuple[str, int], after: int, limit: int) -> list[StepElement]:
    """Return elements of a map, given by run and position, in order, those behind a given one."""
    table = step_element_table.c
    mine = (table.project_id == project, table.run_id == of[0], table.position == of[1], table.element > after)
    statement = sa.select(step_element_table).where(*mine).order_by(table.element).limit(limit)
    return [StepElement(**{name: row[name] for name in StepElement.__dataclass_fields__}) for row in tx.rows(statement)]


def graph_of(tx: Transaction, project: str, run_id: str) -> RunGraph | None:
    """Return the graph of a run as planned, or None."""
    table = run_graph_table.c
    row = tx.row(sa.select(run_graph_table).where(table.project_id == project, table.run_id == run_id))
    if row is None:
        return None
    nodes = tuple(GraphNode.from_json(node) for node in row["graph"])
    return RunGraph(run_id, row["pipeline"], nodes, tuple(row["forecast"]))


def approvals_of(tx: Transaction, project: str, run_id: str) -> list[RunApproval]:
    """Return what a run asks people, in order."""
    table = run_approval_table.c
    statement = sa.select(run_approval_table).where(table.project_id == project, table.run_id == run_id)
    return [
        RunApproval(**{name: row[name] for name in RunApproval.__dataclass_fields__})
        for row in tx.rows(statement.order_by(table.position))
    ]


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


def _step_run(row: dict[str, Any]) -> StepRun:
    return StepRun(**{name: row[name] for name in StepRun.__dataclass_fields__})
