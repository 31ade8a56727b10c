"""What the steps of runs lead to, and taking some away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.pipelines._log_rows import remove_lines
from tidemill.pipelines._tables import step_result_table, step_run_table
from tidemill.storage.records import Transaction


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
    """Remove the steps of runs with what they wrote, and the results they made unless a step of another run reuses them."""
    step, result = step_run_table.c, step_result_table.c
    tx.execute(sa.delete(step_run_table).where(step.project_id == project, step.run_id.in_(run_ids)))
    remove_lines(tx, project, run_ids)
    reused = sa.select(step.cache_key).where(step.project_id == project, step.cache_key == result.cache_key)
    mine = (result.project_id == project, result.run_id.in_(run_ids))
    tx.execute(sa.delete(step_result_table).where(*mine, ~reused.exists()))


def _datasets(inputs: list[dict[str, str]]) -> list[str]:
    names = [each["reference"].rpartition(" on ")[2] for each in inputs]
    return [name for name in names if "@" in name]
