"""Runs at a glance, for lists and pictures: the states of many steps, counts and pages of elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.access import Caller, Role, require
from tidemill.pipelines._repository import StepElement
from tidemill.pipelines._tables import run_graph_table, step_element_table, step_run_table
from tidemill.storage.records import Database, Transaction

_ENDED = ("executed", "reused", "failed", "caught", "skipped", "cancelled")


@dataclass(frozen=True)
class StepGlance:
    """A step of a run in short."""

    position: int
    step: str
    state: str
    attempt: int


def step_glances(database: Database, caller: Caller, run_ids: Sequence[str]) -> dict[str, list[StepGlance]]:
    """Return the steps of some runs in short, in order; a run without steps has none. Needs viewer."""
    require(caller, Role.VIEWER)
    table = step_run_table.c
    statement = (
        sa.select(table.run_id, table.position, table.step, table.state, table.attempt)
        .where(table.project_id == caller.project, table.run_id.in_(list(run_ids)))
        .order_by(table.run_id, table.position)
    )
    found: dict[str, list[StepGlance]] = {each: [] for each in run_ids}
    for row in database.read(lambda tx: tx.rows(statement)):
        found[row.pop("run_id")].append(StepGlance(**row))
    return found


def element_counts(database: Database, caller: Caller, run_id: str) -> dict[int, dict[str, int]]:
    """Return for each map of a run how many of its elements are in which state. Needs viewer."""
    require(caller, Role.VIEWER)
    table = step_element_table.c
    statement = (
        sa.select(table.position, table.state, sa.func.count().label("n"))
        .where(table.project_id == caller.project, table.run_id == run_id)
        .group_by(table.position, table.state)
    )
    found: dict[int, dict[str, int]] = {}
    for row in database.read(lambda tx: tx.rows(statement)):
        found.setdefault(row["position"], {})[row["state"]] = row["n"]
    return found


def n_done(counts: dict[int, dict[str, int]]) -> dict[int, int]:
    """Return for each map how many of its elements have ended.

    >>> n_done({3: {"executed": 7, "running": 2, "failed": 1}})
    {3: 8}
    """
    return {position: sum(each.get(state, 0) for state in _ENDED) for position, each in counts.items()}


def elements_page(
    database: Database, caller: Caller, of: tuple[str, int], state: str = "", after: int = -1
) -> list[StepElement]:
    """Return up to 200 elements of a map, given by run and position, behind one, of a state if told. Needs viewer."""
    require(caller, Role.VIEWER)
    table = step_element_table.c
    mine = [table.project_id == caller.project, table.run_id == of[0], table.position == of[1], table.element > after]
    if state:
        mine.append(table.state == state)
    statement = sa.select(step_element_table).where(*mine).order_by(table.element).limit(200)

    def read(tx: Transaction) -> list[dict[str, Any]]:
        return list(tx.rows(statement))

    names = StepElement.__dataclass_fields__
    return [StepElement(**{name: row[name] for name in names}) for row in database.read(read)]


def pipeline_names(database: Database, caller: Caller) -> list[str]:
    """Return the pipelines of which a run's graph is recorded. Needs viewer."""
    require(caller, Role.VIEWER)
    statement = sa.select(run_graph_table.c.pipeline).where(run_graph_table.c.project_id == caller.project).distinct()
    return sorted(row["pipeline"] for row in database.read(lambda tx: tx.rows(statement)))
