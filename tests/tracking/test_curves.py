"""Curves of many runs: whole where there is little, cut down elsewhere, and never more than asked for."""

from __future__ import annotations

import math

import pytest

from tests.storage.stores import OnPostgres, OnSqlite
from tidemill.access import Caller, Role
from tidemill.core import UsageError
from tidemill.storage.records import Database
from tidemill.testing.records_conformance import OpenStore
from tidemill.tracking import MetricPoint, NewRun, Tracking
from tidemill.tracking.curves import CurveQuery, Curves

ANN = Caller("ann", role=Role.ADMIN)


class _CurvesSuite:
    @pytest.fixture
    def database(self, open_store: OpenStore) -> Database:
        """A store with nothing in it."""
        return open_store()

    def test_small_curves_come_whole_and_large_ones_cut_down(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tidemill.tracking._points.PART", 300)  # so that a large one comes by parts
        tracking, curves = Tracking(database), Curves(database)
        sizes = {}
        for size in (5, 200, 2000):
            run = tracking.start_run(ANN, NewRun("e", "a run"))
            values = [math.sin(step / 9) for step in range(size)]
            values[2:5] = [math.nan, math.inf, -math.inf]
            tracking.log_batch(ANN, run.id, [MetricPoint("loss", value, at, at) for at, value in enumerate(values)])
            sizes[run.id] = size
        found = curves.compare(ANN, CurveQuery((*sizes, "nobody"), ("loss", "none"), points=100))
        assert [(each.run_id, each.key, each.n_points) for each in found] == [
            (id_, "loss", n) for id_, n in sizes.items()
        ]
        for each in found:
            values = each.points.values.tolist()
            assert len(values) <= 100
            assert {math.inf, -math.inf} < set(values)
            assert any(map(math.isnan, values))
            assert (each.points.steps[0], each.points.steps[-1]) == (0, each.n_points - 1)
        assert [each.exact for each in found] == [True, False, False]
        zoomed = curves.compare(ANN, CurveQuery(tuple(sizes), ("loss",), 50, 99, points=100))
        assert [(each.n_points, each.exact) for each in zoomed] == [(50, True), (50, True)]
        assert zoomed[0].points.steps.tolist() == list(range(50, 100))

    def test_points_without_steps_are_not_lost(self, database: Database) -> None:
        tracking, curves = Tracking(database), Curves(database)
        run = tracking.start_run(ANN, NewRun("e", "a run"))
        tracking.log_batch(ANN, run.id, [MetricPoint("loss", float(at), 0, at) for at in range(1000)])
        (curve,) = curves.compare(ANN, CurveQuery((run.id,), ("loss",), points=100))
        assert 20 <= len(curve.points.values) <= 100
        found = curves.interval(ANN, [run.id], "loss", max_results=10)
        assert len(found) == 10
        assert (found[0][1].value, found[-1][1].value) == (0.0, 999.0)

    def test_points_are_chosen_evenly_with_the_ends_of_each_run(self, database: Database) -> None:
        tracking, curves = Tracking(database), Curves(database)
        runs = [tracking.start_run(ANN, NewRun("e", "a run")).id for _ in range(2)]
        tracking.log_batch(ANN, runs[0], [MetricPoint("loss", 1.0, step, 0) for step in range(1000)])
        tracking.log_batch(ANN, runs[1], [MetricPoint("loss", 2.0, step, 0) for step in (3, 5, 333, 501)])
        found = curves.interval(ANN, runs, "loss", max_results=5)
        first = [point.step for run_id, point in found if run_id == runs[0]]
        assert first == [0, 200, 400, 600, 999]
        assert [point.step for run_id, point in found if run_id == runs[1]] == [3, 5, 333, 501]
        within = curves.interval(ANN, runs, "loss", (100, 102), 2500)
        assert [point.step for _, point in within] == [100, 101, 102]
        assert curves.interval(ANN, runs, "none") == []
        bulk = curves.history(ANN, runs, "loss", 1002)
        assert [run_id for run_id, _ in bulk].count(runs[1]) == 2
        assert bulk[0] == (runs[0], MetricPoint("loss", 1.0, 0, 0))

    def test_what_is_too_much_is_refused_in_one_line(self, database: Database) -> None:
        curves = Curves(database)
        for said, ask in (
            ("1 to 500", lambda: CurveQuery(("a",) * 501, ("loss",))),
            ("1 to 10", lambda: CurveQuery(("a",), ())),
            ("10 to 10,000", lambda: CurveQuery(("a",), ("loss",), points=1)),
            ("64 bits", lambda: CurveQuery(("a",), ("loss",), 2**70)),
            ("1 to 100", lambda: curves.interval(ANN, ["a"] * 101, "loss")),
            ("1 to 2500", lambda: curves.interval(ANN, ["a"], "loss", None, 2501)),
            ("backwards", lambda: curves.interval(ANN, ["a"], "loss", (3, 2))),
            ("1 to 25,000", lambda: curves.history(ANN, ["a"], "loss", 0)),
        ):
            with pytest.raises(UsageError, match=said):
                ask()


class TestSqlite(OnSqlite, _CurvesSuite):
    """On SQLite."""


class TestPostgres(OnPostgres, _CurvesSuite):
    """On PostgreSQL."""
