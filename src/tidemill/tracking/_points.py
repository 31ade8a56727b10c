"""Points of many series at once, as columns, never more of them in memory than a part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from tidemill.storage.lookups import Lookup
from tidemill.storage.records import Transaction
from tidemill.storage.statements import BIG, json_values
from tidemill.tracking._tables import last_metric_table, point_table
from tidemill.tracking.sampling import Extent, Points

PART = 50_000
_ALL_STEPS = (-(2**63), 2**63 - 1)
# Millions of rows are read by these: as the driver gives them, in a third of the time.
_POINTS = 'SELECT step, "at", value FROM metric_point WHERE series = :series AND step <= :last AND '
_ORDERED = ' ORDER BY step, "at", value LIMIT :most'
_FIRST = Lookup(f"{_POINTS}step >= :first{_ORDERED}")
_NEXT = Lookup(f'{_POINTS}step >= :step AND (step, "at", value) > (:step, :at, :value){_ORDERED}')
_COLUMNS = np.dtype([("step", np.int64), ("at", np.int64), ("value", np.float64)])


class Series(NamedTuple):
    """One key of one run. writes: how often points of it were written."""

    run_id: str
    key: str
    number: int
    writes: int = 0


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
    statement = sa.select(last.run_id, last.key, last.series, last.writes).where(
        last.project_id == project, last.run_id.in_(json_values("runs")), last.key.in_(json_values("keys"))
    )
    rows: list[Any] = list(tx.execute(statement, {"runs": json.dumps(list(run_ids)), "keys": json.dumps(list(keys))}))
    run_at = {id_: at for at, id_ in enumerate(run_ids)}
    key_at = {key: at for at, key in enumerate(keys)}
    return sorted((Series(*row) for row in rows), key=lambda each: (key_at[each.key], run_at[each.run_id]))


def series_of_runs(tx: Transaction, project: str, run_ids: Sequence[str]) -> list[Series]:
    """Return all series of some runs."""
    last = last_metric_table.c
    statement = sa.select(last.run_id, last.key, last.series, last.writes).where(
        last.project_id == project, last.run_id.in_(json_values("runs"))
    )
    rows: list[Any] = list(tx.execute(statement, {"runs": json.dumps(list(run_ids))}))
    return [Series(*row) for row in rows]


def extents(tx: Transaction, series: Sequence[Series], steps: Steps) -> dict[int, Extent]:
    """Return how far each series goes within the steps; none for one without points there."""
    table = point_table.c
    counted = sa.select(table.series, sa.func.count(), sa.func.min(table.step), sa.func.max(table.step))
    statement = counted.where(_in_series(), *steps.of()).group_by(table.series)
    rows: list[Any] = list(tx.execute(statement, _given(series)))
    return {number: Extent(*extent) for number, *extent in rows}


def read_parts(tx: Transaction, number: int, steps: Steps) -> Iterator[Points]:
    """Yield the points of one series, part by part."""
    first, last = (bound if given is None else given for given, bound in zip(steps, _ALL_STEPS, strict=True))
    rows = _FIRST.rows(tx, series=number, first=first, last=last, most=PART)
    while True:
        if rows:
            yield _points(rows)
        if len(rows) < PART:
            return
        step, at, value = rows[-1]
        rows = _NEXT.rows(tx, series=number, last=last, step=step, at=at, value=value, most=PART)


def _in_series() -> sa.ColumnElement[bool]:
    return point_table.c.series.in_(sa.select(sa.cast(json_values("series").subquery().c.value, BIG)))


def _given(series: Sequence[Series]) -> dict[str, str]:
    return {"series": json.dumps([str(each.number) for each in series])}


def _points(rows: list[tuple[Any, ...]]) -> Points:
    columns = np.array(rows, _COLUMNS)
    return Points(*(np.ascontiguousarray(columns[name]) for name in ("step", "at", "value")))
