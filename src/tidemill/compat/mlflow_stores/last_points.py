"""The last point of each metric, as an MLflow database keeps it beside the histories."""

from __future__ import annotations

import math
from typing import Any

from tidemill.compat.mlflow_stores.database_rows import point_rows
from tidemill.compat.mlflow_stores.records import PointsOf

_Point = tuple[int, int, float]


class LastPoints:
    """Of each run and key the point of the highest step, then instant, then value, as MLflow chooses it."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], _Point] = {}

    def add(self, part: PointsOf) -> None:
        """Take in some points."""
        for key, points in part.histories.items():
            if not points:
                continue
            last, known = max(points, key=_order), self._last.get((part.run_id, key))
            if known is None or _order(known) < _order(last):
                self._last[part.run_id, key] = last

    def rows(self) -> list[dict[str, Any]]:
        """Return their rows."""
        return [row for (id_, key), last in self._last.items() for row in point_rows(PointsOf(id_, {key: [last]}))]


def _order(point: _Point) -> tuple[int, int, float]:
    step, at, value = point
    return step, at, -math.inf if math.isnan(value) else value
