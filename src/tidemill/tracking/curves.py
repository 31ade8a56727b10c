"""Curves of metrics for many runs at once: cut down to what is seen, or whole where there is little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidemill.access import Caller, Role, require
from tidemill.core import UsageError
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _points as stored
from tidemill.tracking._points import Series, Steps
from tidemill.tracking._timelines import read_timeline
from tidemill.tracking.runs import HistoryPlace, MetricPoint
from tidemill.tracking.sampling import LEAST_POINTS, Extent, Points, check_points, downsample_parts, evenly

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

        def read(tx: Transaction) -> list[Curve]:
            series = stored.find_series(tx, caller.project, runs, keys)
            at_most = max(LEAST_POINTS, min(query.points, MOST_ANSWERED // max(1, len(series))))
            found = {each.number: curve for each, curve in _curves(tx, series, steps, at_most)}
            return [found[each.number] for each in series if each.number in found]

        return self._database.read(read)

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
            small = [each for each in series if each.number in known and known[each.number].n_points <= max_results]
            whole = stored.read_small(tx, small, bounds) if small else {}
            found: list[tuple[str, MetricPoint]] = []
            for each in series:
                if each.number in whole:
                    found += _as_points(each, whole[each.number])
                elif each.number in known:
                    parts = stored.read_parts(tx, each.number, bounds)
                    for part in evenly(parts, known[each.number].n_points, max_results):
                        found += _as_points(each, part)
            return found

        return self._database.read(read)


def _curves(tx: Transaction, series: Sequence[Series], steps: Steps, at_most: int) -> Iterator[tuple[Series, Curve]]:
    """Yield the curves: small ones read together, each large one by parts."""
    known = stored.extents(tx, series, steps)
    waiting: list[Series] = []
    n_waiting = 0
    for each in sorted((one for one in series if one.number in known), key=lambda one: known[one.number].n_points):
        extent = known[each.number]
        if extent.n_points > stored.PART:
            parts = stored.read_parts(tx, each.number, steps)
            yield each, Curve(each.run_id, each.key, extent.n_points, downsample_parts(parts, extent, at_most))
            continue
        if n_waiting + extent.n_points > stored.PART:
            yield from _together(tx, waiting, steps, at_most)
            waiting, n_waiting = [], 0
        waiting.append(each)
        n_waiting += extent.n_points
    yield from _together(tx, waiting, steps, at_most)


def _together(tx: Transaction, series: Sequence[Series], steps: Steps, at_most: int) -> Iterator[tuple[Series, Curve]]:
    found = stored.read_small(tx, series, steps) if series else {}
    for each in series:
        points = found[each.number]
        extent = Extent(len(points.steps), int(points.steps[0]), int(points.steps[-1]))
        yield each, Curve(each.run_id, each.key, extent.n_points, downsample_parts([points], extent, at_most))


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
