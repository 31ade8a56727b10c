"""Points of a metric at evenly spread steps, for the charts of several runs."""

from __future__ import annotations

from tidemill.compat.mlflow.endpoint import MlflowCall
from tidemill.tracking import MetricPoint

_MOST_POINTS = 25_000


def sampled(
    call: MlflowCall, run_ids: list[str], key: str, steps: tuple[int, int] | None, limit: int
) -> list[tuple[str, MetricPoint]]:
    """Return points by run: of some hundreds of steps for all runs together, each run's first and last always."""
    histories = {run_id: _points(call, run_id, key, steps) for run_id in run_ids}
    wanted = spread({point.step for points in histories.values() for point in points}, max(2, limit // len(run_ids)))
    found = []
    for run_id, points in histories.items():
        ends = {points[0].step, points[-1].step} if points else set()
        kept = [(run_id, point) for point in points if point.step in wanted or point.step in ends]
        found += kept[:limit]
    return found


def spread(steps: set[int], most: int) -> set[int]:
    """Return at most so many of these steps, evenly spread, with the first and the last.

    >>> sorted(spread(set(range(10)), 4))
    [0, 3, 6, 9]
    """
    ordered = sorted(steps)
    if len(ordered) <= most:
        return set(ordered)
    return {ordered[round(at * (len(ordered) - 1) / (most - 1))] for at in range(most)}


def _points(call: MlflowCall, run_id: str, key: str, steps: tuple[int, int] | None) -> list[MetricPoint]:
    points, after = list[MetricPoint](), None
    while True:
        page = call.rooms.tracking.metric_history(call.caller, run_id, key, after, _MOST_POINTS)
        points += [each for each in page if steps is None or steps[0] <= each.step <= steps[1]]
        if len(page) < _MOST_POINTS:
            return points
        after = page[-1]
