"""Searching runs: a page of ids by an index, then what is asked of these runs, and of no others.

Ordered by a metric first, the index over last values gives the runs in order, and each other condition is looked up by
key: what is read is the page and the runs passed over on the way to it. Runs whose metric is NaN come after those, then
runs without it. Where one condition holds for few runs only, as an index tells at once, those few are gone through.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.storage.statements import BIG, json_values
from tidemill.tracking._run_details import read_details
from tidemill.tracking._run_places import run_places, tagged
from tidemill.tracking._tables import experiment_table, last_metric_table, run_table, tag_table
from tidemill.tracking.queries import RunPage, RunQuery
from tidemill.tracking.searching import (
    Column,
    Condition,
    Order,
    Term,
    fingerprint,
    matching,
    paging,
    terms_of,
    token_of,
)
from tidemill.tracking.searching.matching import compared
from tidemill.tracking.searching.paging import check_place, in_order, read_token
from tidemill.tracking.searching.vocabulary import ATTRIBUTES

_INFINITY = float("inf")
#: So few runs are gone through one by one, whatever the order.
_FEW = 2000

_Place = list[Any]


@dataclass(frozen=True)
class Search:
    """One search. experiments: ids, None for all. few: the only runs in question, when they are few."""

    tx: Transaction
    project: str
    query: RunQuery
    experiments: tuple[str, ...] | None
    few: tuple[str, ...] | None = None

    def rows(self, statement: sa.Select[Any]) -> list[Any]:
        """Return the rows of a statement over the runs in question."""
        given = {"experiments": json.dumps(self.experiments or ()), "few": json.dumps(self.few or ())}
        return list(self.tx.execute(statement, given))

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """Yield what holds for the rows of `run` that are searched for."""
        table = run_table.c
        if self.few is None:
            yield table.project_id == self.project
        else:  # as pairs, so that they are looked up by their key: no index that begins with the project can be entered
            listed = json_values("few").subquery()
            yield sa.tuple_(table.project_id, table.id).in_(sa.select(sa.literal(self.project), listed.c.value))
        yield from self.of_run()
        yield from matching(self.tx, run_places(self.project), self.query.where)

    def of_run(self) -> Iterator[sa.ColumnElement[bool]]:
        """Yield that a run is of the experiments and of the view."""
        table = run_table.c
        if self.experiments is not None and len(self.experiments) == 1:
            yield table.experiment_id == self.experiments[0]
        elif self.experiments is not None:
            yield table.experiment_id.in_(json_values("experiments"))
        if self.query.view != "all":
            active = self.query.view == "active"
            yield table.deleted_at.is_(None) if active else table.deleted_at.is_not(None)


def search(tx: Transaction, project: str, query: RunQuery) -> RunPage:
    """Return a page of the runs that were asked for.

    Raises UsageError for what an encrypted store cannot compare, and when it takes more than 5 s.
    """
    with tx.within(paging.MOST_SECONDS):
        return _search(tx, project, query)


def _search(tx: Transaction, project: str, query: RunQuery) -> RunPage:
    mark = fingerprint(query.where, query.order_by, query.experiments, query.numbers, query.view)
    asked, terms = asked_of(tx, project, query), terms_in(tx, project, query.order_by)
    place = None if not query.after else read_token(query.after, mark, len(terms))
    if place is not None:
        check_place(place, terms)
    if asked.experiments == () or asked.few == ():
        return RunPage([], None)
    leads = asked.few is None and query.order_by and query.order_by[0].of == "metrics"
    wanted = query.limit + 1
    found = _by_metric(asked, place, wanted) if leads else _sorted(asked, terms, place, wanted)
    ids = [at[-1] for at in found[: query.limit]]
    details = read_details(tx, project, ids, query.shown)
    more = token_of(mark, found[query.limit - 1]) if len(found) > query.limit else None
    return RunPage([details[run_id] for run_id in ids if run_id in details], more)


def count(tx: Transaction, project: str, query: RunQuery) -> dict[str, int]:
    """Return how many runs fulfil a query, by experiment; its order and its page do not matter.

    Raises UsageError as `search` does.
    """
    with tx.within(paging.MOST_SECONDS):
        return _count(tx, project, query)


def _count(tx: Transaction, project: str, query: RunQuery) -> dict[str, int]:
    asked = asked_of(tx, project, replace(query, order_by=()))
    if asked.experiments == () or asked.few == ():
        return {}
    run, experiment = run_table.c, experiment_table.c
    counted = sa.select(run.experiment_id, sa.func.count()).where(*asked.conditions()).group_by(run.experiment_id)
    numbers: dict[str, int] = dict(asked.rows(counted))
    its_id = experiment.id.in_(json_values("ids"))
    names = sa.select(experiment.id, experiment.name).where(experiment.project_id == project, its_id)
    found: list[Any] = list(tx.execute(names.order_by(experiment.name), {"ids": json.dumps(list(numbers))}))
    return {name: numbers[id_] for id_, name in found}


def asked_of(tx: Transaction, project: str, query: RunQuery) -> Search:
    """Return the search, with what an index tells of it at once: which few runs can be meant."""
    asked = Search(tx, project, query, _experiments(tx, project, query))
    fewest: list[str] | None = None
    for statement in _narrow(asked):
        ids = [row[0] for row in asked.rows(statement.limit(_FEW + 1))]
        if len(ids) <= _FEW and (fewest is None or len(ids) < len(fewest)):
            fewest = ids
    return asked if fewest is None else replace(asked, few=tuple(fewest))


def _narrow(asked: Search) -> Iterator[sa.Select[Any]]:
    """Yield statements that an index serves, each giving the runs that one condition leaves."""
    project, orders = asked.project, asked.query.order_by
    if asked.experiments is not None and (len(asked.experiments) > 1 or orders):
        in_them = run_table.c.experiment_id.in_(json_values("experiments"))
        yield sa.select(run_table.c.id).where(run_table.c.project_id == project, in_them)
    for each in asked.query.where:
        if each.of == "tags" and each.operator == "=":
            yield sa.select(tag_table.c.run_id).where(*tagged(project, each.key, str(each.value)))
        elif each.of == "metrics" and each.operator != "!=" and (not orders or name_of(orders[0]) != name_of(each)):
            last = last_metric_table.c
            value = compared(asked.tx, Column(last.value), each)
            yield sa.select(last.run_id).where(last.project_id == project, last.key == each.key, value)
        elif each.of == ATTRIBUTES and each.key == "run_id" and each.operator in {"=", "IN"}:
            value = compared(asked.tx, Column(run_table.c.id), each)
            yield sa.select(run_table.c.id).where(run_table.c.project_id == project, value)


def _experiments(tx: Transaction, project: str, query: RunQuery) -> tuple[str, ...] | None:
    """Return the ids of the experiments that a query is about, None for all."""
    table = experiment_table.c
    found: set[str] = set()
    if not query.experiments and query.numbers is None:
        return None
    by = ((table.name, query.experiments), (table.id, query.experiments), (table.number, query.numbers or ()))
    for column, wanted in by:
        if wanted:
            given = {"wanted": json.dumps([str(each) for each in wanted])}
            listed = json_values("wanted")
            values = sa.select(sa.cast(listed.subquery().c.value, BIG)) if column is table.number else listed
            statement = sa.select(table.id).where(table.project_id == project, column.in_(values))
            found.update(row[0] for row in tx.execute(statement, given))
    return tuple(sorted(found))


def terms_in(tx: Transaction, project: str, orders: Sequence[Order], run_id: Any = None) -> list[Term]:
    """Return the terms of an order, and at last the time of the start, the newest first, and the id."""
    places = run_places(project, run_id)
    own = [Term(places.attributes["started_at"].value, descending=True), Term(places.attributes["run_id"].value)]
    return [*terms_of(tx, places, orders), *own]


def _sorted(asked: Search, terms: Sequence[Term], place: _Place | None, wanted: int) -> list[_Place]:
    """Return the places of runs in order, those that lack what they are ordered by included."""
    statement = sa.select().select_from(run_table).where(*asked.conditions())
    return [list(row) for row in asked.rows(in_order(statement, terms, wanted, place))]


def _by_metric(asked: Search, place: _Place | None, wanted: int) -> list[_Place]:
    """Return the places of runs, first those with a number, then those with NaN, then those without the metric."""
    first, *others = asked.query.order_by
    found: list[_Place] = []
    before = -1 if place is None else 2 if place[0] is None else 1 if math.isnan(place[0]) else 0
    terms = terms_in(asked.tx, asked.project, others, last_metric_table.c.run_id)
    number = Term(last_metric_table.c.value, first.descending, nan=False)
    for part in range(max(before, 0), 3):
        at, rest = (place, wanted - len(found)) if part == before else (None, wanted - len(found))
        if rest <= 0:
            break
        if part == 0:
            statement = in_order(having(asked, first, nan=False), [number, *terms], rest, at)
            found += [list(row) for row in asked.rows(statement)]
        elif part == 1:
            statement = in_order(having(asked, first, nan=True), terms, rest, at and at[1:])
            found += [[math.nan, *row] for row in asked.rows(statement)]
        elif not any(name_of(each) == name_of(first) for each in asked.query.where):
            without = (
                sa.select().select_from(run_table).where(*asked.conditions(), ~has_metric(asked.project, first.key))
            )
            own = terms_in(asked.tx, asked.project, others)
            found += [[None, *row] for row in asked.rows(in_order(without, own, rest, at and at[1:]))]
    return found


def having(asked: Search, order: Order, *, nan: bool) -> sa.Select[Any]:
    """Return the statement over the last values of the metric that leads, of runs that fulfil all conditions."""
    last, project = last_metric_table.c, asked.project
    in_part = last.value > _INFINITY if nan else last.value <= _INFINITY
    statement = (
        sa.select().select_from(last_metric_table).where(last.project_id == project, last.key == order.key, in_part)
    )
    for each in asked.query.where:
        if name_of(each) == name_of(order):
            statement = statement.where(compared(asked.tx, Column(last.value), each))
        else:
            statement = statement.where(*matching(asked.tx, run_places(project, last.run_id), [each]))
    its = list(asked.of_run())
    if its:
        run = run_table.c
        statement = statement.where(sa.exists().where(run.project_id == project, run.id == last.run_id, *its))
    return statement


def has_metric(project: str, key: str) -> sa.ColumnElement[bool]:
    other = last_metric_table.alias().c
    return sa.exists().where(other.project_id == project, other.run_id == run_table.c.id, other.key == key)


def name_of(each: Condition | Order) -> tuple[str, str]:
    return each.of, each.key
