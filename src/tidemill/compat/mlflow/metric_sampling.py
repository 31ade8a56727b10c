"""Points of a metric at evenly spread steps, for the charts of several runs."""

from __future__ import annotations

from tidemill.compat.mlflow.endpoint import MlflowCall
from tidemill.core import NotFoundError
from tidemill.tracking import MetricPoint

_MOST_POINTS = 25_000


def sampled(
    call: MlflowCall, run_ids: list[str], key: str, steps: tuple[int, int] | None, limit: int
) -> list[tuple[str, MetricPoint]]:
    """Return points by run: those of so many steps of all runs together, and of each run's first and last."""
    histories = {run_id: _points(call, run_id, key, steps) for run_id in run_ids}
    ends = {points[at].step for points in histories.values() if points for at in (0, -1)}
    wanted = ends | spread({point.step for points in histories.values() for point in points}, limit)
    return [(run_id, point) for run_id, points in histories.items() for point in points if point.step in wanted]


def spread(steps: set[int], most: int) -> set[int]:
    """Return so many of these steps, evenly spread from the first, and the last.

    >>> sorted(spread(set(range(10)), 5))
    [0, 2, 4, 6, 8, 9]
    """
    ordered = sorted(steps)
    if len(ordered) <= most:
        return set(ordered)
    return {ordered[at * len(ordered) // most] for at in range(most)} | {ordered[-1]}


def history(call: MlflowCall, run_id: str, key: str, limit: int, after: MetricPoint | None = None) -> list[MetricPoint]:
    """Return points of a metric; none of a run that is not there."""
    try:
        return call.rooms.tracking.metric_history(call.caller, run_id, key, after, limit)
    except NotFoundError:
        return []


def _points(call: MlflowCall, run_id: str, key: str, steps: tuple[int, int] | None) -> list[MetricPoint]:
    points, after = list[MetricPoint](), None
    while True:
        page = history(call, run_id, key, _MOST_POINTS, after)
        points += [each for each in page if steps is None or steps[0] <= each.step <= steps[1]]
        if len(page) < _MOST_POINTS:
            return points
        after = page[-1]
