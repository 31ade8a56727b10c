"""Points of many series at once, as columns, never more of them in memory than a part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.storage.statements import BIG, Real, json_values
from tidemill.tracking._tables import last_metric_table, point_table
from tidemill.tracking.sampling import Extent, Points

PART = 50_000


class Series(NamedTuple):
    """One key of one run."""

    run_id: str
    key: str
    number: int


class Steps(NamedTuple):
    """From which step to which, both included; None for no bound."""

    first: int | None = None
    last: int | None = None

    def of(self) -> Iterator[sa.ColumnElement[bool]]:
        """Yield the bounds as conditions."""
        if self.first is not None:
            yield point_table.c.step >= self.first
        if self.last is not None:
            yield point_table.c.step <= self.last


def find_series(tx: Transaction, project: str, run_ids: Sequence[str], keys: Sequence[str]) -> list[Series]:
    """Return the series of these keys of these runs, in this order; those that there are."""
    last = last_metric_table.c
    statement = sa.select(last.run_id, last.key, last.series).where(
        last.project_id == project, last.run_id.in_(json_values("runs")), last.key.in_(json_values("keys"))
    )
    rows: list[Any] = list(tx.execute(statement, {"runs": json.dumps(list(run_ids)), "keys": json.dumps(list(keys))}))
    run_at = {id_: at for at, id_ in enumerate(run_ids)}
    key_at = {key: at for at, key in enumerate(keys)}
    return sorted((Series(*row) for row in rows), key=lambda each: (key_at[each.key], run_at[each.run_id]))


def extents(tx: Transaction, series: Sequence[Series], steps: Steps) -> dict[int, Extent]:
    """Return how far each series goes within the steps; none for one without points there."""
    table = point_table.c
    counted = sa.select(table.series, sa.func.count(), sa.func.min(table.step), sa.func.max(table.step))
    statement = counted.where(_in_series(), *steps.of()).group_by(table.series)
    rows: list[Any] = list(tx.execute(statement, _given(series)))
    return {number: Extent(*extent) for number, *extent in rows}


def read_small(tx: Transaction, series: Sequence[Series], steps: Steps) -> dict[int, Points]:
    """Return all points of some series, that are few in all."""
    table = point_table.c
    statement = sa.select(table.series, table.step, table.at, sa.type_coerce(table.value, sa.Float()))
    ordered = statement.where(_in_series(), *steps.of()).order_by(table.series, table.step, table.at, table.value)
    rows: list[Any] = list(tx.execute(ordered, _given(series)))
    if not rows:
        return {}
    numbers = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    points = _points([row[1:] for row in rows])
    edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(rows)]
    return {int(numbers[start]): points.take(slice(start, end)) for start, end in pairwise(edges)}


def read_parts(tx: Transaction, number: int, steps: Steps) -> Iterator[Points]:
    """Yield the points of one series, part by part."""
    table = point_table.c
    columns = sa.select(table.step, table.at, sa.type_coerce(table.value, sa.Float()))
    ordered = columns.where(table.series == number, *steps.of()).order_by(table.step, table.at, table.value)
    statement = ordered.limit(PART)
    while True:
        rows: list[Any] = list(tx.execute(statement))
        if rows:
            yield _points(rows)
        if len(rows) < PART:
            return
        step, at, value = rows[-1]
        place = sa.tuple_(sa.literal(step, BIG), sa.literal(at, BIG), sa.literal(float(value), Real()))
        statement = ordered.where(sa.tuple_(table.step, table.at, table.value) > place).limit(PART)


def _in_series() -> sa.ColumnElement[bool]:
    return point_table.c.series.in_(sa.select(sa.cast(json_values("series").subquery().c.value, BIG)))


def _given(series: Sequence[Series]) -> dict[str, str]:
    return {"series": json.dumps([str(each.number) for each in series])}


def _points(rows: Sequence[Any]) -> Points:
    count = len(rows)
    return Points(
        np.fromiter((row[0] for row in rows), np.int64, count),
        np.fromiter((row[1] for row in rows), np.int64, count),
        np.fromiter((row[2] for row in rows), np.float64, count),
    )
