"""Outlines of long series: the very curves that their points give, never of fewer points than there are."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.stores import OnPostgres, OnSqlite
from tidemill.access import Caller, Role
from tidemill.storage.records import Database
from tidemill.testing.records_conformance import OpenStore
from tidemill.tracking import MetricPoint, NewRun, Tracking
from tidemill.tracking._tables import metadata
from tidemill.tracking.curves import CurveQuery
from tidemill.tracking.outlines import follow_ended, kept_of, outline_of
from tidemill.tracking.removal import remove_runs
from tidemill.tracking.sampling import Extent, Points, buckets_for, coarser, coarser_together, downsample

ANN = Caller("ann", role=Role.ADMIN)
_VALUES = st.one_of(st.integers(-3, 3).map(float), st.sampled_from([math.nan, math.inf, -math.inf]), st.floats(-1, 1))
_OUTLINES = metadata.tables["metric_outline"]


@settings(deadline=None)
@given(st.lists(_VALUES, min_size=330, max_size=900), st.sampled_from([0, 1, 7, 2**50]), st.integers(10, 323))
def test_a_curve_cut_from_an_outline_is_the_one_cut_from_all_points(
    values: list[float], width: int, at_most: int
) -> None:
    n_points = len(values)
    points = Points(np.arange(n_points) ** 2 * width, np.arange(n_points), np.array(values))
    extent = Extent(n_points, int(points.steps[0]), int(points.steps[-1]))
    outline = outline_of([points], extent)
    few = downsample(points, at_most)
    if buckets_for(at_most) <= outline.n_buckets:
        (cut,) = coarser_together([outline], buckets_for(at_most))
        for got in (cut, coarser(outline, buckets_for(at_most)).points):
            assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(got, few, strict=True))
    assert kept_of(outline, n_points) is outline


class _OutlinesSuite:
    @pytest.fixture
    def database(self, open_store: OpenStore) -> Database:
        """A store with nothing in it."""
        return open_store()

    def test_they_are_made_by_looking_and_forgotten_by_writing(self, database: Database) -> None:
        tracking = Tracking(database)
        run = tracking.start_run(ANN, NewRun("e", "a run"))
        tracking.log_batch(ANN, run.id, [MetricPoint("loss", math.sin(at), at, at) for at in range(2000)])
        tracking.log_batch(ANN, run.id, [MetricPoint("short", 1.0, at, at) for at in range(90)])
        asked = CurveQuery((run.id,), ("loss", "short"), points=48)
        whole = tracking.curves.compare(ANN, asked)
        assert _n_outlines(database) == 1
        for writes in ([], [MetricPoint("loss", 99.0, 77, 1)], [MetricPoint("loss", -99.0, 5000, 1)]):
            tracking.log_batch(ANN, run.id, writes)
            first, again = tracking.curves.compare(ANN, asked), tracking.curves.compare(ANN, asked)
            for one, other in zip(first, again, strict=True):
                assert (one.run_id, one.key, one.n_points) == (other.run_id, other.key, other.n_points)
                assert all(np.array_equal(a, b) for a, b in zip(one.points, other.points, strict=True))
            assert {point.value for point in writes} <= set(first[0].points.values.tolist())
        assert [each.n_points for each in whole] == [2000, 90]
        assert [each.n_points for each in first] == [2002, 90]
        (zoomed,) = tracking.curves.compare(ANN, CurveQuery((run.id,), ("loss",), 100, 140, points=48))
        assert zoomed.exact

    def test_the_server_makes_them_when_runs_have_ended_and_they_go_with_their_run(self, database: Database) -> None:
        tracking = Tracking(database)
        ended, goes_on = (tracking.start_run(ANN, NewRun("e", name)).id for name in ("ended", "goes on"))
        for id_ in (ended, goes_on):
            for key, size in (("loss", 2000), ("auc", 200), ("short", 50)):
                points = [MetricPoint(key, math.sin(at), at, at) for at in range(size)]
                tracking.log_batch(ANN, id_, points)
        tracking.end_run(ANN, ended)
        assert follow_ended(database, ANN.project) == 2
        assert follow_ended(database, ANN.project) == 0
        assert _n_outlines(database) == 2
        (curve,) = tracking.curves.compare(ANN, CurveQuery((ended,), ("auc",), points=48))
        assert curve.n_points == 200
        assert len(curve.points.steps) <= 40
        (curve,) = tracking.curves.compare(ANN, CurveQuery((ended,), ("auc",), points=100))
        assert 40 < len(curve.points.steps) <= 100
        database.write(lambda tx: remove_runs(tx, ANN.project, [ended]))
        assert _n_outlines(database) == 0


def _n_outlines(database: Database) -> int:
    return int(database.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(_OUTLINES))))


class TestOnSqlite(OnSqlite, _OutlinesSuite):
    """In a file of SQLite."""


class TestOnPostgres(OnPostgres, _OutlinesSuite):
    """On PostgreSQL."""
