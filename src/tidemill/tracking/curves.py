"""Curves of metrics for many runs at once: cut down to what is seen, or whole where there is little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tidemill.access import Caller, Role, require
from tidemill.core import UsageError
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _points as stored
from tidemill.tracking._outline_rows import Outline
from tidemill.tracking._outline_rows import read as read_outlines
from tidemill.tracking._points import Series, Steps
from tidemill.tracking._timelines import read_timeline
from tidemill.tracking.outlines import LEAST_OUTLINED, keep, kept_of
from tidemill.tracking.runs import HistoryPlace, MetricPoint
from tidemill.tracking.sampling import (
    FINE,
    LEAST_POINTS,
    Extent,
    Points,
    buckets_for,
    check_points,
    coarser,
    coarser_together,
    downsample_parts,
    evenly,
    sample_parts,
)

MOST_RUNS, MOST_KEYS = 500, 10
#: So many points are answered at once; more curves have fewer each.
MOST_ANSWERED = 500_000
MOST_INTERVAL_RUNS, MOST_INTERVAL_STEPS = 100, 2500
MOST_IN_BULK = 25_000


@dataclass(frozen=True)
class CurveQuery:
    """Which curves: of these runs and metrics, between these steps, both included, of at most so many points each.

    Raises UsageError for more than 500 runs, 10 metrics or 10,000 points, and for none.
    """

    runs: tuple[str, ...]
    keys: tuple[str, ...]
    first_step: int | None = None
    last_step: int | None = None
    points: int = 1000

    def __post_init__(self) -> None:
        check_points(self.points)
        for what, given, most in (("runs", self.runs, MOST_RUNS), ("metrics", self.keys, MOST_KEYS)):
            if not 0 < len(given) <= most:
                raise UsageError(f"curves of {len(given)} {what}; ask for 1 to {most}")
        for step in (self.first_step, self.last_step):
            if step is not None and not -(2**63) <= step < 2**63:
                raise UsageError(f"the step {step}; use a whole number of 64 bits")


@dataclass(frozen=True)
class Curve:
    """A metric of a run. n_points: how many there are between the steps asked for; fewer are here if it was cut down.

    points: steps, milliseconds since 1970 UTC and values, by step, then time, then value.
    """

    run_id: str
    key: str
    n_points: int
    points: Points

    @property
    def exact(self) -> bool:
        """Tell whether all points are here."""
        return len(self.points.steps) == self.n_points


@dataclass(frozen=True)
class HistoryPage:
    """Points of a metric by time, then step, then value; `next` is where the next page begins, None on the last."""

    points: list[MetricPoint]
    next: HistoryPlace | None


class Curves:
    """Reads what metrics were over time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def compare(self, caller: Caller, query: CurveQuery) -> list[Curve]:
        """Return a curve of each metric of each run, by metric, then run, as asked for; none where nothing was logged.

        Of so many curves that they would have more than 500,000 points, each has fewer than asked for, at least ten.
        """
        require(caller, Role.VIEWER)
        steps = Steps(query.first_step, query.last_step)
        runs, keys = tuple(dict.fromkeys(query.runs)), tuple(dict.fromkeys(query.keys))

        def read(tx: Transaction) -> tuple[list[Curve], list[Outline]]:
            series = stored.find_series(tx, caller.project, runs, keys)
            at_most = max(LEAST_POINTS, min(query.points, MOST_ANSWERED // max(1, len(series))))
            found = _outlined(tx, series, at_most) if steps == Steps() else {}
            reading = _Reading(tx, steps, at_most)
            found.update(reading.curves([each for each in series if each.number not in found]))
            return [found[each.number] for each in series if each.number in found], reading.made

        curves, made = self._database.read(read)
        keep(self._database, made)
        return curves

    def history(
        self, caller: Caller, run_ids: Sequence[str], key: str, limit: int = MOST_IN_BULK
    ) -> list[tuple[str, MetricPoint]]:
        """Return the first points of a metric of each of up to 100 runs, `limit` in all, by run, then time.

        Raises UsageError for more runs or points than 25,000.
        """
        require(caller, Role.VIEWER)
        _check_runs(run_ids)
        _check_limit(limit)

        def read(tx: Transaction) -> list[tuple[str, MetricPoint]]:
            found: list[tuple[str, MetricPoint]] = []
            for each in stored.find_series(tx, caller.project, run_ids, [key]):
                places = read_timeline(tx, each.number, None, limit - len(found))
                found += [(each.run_id, _as_point(key, place)) for place in places]
                if len(found) >= limit:
                    break
            return found

        return self._database.read(read)

    def page(
        self, caller: Caller, run_id: str, key: str, after: HistoryPlace | None = None, limit: int = MOST_IN_BULK
    ) -> HistoryPage:
        """Return points of a metric by time, then step, then value, NaN after numbers; behind a place if one is given.

        One of more than 100,000 points comes by step, then time. Empty when there is no such run or metric.

        Raises UsageError for a limit out of range.
        """
        require(caller, Role.VIEWER)
        _check_limit(limit)

        def read(tx: Transaction) -> HistoryPage:
            series = stored.find_series(tx, caller.project, [run_id], [key])
            places = read_timeline(tx, series[0].number, after, limit + 1) if series else []
            more = places[limit - 1] if len(places) > limit else None
            return HistoryPage([_as_point(key, place) for place in places[:limit]], more)

        return self._database.read(read)

    def interval(
        self,
        caller: Caller,
        run_ids: Sequence[str],
        key: str,
        steps: tuple[int, int] | None = None,
        max_results: int = 320,
    ) -> list[tuple[str, MetricPoint]]:
        """Return points of a metric of up to 100 runs, at most `max_results` of each, evenly chosen among its points.

        The first and the last point of each run are among them; of one result, it is the last. steps: from which to
        which, both included.

        Raises UsageError for more than 100 runs, more than 2,500 results, or steps the wrong way round.
        """
        require(caller, Role.VIEWER)
        _check_runs(run_ids)
        if not 0 < max_results <= MOST_INTERVAL_STEPS:
            raise UsageError(f"max_results is {max_results}; use 1 to {MOST_INTERVAL_STEPS}")
        if steps is not None and steps[0] > steps[1]:
            raise UsageError(f"the steps {steps[0]} to {steps[1]} go backwards; the end is at least the start")
        bounds = Steps(*steps) if steps is not None else Steps()

        def read(tx: Transaction) -> list[tuple[str, MetricPoint]]:
            series = stored.find_series(tx, caller.project, run_ids, [key])
            known = stored.extents(tx, series, bounds)
            found: list[tuple[str, MetricPoint]] = []
            for each in series:
                if each.number in known:
                    parts, n_points = stored.read_parts(tx, each.number, bounds), known[each.number].n_points
                    for part in parts if n_points <= max_results else evenly(parts, n_points, max_results):
                        found += _as_points(each, part)
            return found

        return self._database.read(read)


def _outlined(tx: Transaction, series: Sequence[Series], at_most: int) -> dict[int, Curve]:
    """Return the curves of those series whose outlines tell as much as is asked for."""
    n_buckets = buckets_for(at_most)
    known = read_outlines(tx, series) if n_buckets <= FINE else {}
    fit = [
        (each, outline)
        for each in series
        if (outline := known.get(each.number)) and outline.n_points > at_most and outline.sample.n_buckets >= n_buckets
    ]
    points = coarser_together([outline.sample for _, outline in fit], n_buckets)
    return {
        each.number: Curve(each.run_id, each.key, outline.n_points, few)
        for (each, outline), few in zip(fit, points, strict=True)
    }


class _Reading:
    """Curves made of the points themselves, which are read by parts.

    made: outlines that came of it, when a curve was read from end to end.
    """

    def __init__(self, tx: Transaction, steps: Steps, at_most: int) -> None:
        self._tx, self._steps, self._at_most = tx, steps, at_most
        self._outlines = steps == Steps() and buckets_for(at_most) <= FINE
        self.made: list[Outline] = []

    def curves(self, series: Sequence[Series]) -> dict[int, Curve]:
        """Return the curve of each series that has points within the steps, by number."""
        known = stored.extents(self._tx, series, self._steps) if series else {}
        return {
            each.number: self._curve(each, stored.read_parts(self._tx, each.number, self._steps), known[each.number])
            for each in series
            if each.number in known
        }

    def _curve(self, series: Series, parts: Iterable[Points], extent: Extent) -> Curve:
        n_points, at_most = extent.n_points, self._at_most
        if not self._outlines or n_points <= max(at_most, LEAST_OUTLINED):
            return Curve(series.run_id, series.key, n_points, downsample_parts(parts, extent, at_most))
        sample = sample_parts(parts, extent, FINE)
        self.made.append(Outline(series.number, series.writes, n_points, kept_of(sample, n_points)))
        return Curve(series.run_id, series.key, n_points, coarser(sample, buckets_for(at_most)).points)


def _check_runs(run_ids: Sequence[str]) -> None:
    if not 0 < len(run_ids) <= MOST_INTERVAL_RUNS:
        raise UsageError(f"the metric of {len(run_ids)} runs; ask for 1 to {MOST_INTERVAL_RUNS}")


def _check_limit(limit: int) -> None:
    if not 0 < limit <= MOST_IN_BULK:
        raise UsageError(f"{limit} points at once; use 1 to {MOST_IN_BULK:,}")


def _as_point(key: str, place: HistoryPlace) -> MetricPoint:
    return MetricPoint(key, place.value, place.step, place.at)


def _as_points(series: Series, points: Points) -> list[tuple[str, MetricPoint]]:
    columns = zip(points.values.tolist(), points.steps.tolist(), points.at.tolist(), strict=True)
    return [(series.run_id, MetricPoint(series.key, value, step, at)) for value, step, at in columns]
