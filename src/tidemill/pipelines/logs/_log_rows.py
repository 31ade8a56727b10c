"""Rows of step logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.pipelines._tables import step_log_table
from tidemill.storage.records import Transaction

_NAMES = ("seq", "position", "element", "attempt", "at", "stream", "text")


@dataclass(frozen=True)
class StoredLine:
    """A line that a step wrote. `seq` counts the lines of the run; `at` is ISO 8601 UTC.

    position: of the step in its run's graph. element: of a mapped step, else None. attempt: 1 for the first try.
    stream: ``stdout`` or ``stderr``, or ``tidemill`` for what is said about the log itself.
    """

    seq: int
    position: int
    element: int | None
    attempt: int
    at: str
    stream: str
    text: str


@dataclass(frozen=True)
class LineQuery:
    """Which lines of a run: those of a step or an element, after a `seq`, at most `limit`, oldest first."""

    position: int | None = None
    element: int | None = None
    after: int | None = None
    limit: int = 1000


def last_seq(tx: Transaction, project: str, run_id: str) -> int:
    """Return the number of a run's last line, 0 when there is none."""
    table = step_log_table.c
    found = tx.scalar(sa.select(sa.func.max(table.seq)).where(table.project_id == project, table.run_id == run_id))
    return int(found or 0)


def store_lines(tx: Transaction, project: str, run_id: str, lines: Sequence[StoredLine]) -> None:
    """Store lines of a run."""
    of = {"project_id": project, "run_id": run_id}
    tx.execute(sa.insert(step_log_table), [of | {name: getattr(line, name) for name in _NAMES} for line in lines])


def read_lines(tx: Transaction, project: str, run_id: str, query: LineQuery) -> list[StoredLine]:
    """Return the lines of a run that a query asks for, oldest first."""
    table = step_log_table.c
    statement = sa.select(*(table[name] for name in _NAMES)).where(table.project_id == project, table.run_id == run_id)
    if query.position is not None:
        statement = statement.where(table.position == query.position)
    if query.element is not None:
        statement = statement.where(table.element == query.element)
    if query.after is not None:
        statement = statement.where(table.seq > query.after)
    rows: list[Any] = list(tx.execute(statement.order_by(table.seq).limit(query.limit)))
    return [StoredLine(*row) for row in rows]
