"""Rows of outlines: packed points of a series, each with its bucket."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.storage.statements import BIG, json_values, upsert
from tidemill.tracking._points import Series
from tidemill.tracking._tables import last_metric_table, outline_table
from tidemill.tracking.sampling import Points, Sample

_PACKED = np.dtype([("step", "<i8"), ("at", "<i8"), ("value", "<f8"), ("bucket", "u1")])
_PUT = upsert(outline_table)


class Outline(NamedTuple):
    """What is kept of a series. writes: how often it had been written; n_points: how many points it had."""

    series: int
    writes: int
    n_points: int
    sample: Sample


def put(tx: Transaction, outlines: Sequence[Outline]) -> None:
    """Store outlines in place of those there were."""
    tx.execute(
        _PUT,
        [
            {
                "series": each.series,
                "writes": each.writes,
                "n_points": each.n_points,
                "n_buckets": each.sample.n_buckets,
                "points": _packed(each.sample),
            }
            for each in outlines
        ],
    )


def read(tx: Transaction, series: Sequence[Series]) -> dict[int, Outline]:
    """Return the outlines of series, by number; of those that were not written since."""
    table, last = outline_table.c, last_metric_table.c
    numbers = sa.select(sa.cast(json_values("series").subquery().c.value, BIG))
    same = sa.and_(last.series == table.series, last.writes == table.writes)
    columns = (table.series, table.writes, table.n_points, table.n_buckets, table.points)
    statement = sa.select(*columns).select_from(outline_table.join(last_metric_table, same))
    given = {"series": json.dumps([str(each.number) for each in series])}
    found: list[Any] = list(tx.execute(statement.where(table.series.in_(numbers)), given))
    if not found:
        return {}
    packed = np.frombuffer(b"".join(row[4] for row in found), _PACKED)
    points = Points(*(np.ascontiguousarray(packed[name]) for name in ("step", "at", "value")))
    buckets = packed["bucket"].astype(np.int64)
    outlines, start = {}, 0
    for number, writes, n_points, n_buckets, data in found:
        part = slice(start, start := start + len(data) // _PACKED.itemsize)
        outlines[number] = Outline(number, writes, n_points, Sample(points.take(part), buckets[part], n_buckets))
    return outlines


def _packed(sample: Sample) -> bytes:
    packed = np.empty(len(sample.buckets), _PACKED)
    packed["step"], packed["at"], packed["value"] = sample.points
    packed["bucket"] = sample.buckets
    return packed.tobytes()
