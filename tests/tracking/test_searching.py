"""Runs are searched by what they logged, on every backend: by pages, each run once, in the order asked for."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.storage.stores import OnPostgres, OnSqlite
from tidemill.access import Caller, Role
from tidemill.core import SystemClock, UsageError
from tidemill.storage.schema import open_database
from tidemill.testing.records_conformance import OpenStore
from tidemill.tracking import (
    Condition,
    MetricPoint,
    NewRun,
    Order,
    RunQuery,
    Tracking,
    parse_order,
    parse_where,
)

ANN = Caller("ann", role=Role.ADMIN)


class _SearchSuite:
    """What a search gives, whatever the records stand in."""

    @pytest.fixture
    def tracking(self, open_store: OpenStore) -> Tracking:
        """A store with nothing in it."""
        return Tracking(open_store())

    def test_a_search_gives_what_going_through_all_runs_gives(self, tracking: Tracking) -> None:
        rng = random.Random(4)
        known = []
        for number in range(40):
            experiment = f"e{number % 3}"
            run = tracking.start_run(ANN, NewRun(experiment, f"run {number}"))
            metrics = {key: float(rng.randrange(5)) for key in ("auc", "loss") if rng.random() < 0.8}
            texts = {"depth": str(rng.randrange(3))}
            tracking.log_batch(
                ANN, run.id, [MetricPoint(key, value, 0) for key, value in metrics.items()], texts, texts
            )
            known.append((run.id, experiment, metrics, texts))
        tracking.start_run(Caller("eve", "other", Role.ADMIN), NewRun("e0", "not ours"))
        for descending in (False, True):
            with_it = sorted(
                (
                    (metrics["auc"] * (-1 if descending else 1), -n)
                    for n, (*_, metrics, _) in enumerate(known)
                    if "auc" in metrics
                ),
            )
            without = [id_ for id_, _, metrics, _ in reversed(known) if "auc" not in metrics]
            query = RunQuery(order_by=(Order("metrics", "auc", descending),), limit=7)
            assert _ids_of_all_pages(tracking, query) == [known[-n][0] for _, n in with_it] + without
        newest = [id_ for id_, _, _, _ in reversed(known)]
        assert _ids_of_all_pages(tracking, RunQuery(limit=7)) == newest
        where, loss = parse_where("metrics.auc >= 2 and params.depth != '0'"), parse_order("metrics.loss")
        wanted = {
            id_
            for id_, experiment, metrics, texts in known
            if metrics.get("auc", -1) >= 2 and texts["depth"] != "0" and experiment != "e2"
        }
        query = RunQuery(where, (loss,), ("e0", "e1"), 3)
        found = _ids_of_all_pages(tracking, query)
        assert (len(found), set(found)) == (len(wanted), wanted)
        assert sum(tracking.count_runs(ANN, query).values()) == len(wanted)
        asked = RunQuery(parse_where("run.experiment = 'e1' and run.status = 'running' and tags.depth = '1'"))
        assert _ids_of_all_pages(tracking, asked) == [
            id_ for id_, experiment, _, texts in reversed(known) if experiment == "e1" and texts["depth"] == "1"
        ]

    def test_what_is_found_is_shown_with_all_it_logged(self, tracking: Tracking) -> None:
        run = tracking.start_run(ANN, NewRun("e", "a run", tags={"team": "tide"}))
        tracking.log_metrics(ANN, run.id, {"auc": 0.1, "loss": 3.0})
        tracking.log_metrics(ANN, run.id, {"auc": 0.7})
        tracking.log_params(ANN, run.id, {"depth": 3})
        (detail,) = tracking.search_runs(ANN, RunQuery(parse_where("metrics.auc > 0.5"))).runs
        assert detail == tracking.get_run(ANN, run.id)
        assert {key: (point.value, point.step) for key, point in detail.metrics.items()} == {
            "auc": (0.7, 1),
            "loss": (3.0, 0),
        }
        assert tracking.search_runs(ANN, RunQuery(parse_where("metrics.auc < 0.5"))).runs == []

    def test_the_last_point_is_that_of_the_largest_step_and_of_equal_ones_the_newest(self, tracking: Tracking) -> None:
        run = tracking.start_run(ANN, NewRun("e", "a run"))
        tracking.log_batch(ANN, run.id, [MetricPoint("auc", 1.0, 9), MetricPoint("auc", 2.0, 3)])
        assert tracking.get_run(ANN, run.id).metrics["auc"].value == 1.0
        tracking.log_metrics(ANN, run.id, {"auc": 3.0}, step=8)
        assert tracking.get_run(ANN, run.id).metrics["auc"].value == 1.0
        tracking.log_batch(ANN, run.id, [MetricPoint("auc", 4.0, 9), MetricPoint("auc", 5.0, 9)])
        assert tracking.get_run(ANN, run.id).metrics["auc"].value == 5.0
        tracking.log_metrics(ANN, run.id, {"auc": 0.1 + 0.2})
        point = tracking.get_run(ANN, run.id).metrics["auc"]
        assert (point.step, point.value.hex()) == (10, (0.1 + 0.2).hex())

    def test_a_bad_batch_keeps_nothing(self, tracking: Tracking) -> None:
        run = tracking.start_run(ANN, NewRun("e", "a run"))
        with pytest.raises(UsageError, match="'loss' is 'low'"):
            tracking.log_batch(ANN, run.id, [MetricPoint("auc", 1.0, 0), MetricPoint("loss", "low", 0)])  # type: ignore[arg-type]
        assert tracking.get_run(ANN, run.id).metrics == {}

    def test_every_point_is_kept_once_of_one_step_too_and_numbers_that_are_none(self, tracking: Tracking) -> None:
        run = tracking.start_run(ANN, NewRun("e", "a run"))
        inf, nan = float("inf"), float("nan")
        points = [
            MetricPoint("loss", value, step, at) for value in (nan, -inf, 0.5, inf) for step, at in ((3, 7), (3, 5))
        ]
        for _ in range(2):
            tracking.log_batch(ANN, run.id, [*points, *points, MetricPoint("auc", 1.0, 2**63 - 1, -(2**63))])
        kept = tracking.metric_history(ANN, run.id, "loss")
        assert [(point.step, point.at, str(point.value)) for point in kept] == [
            (3, at, text) for at in (5, 7) for text in ("-inf", "0.5", "inf", "nan")
        ]
        assert str(tracking.get_run(ANN, run.id).metrics["loss"].value) == "nan"
        assert tracking.metric_history(ANN, run.id, "auc") == [MetricPoint("auc", 1.0, 2**63 - 1, -(2**63))]
        pages = [tracking.metric_history(ANN, run.id, "loss", limit=3)]
        while page := tracking.metric_history(ANN, run.id, "loss", pages[-1][-1], 3):
            pages.append(page)
        assert [str(point) for page in pages for point in page] == [str(point) for point in kept]
        assert tracking.metric_history(ANN, run.id, "never") == []

    @pytest.mark.parametrize("step", ["x", 1.5, True, 2**63, -(2**63) - 1])
    def test_a_step_is_a_whole_number(self, tracking: Tracking, step: object) -> None:
        """SQLite would store a text, put it after every number, and the metric would never move again."""
        run = tracking.start_run(ANN, NewRun("e", "a run"))
        with pytest.raises(UsageError, match="step"):
            tracking.log_metrics(ANN, run.id, {"auc": 1.0}, step=step)  # type: ignore[arg-type]
        assert tracking.get_run(ANN, run.id).metrics == {}

    def test_what_is_no_number_instant_or_text_is_refused_in_one_line(self, tracking: Tracking) -> None:
        run = tracking.start_run(ANN, NewRun("e", "a run"))
        for value in ("high", 10**400, None):
            with pytest.raises(UsageError, match="metrics are numbers"):
                tracking.log_metrics(ANN, run.id, {"auc": value})  # type: ignore[dict-item]
        with pytest.raises(UsageError, match="metric's instant"):
            tracking.log_batch(ANN, run.id, [MetricPoint("auc", 1.0, 0, "yesterday")])  # type: ignore[arg-type]
        for text in ("a\0b", "half a pair \ud800"):
            with pytest.raises(UsageError, match="not every store can hold"):
                tracking.log_params(ANN, run.id, {"path": text})
        assert tracking.get_run(ANN, run.id).params == {}

    def test_a_run_ends_with_an_error_of_any_text(self, tracking: Tracking) -> None:
        """Or it would be said to run for ever."""
        run = tracking.start_run(ANN, NewRun("e", "a run"))
        tracking.end_run(ANN, run.id, "failed", "no file \udcff\0")
        ended = tracking.get_run(ANN, run.id).run
        assert (ended.status, ended.error) == ("failed", "no file \\udcff\\x00")

    def test_a_search_that_takes_too_long_is_stopped(self, tracking: Tracking, monkeypatch: pytest.MonkeyPatch) -> None:
        tracking.start_run(ANN, NewRun("e", "a run"))
        wide = RunQuery(numbers=tuple(range(50_000)))
        monkeypatch.setattr("tidemill.tracking.searching.paging.MOST_SECONDS", 0.001)
        for ask in (tracking.search_runs, tracking.count_runs):
            with pytest.raises(UsageError, match="the search was stopped: it took more than"):
                ask(ANN, wide)
        monkeypatch.undo()
        assert tracking.count_runs(ANN, RunQuery()) == {"e": 1}


class TestSqlite(OnSqlite, _SearchSuite):
    """On SQLite."""


class TestPostgres(OnPostgres, _SearchSuite):
    """On PostgreSQL."""


def _ids_of_all_pages(tracking: Tracking, query: RunQuery) -> list[str]:
    found = []
    while True:
        page = tracking.search_runs(ANN, query)
        assert len(page.runs) <= query.limit
        found += [detail.run.id for detail in page.runs]
        if page.next is None:
            return found
        query = replace(query, after=page.next)


def test_text_in_a_filter_is_only_text() -> None:
    (condition,) = parse_where("tags.`team name` = 'x''".replace("''", "\"; DROP TABLE run; --'"))
    assert condition == Condition("tags", "team name", "=", 'x"; DROP TABLE run; --')


@pytest.mark.parametrize("after", ["x:y", "0.5.1:a", "e30", "W10", "WzFd", "nan", "=", "é"])
def test_a_place_that_no_page_gave_is_refused(after: str, home: Path) -> None:
    tracking = Tracking(open_database(home / "records.db", SystemClock()))
    with pytest.raises(UsageError, match="page token"):
        tracking.search_runs(ANN, RunQuery(after=after))
