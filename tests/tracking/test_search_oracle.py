"""A search gives what going through all runs by plain Python gives, for conditions and orders drawn at random."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from tests.storage.stores import OnPostgres, OnSqlite
from tidemill.access import Caller, Role
from tidemill.storage.records import Database
from tidemill.testing.records_conformance import OpenStore
from tidemill.tracking import MetricPoint, NewRun, RunQuery, Tracking, parse_fields, parse_order, parse_where

ANN = Caller("ann", role=Role.ADMIN)
_NUMBERS = (0.0, 1.0, 2.5, -1.0, math.nan, math.inf, -math.inf)
_WORDS = ("a", "A", "ab", "b%", "é", "")
_WHERE: tuple[tuple[str, Callable[[_Known], bool]], ...]


@dataclass
class _Known:
    """A run as it was made."""

    id: str
    started_at: str
    experiment: str
    metrics: dict[str, float]
    texts: dict[str, str]
    deleted: bool


_WHERE = (
    ("metrics.auc >= 1", lambda run: run.metrics.get("auc", math.nan) >= 1),
    ("metrics.auc < 2.5", lambda run: run.metrics.get("auc", math.nan) < 2.5),
    ("metrics.loss != 1", lambda run: "loss" in run.metrics and run.metrics["loss"] != 1),
    ("params.word = 'a'", lambda run: run.texts.get("word") == "a"),
    ("params.word != 'a'", lambda run: run.texts.get("word", "a") != "a"),
    ("tags.word LIKE 'a%'", lambda run: run.texts.get("word", "").startswith("a")),
    ("tags.word ILIKE '_B'", lambda run: re.fullmatch("(?i).b", run.texts.get("word", "")) is not None),
    ("tags.word = 'ab'", lambda run: run.texts.get("word") == "ab"),
    ("tags.word IS NULL", lambda run: "word" not in run.texts),
    ("params.word IS NOT NULL", lambda run: "word" in run.texts),
    ("run.experiment IN ('e1', 'e2')", lambda run: run.experiment in {"e1", "e2"}),
    ("status = 'RUNNING'", lambda _: True),
    ("start_time > 0 and end_time > 0", lambda _: False),
)
_ORDERS: tuple[tuple[str, Callable[[_Known], Any]], ...] = (
    ("metrics.auc", lambda run: run.metrics.get("auc")),
    ("metrics.loss", lambda run: run.metrics.get("loss")),
    ("params.word", lambda run: run.texts.get("word")),
    ("tags.other", lambda _: None),
    ("run_id", lambda run: run.id),
    ("experiment", lambda run: run.experiment),
    ("start_time", lambda run: run.started_at),
)


class _OracleSuite:
    @pytest.fixture
    def database(self, open_store: OpenStore) -> Database:
        """A store with nothing in it."""
        return open_store()

    def test_a_search_gives_what_going_through_all_runs_gives(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rng, tracking = random.Random(9), Tracking(database)
        known = [_made(tracking, database, rng) for _ in range(50)]
        for number in range(80):
            monkeypatch.setattr("tidemill.tracking._search._FEW", number % 2 * 20)
            where, orders = rng.sample(_WHERE, rng.randrange(3)), rng.sample(_ORDERS, rng.randrange(3))
            ways = [rng.random() < 0.5 for _ in orders]
            view: Literal["active", "deleted", "all"] = rng.choice(("active", "deleted", "all"))
            of = rng.choice(((), ("e1",), ("e0", "e2"), ("none",)))
            query = RunQuery(
                parse_where(" AND ".join(text for text, _ in where)),
                tuple(
                    parse_order(f"{text} {'DESC' if way else ''}") for (text, _), way in zip(orders, ways, strict=True)
                ),
                of,
                limit=7,
                view=view,
                shown=parse_fields(()),
            )
            wanted = [
                run
                for run in known
                if all(holds(run) for _, holds in where)
                and (view == "all" or run.deleted == (view == "deleted"))
                and (not of or run.experiment in of)
            ]
            wanted.sort(key=lambda run: run.id)
            wanted.sort(key=lambda run: run.started_at, reverse=True)
            for (_, value), way in reversed(list(zip(orders, ways, strict=True))):
                wanted = _sorted(wanted, value, way)
            assert _pages(tracking, query) == [run.id for run in wanted], query
            counted = {name: sum(run.experiment == name for run in wanted) for name in ("e0", "e1", "e2")}
            assert tracking.count_runs(ANN, query) == {name: n for name, n in counted.items() if n}

    def test_pages_hold_every_run_once_while_runs_are_added(self, database: Database) -> None:
        rng, tracking = random.Random(2), Tracking(database)
        known = {_made(tracking, database, rng, deleted=False).id for _ in range(20)}
        for order in ((), ("metrics.auc DESC",), ("params.word", "metrics.loss")):
            query = RunQuery(order_by=tuple(map(parse_order, order)), limit=6)
            found, page = [], tracking.search_runs(ANN, query)
            found += [each.run.id for each in page.runs]
            while page.next is not None:
                _made(tracking, database, rng, deleted=False)
                page = tracking.search_runs(ANN, replace(query, after=page.next))
                found += [each.run.id for each in page.runs]
            assert len(found) == len(set(found))
            assert known <= set(found)

    def test_only_what_is_asked_for_is_read(self, database: Database) -> None:
        tracking = Tracking(database)
        run = tracking.start_run(ANN, NewRun("e", "a run", tags={"team": "tide"}))
        tracking.log_batch(ANN, run.id, [MetricPoint("a b", 1.0, 0), MetricPoint("c", 2.0, 0)], {"p": 1, "q": 2})
        (shown,) = tracking.search_runs(ANN, RunQuery(shown=parse_fields(["metrics.`a b`", "param.p"]))).runs
        assert (list(shown.metrics), shown.params, shown.tags) == (["a b"], {"p": "1"}, {})
        (shown,) = tracking.search_runs(ANN, RunQuery(shown=parse_fields(["tags"]))).runs
        assert (shown.metrics, shown.params, shown.tags) == ({}, {}, {"team": "tide"})


class TestSqlite(OnSqlite, _OracleSuite):
    """On SQLite."""


class TestPostgres(OnPostgres, _OracleSuite):
    """On PostgreSQL."""


def _made(tracking: Tracking, database: Database, rng: random.Random, *, deleted: bool | None = None) -> _Known:
    experiment = f"e{rng.randrange(3)}"
    run = tracking.start_run(ANN, NewRun(experiment, "a run"))
    metrics = {key: rng.choice(_NUMBERS) for key in ("auc", "loss") if rng.random() < 0.8}
    texts = {"word": rng.choice(_WORDS)} if rng.random() < 0.8 else {}
    tracking.log_batch(ANN, run.id, [MetricPoint(key, value, 0) for key, value in metrics.items()], texts, texts)
    gone = rng.random() < 0.2 if deleted is None else deleted
    if gone:
        delete = sa.text("UPDATE run SET deleted_at = started_at WHERE id = :id").bindparams(id=run.id)
        database.write(lambda tx: tx.execute(delete).close())
    return _Known(run.id, run.started_at, experiment, metrics, texts, gone)


def _sorted(runs: list[_Known], value: Callable[[_Known], Any], descending: bool) -> list[_Known]:
    def is_number(run: _Known) -> bool:
        return value(run) is not None and value(run) == value(run)

    with_it = sorted((run for run in runs if is_number(run)), key=value, reverse=False)
    if descending:  # as a stable sort, so that ties keep their order
        with_it = [run for each in reversed(_groups(with_it, value)) for run in each]
    nan = [run for run in runs if value(run) is not None and not is_number(run)]
    return [*with_it, *nan, *(run for run in runs if value(run) is None)]


def _groups(runs: list[_Known], value: Callable[[_Known], Any]) -> list[list[_Known]]:
    groups: list[list[_Known]] = []
    for run in runs:
        if groups and value(groups[-1][0]) == value(run):
            groups[-1].append(run)
        else:
            groups.append([run])
    return groups


def _pages(tracking: Tracking, query: RunQuery) -> list[str]:
    found = []
    while True:
        page = tracking.search_runs(ANN, query)
        found += [detail.run.id for detail in page.runs]
        if page.next is None:
            return found
        query = replace(query, after=page.next)
