"""Rows of the pipelines room."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.pipelines._tables import (
    run_graph_table,
    step_element_table,
    step_result_table,
    step_run_table,
)
from tidemill.pipelines.run_graph import GraphNode, RunGraph
from tidemill.storage.records import Transaction
from tidemill.storage.statements import insert_or_ignore, json_values, upsert

_PUT_STEP = upsert(step_run_table)
_PUT_ELEMENT = upsert(step_element_table)
_PUT_RESULT = upsert(step_result_table)
_MARK_STEP = insert_or_ignore(step_run_table)
_PUT_GRAPH = insert_or_ignore(run_graph_table)
_LAST_RUNS = 3

# Made once: to word a statement takes longer than to run it.
_RESULT = sa.select(step_result_table).where(step_result_table.c.project_id == sa.bindparam("project"))
_FIND_RESULT = _RESULT.where(step_result_table.c.cache_key == sa.bindparam("key"))
_FIND_RESULTS = _RESULT.where(step_result_table.c.cache_key.in_(json_values("keys")))
_LAST_PARTS = (
    sa.select(step_run_table.c.key_parts)
    .where(
        step_run_table.c.project_id == sa.bindparam("project"),
        step_run_table.c.step == sa.bindparam("step"),
        step_run_table.c.state == "executed",
    )
    .order_by(step_run_table.c.started_at.desc())
    .limit(1)
)


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
    row = tx.execute(_FIND_RESULT, {"project": project, "key": key}).first()
    return StepResult(row.run_id, row.outputs, row.seconds) if row else None


def find_results(tx: Transaction, project: str, keys: Sequence[str]) -> dict[str, StepResult]:
    """Return the results kept under some of the keys."""
    found = tx.execute(_FIND_RESULTS, {"project": project, "keys": json.dumps(list(keys))})
    return {row.cache_key: StepResult(row.run_id, row.outputs, row.seconds) for row in found}


def last_results(tx: Transaction, project: str, pipeline: str) -> dict[str, StepResult]:
    """Return the results to be reused that the steps of a pipeline's last runs have made or reused, by key."""
    graph, step, result = run_graph_table.c, step_run_table.c, step_result_table.c
    mine = sa.select(graph.run_id).where(graph.project_id == project, graph.pipeline == pipeline)
    last = [row["run_id"] for row in tx.rows(mine.order_by(graph.run_id.desc()).limit(_LAST_RUNS))]
    same = sa.and_(result.project_id == step.project_id, result.cache_key == step.cache_key)
    joined = sa.select(step_result_table).join(step_run_table, same)
    found = tx.execute(joined.where(step.project_id == project, step.run_id.in_(last))) if last else ()
    return {row.cache_key: StepResult(row.run_id, row.outputs, row.seconds) for row in found}


def store_batch(
    tx: Transaction,
    project: str,
    steps: Sequence[tuple[StepRun, bool]],
    elements: Sequence[tuple[StepElement, bool]] = (),
) -> None:
    """Store what steps and elements of maps did, and the results of those that may be kept for reuse."""
    if steps:
        told = [{"project_id": project, **vars(step)} for step, _ in steps]
        tx.execute(_PUT_STEP, told)
    if elements:
        tx.execute(_PUT_ELEMENT, [{"project_id": project, **vars(element)} for element, _ in elements])
    kept: list[StepRun | StepElement] = [step for step, keep in steps if keep]
    kept += [element for element, keep in elements if keep]
    results = [
        {
            "project_id": project,
            "cache_key": each.cache_key,
            "run_id": each.run_id,
            "outputs": each.outputs,
            "seconds": each.seconds,
            "created_at": iso(tx.now),
        }
        for each in kept
        if each.cache_key is not None
    ]
    if results:
        tx.execute(_PUT_RESULT, results)


def mark_running(tx: Transaction, project: str, step: StepRun) -> None:
    """Store that a step is at work, unless it has ended by now."""
    tx.execute(_MARK_STEP, [{"project_id": project, **vars(step)}])


def store_graph(tx: Transaction, project: str, graph: RunGraph) -> None:
    """Store the graph of a run as planned; that of a run that goes on stays as it was."""
    nodes = [vars(node) for node in graph.nodes]
    row = {"project_id": project, "run_id": graph.run_id, "pipeline": graph.pipeline}
    tx.execute(_PUT_GRAPH, row | {"graph": nodes, "forecast": [dict(each) for each in graph.forecast]})


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


def last_seconds(tx: Transaction, project: str) -> dict[str, float]:
    """Return how long each step took when it was last executed, by its name."""
    table = step_run_table.c
    mine = (table.project_id == project, table.state == "executed")
    latest = (
        sa.select(table.step, sa.func.max(table.started_at).label("at")).where(*mine).group_by(table.step).subquery()
    )
    same = sa.and_(table.step == latest.c.step, table.started_at == latest.c["at"])
    found = tx.rows(sa.select(table.step, table.seconds).join(latest, same).where(*mine))
    return {row["step"]: row["seconds"] for row in found}


def last_parts(tx: Transaction, project: str, step: str) -> dict[str, str] | None:
    """Return what went into the key of a step's latest execution, or None when it never ran."""
    row = tx.execute(_LAST_PARTS, {"project": project, "step": step}).first()
    return dict(row.key_parts) if row else None


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
