"""What the steps of runs lead to, and taking some away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.pipelines._tables import (
    pool_claim_table,
    run_approval_table,
    run_cancel_table,
    run_graph_table,
    run_turn_table,
    step_element_table,
    step_result_table,
    step_run_table,
)
from tidemill.storage.records import Transaction

_OF_RUNS = (
    step_element_table,
    run_graph_table,
    run_approval_table,
    run_cancel_table,
    run_turn_table,
    pool_claim_table,
)


class StepLinks(NamedTuple):
    """Where a step of a run leads: the run whose result it reused, the dataset versions that it read."""

    run_id: str
    reused_from: str | None
    datasets: tuple[str, ...]


def list_step_links(tx: Transaction, project: str) -> list[StepLinks]:
    """Return where the steps of all runs of a project lead."""
    table = step_run_table.c
    statement = sa.select(table.run_id, table.reused_from, table.inputs).where(table.project_id == project)
    rows: list[Any] = list(tx.execute(statement))
    return [StepLinks(row[0], row[1], tuple(_datasets(row[2]))) for row in rows]


def remove_steps(tx: Transaction, project: str, run_ids: Sequence[str]) -> None:
    """Remove the steps of runs, and the results they made unless a step of another run reuses them."""
    for table in (step_run_table, *_OF_RUNS):
        tx.execute(sa.delete(table).where(table.c.project_id == project, table.c.run_id.in_(run_ids)))
    result = step_result_table.c
    free = []
    for table in (step_run_table, step_element_table):
        same = (table.c.project_id == project, table.c.cache_key == result.cache_key)
        free.append(~sa.select(table.c.cache_key).where(*same).exists())
    mine = (result.project_id == project, result.run_id.in_(run_ids))
    tx.execute(sa.delete(step_result_table).where(*mine, *free))


def _datasets(inputs: list[dict[str, str]]) -> list[str]:
    names = [each["reference"].rpartition(" on ")[2] for each in inputs]
    return [name for name in names if "@" in name]
