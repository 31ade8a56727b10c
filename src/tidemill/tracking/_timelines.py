"""Points of one series by time, then step, then value, in pages.

Points are kept by step. Mostly that is the order of time as well; where it is not, the database sorts the series. One
of very many points would be sorted again for each of its pages: it comes by step instead.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.storage.statements import BIG, Real
from tidemill.tracking._tables import point_table
from tidemill.tracking.runs import HistoryPlace

#: So many points of a series are put in the order of time.
MOST_SORTED = 100_000


def read_timeline(tx: Transaction, number: int, after: HistoryPlace | None, limit: int) -> list[HistoryPlace]:
    """Return points of a series behind a place, `limit` at most."""
    by_time = after.by_time if after is not None else _is_sortable(tx, number)
    table = point_table.c
    terms = (table.at, table.step, table.value) if by_time else (table.step, table.at, table.value)
    statement = sa.select(table.step, table.at, table.value).where(table.series == number)
    if after is not None:
        step, at = sa.literal(after.step, BIG), sa.literal(after.at, BIG)
        place = (at, step) if by_time else (step, at)
        statement = statement.where(sa.tuple_(*terms) > sa.tuple_(*place, sa.literal(after.value, Real())))
    found: list[Any] = list(tx.execute(statement.order_by(*terms).limit(limit)))
    return [HistoryPlace(step, at, value, by_time) for step, at, value in found]


def _is_sortable(tx: Transaction, number: int) -> bool:
    first = sa.select(point_table.c.step).where(point_table.c.series == number).limit(MOST_SORTED + 1).subquery()
    return int(tx.scalar(sa.select(sa.func.count()).select_from(first)) or 0) <= MOST_SORTED
