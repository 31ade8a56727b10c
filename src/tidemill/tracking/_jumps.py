"""Jumping to a place in a list of runs: the token of the page that begins behind so many of them.

A page costs what the first one does when its token is known. Behind any number of runs, as where somebody drags a
scroll bar to, an index is counted along: that reads no rows of runs that were passed over, and is done once a jump.
"""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.tracking._search import Search, asked_of, has_metric, having, name_of, terms_in
from tidemill.tracking._tables import last_metric_table, run_table
from tidemill.tracking.queries import RunQuery
from tidemill.tracking.searching import Order, Term, fingerprint, token_of
from tidemill.tracking.searching.paging import MOST_SECONDS, in_order


def token_behind(tx: Transaction, project: str, query: RunQuery, skip: int) -> str | None:
    """Return the token of the page behind the first `skip` runs of a search, None when there are not so many.

    Raises UsageError for what an encrypted store cannot compare, and when it takes more than 5 s.
    """
    with tx.within(MOST_SECONDS):
        return _token_behind(tx, project, query, skip)


def _token_behind(tx: Transaction, project: str, query: RunQuery, skip: int) -> str | None:
    mark = fingerprint(query.where, query.order_by, query.experiments, query.numbers, query.view)
    asked = asked_of(tx, project, query)
    if asked.experiments == () or asked.few == ():
        return None
    if asked.few is None and query.order_by and query.order_by[0].of == "metrics":
        place = _behind_by_metric(asked, skip)
    else:
        terms = terms_in(tx, project, query.order_by)
        statement = sa.select().select_from(run_table).where(*asked.conditions())
        place = _one(asked, in_order(statement, terms, 1, None), skip)
    return None if place is None else token_of(mark, place)


def _behind_by_metric(asked: Search, skip: int) -> list[Any] | None:
    """Return the place among runs with a number, then those with NaN, then those without the metric."""
    first: Order = asked.query.order_by[0]
    others = asked.query.order_by[1:]
    terms = terms_in(asked.tx, asked.project, others, last_metric_table.c.run_id)
    number = Term(last_metric_table.c.value, first.descending, nan=False)
    numbers, odd = having(asked, first, nan=False), having(asked, first, nan=True)
    found = _one(asked, in_order(numbers, [number, *terms], 1, None), skip)
    if found is not None:
        return found
    skip -= _count(asked, numbers)
    found = _one(asked, in_order(odd, terms, 1, None), skip)
    if found is not None:
        return [math.nan, *found]
    if any(name_of(each) == name_of(first) for each in asked.query.where):
        return None
    without = sa.select().select_from(run_table).where(*asked.conditions(), ~has_metric(asked.project, first.key))
    own = terms_in(asked.tx, asked.project, others)
    found = _one(asked, in_order(without, own, 1, None), skip - _count(asked, odd))
    return None if found is None else [None, *found]


def _one(asked: Search, statement: sa.Select[Any], skip: int) -> list[Any] | None:
    rows = asked.rows(statement.offset(skip - 1)) if skip > 0 else []
    return list(rows[0]) if rows else None


def _count(asked: Search, statement: sa.Select[Any]) -> int:
    return int(asked.rows(statement.with_only_columns(sa.func.count()))[0][0])
