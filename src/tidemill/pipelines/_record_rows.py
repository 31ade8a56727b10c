"""Rows about what steps took: found by what is asked, and as a history to expect from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.pipelines._repository import StepRun
from tidemill.pipelines._tables import run_graph_table, step_run_table
from tidemill.storage.records import Transaction

#: How many of the last executions of a step tell what to expect of the next.
N_SAMPLES = 5
_RUNS_LOOKED_AT = 5
_EXECUTED = "executed"
_SAMPLE = ("step", "seconds", "cost", "outputs", "n_elements")


@dataclass(frozen=True)
class StepQuery:
    """Which steps of all runs: of a name, a state, a run, or begun at an instant (ISO 8601 UTC) or later; at most
    `limit`, newest first."""

    step: str | None = None
    state: str | None = None
    since: str | None = None
    run_id: str | None = None
    limit: int = 100


@dataclass(frozen=True)
class Sample:
    """What one execution of a step took. n_bytes: of its outputs, None when it is not known."""

    seconds: float
    cost: float | None
    n_bytes: int | None
    n_elements: int | None


def find_steps(tx: Transaction, project: str, query: StepQuery) -> list[StepRun]:
    """Return steps of runs, newest first."""
    table = step_run_table.c
    statement = sa.select(step_run_table).where(table.project_id == project)
    wanted = {table.step: query.step, table.state: query.state, table.run_id: query.run_id}
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if query.since is not None:
        statement = statement.where(table.started_at >= query.since)
    names = StepRun.__dataclass_fields__
    rows = tx.rows(statement.order_by(table.started_at.desc(), table.position.desc()).limit(query.limit))
    return [StepRun(**{name: row[name] for name in names}) for row in rows]


def samples_of(tx: Transaction, project: str, pipeline: str, steps: Collection[str]) -> dict[str, list[Sample]]:
    """Return what the last executions of steps took, newest first: at most two statements, whatever the steps.

    Looked for in the last runs of the pipeline, then, of those that none of these executed, anywhere.
    """
    graph, table = run_graph_table.c, step_run_table.c
    last = (
        sa.select(graph.run_id)
        .where(graph.project_id == project, graph.pipeline == pipeline)
        .order_by(graph.run_id.desc())
        .limit(_RUNS_LOOKED_AT)
    )
    near = sa.select(*(table[name] for name in _SAMPLE)).where(
        table.project_id == project, table.run_id.in_(last), table.state == _EXECUTED
    )
    found = _grouped(tx, near.order_by(table.started_at.desc()))
    missing = set(steps) - found.keys()
    if not missing:
        return {step: found[step] for step in steps}
    number = sa.func.row_number().over(partition_by=table.step, order_by=table.started_at.desc()).label("number")
    ranked = (
        sa.select(*(table[name] for name in _SAMPLE), number)
        .where(table.project_id == project, table.state == _EXECUTED)
        .where(table.step.in_(sorted(missing)))
        .subquery()
    )
    far = sa.select(*(ranked.c[name] for name in _SAMPLE)).where(ranked.c.number <= N_SAMPLES)
    found |= {step: samples for step, samples in _grouped(tx, far.order_by(ranked.c.number)).items() if step in missing}
    return {step: found[step] for step in steps if step in found}


def last_run_with_graph(tx: Transaction, project: str, pipeline: str | None) -> str | None:
    """Return the newest run whose plan was recorded, of a pipeline or of any; None when there is none."""
    graph = run_graph_table.c
    statement = sa.select(sa.func.max(graph.run_id)).where(graph.project_id == project)
    if pipeline is not None:
        statement = statement.where(graph.pipeline == pipeline)
    found = tx.scalar(statement)
    return None if found is None else str(found)


def _grouped(tx: Transaction, statement: sa.Select[Any]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for row in tx.rows(statement):
        samples = found.setdefault(row["step"], [])
        if len(samples) < N_SAMPLES:
            samples.append(Sample(row["seconds"], row["cost"], bytes_of(row["outputs"]), row["n_elements"]))
    return found


def bytes_of(outputs: Collection[dict[str, Any]]) -> int | None:
    """Return the size of outputs together; None when that of any is not known."""
    sizes = [output.get("size_bytes") for output in outputs]
    return None if None in sizes else sum(size for size in sizes if size is not None)
