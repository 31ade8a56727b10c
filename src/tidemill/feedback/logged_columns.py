"""From the records of the prediction log to columns.

Six columns are this room's: `prediction_id`, `event_at`, `recorded_at`, `model`, `value`, `key`. Then comes every
column that was sent and every feature that was looked up, under its own name; one that has the name of one of ours
stands as `sent.NAME`. `inputs_of` gives a model its columns back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
import polars as pl

from tidemill.core import nearest_utc
from tidemill.feedback.segment_reading import Logged
from tidemill.serving.records import PredictionsRecord, RevisionRecord
from tidemill.storage.online_values import decode_value

INSTANT = pl.Datetime("us", "UTC")
OWN: dict[str, pl.DataType | type[pl.DataType]] = {
    "prediction_id": pl.String,
    "event_at": INSTANT,
    "recorded_at": INSTANT,
    "model": pl.String,
    "value": pl.Float64,
    "key": pl.String,
}
JOINED = ("label", "label_at")
_SENT = "sent."
_ISO = "%Y-%m-%dT%H:%M:%S%.6fZ"
_SPELLING = "%Y-%m-%dT%H:%M:%S%.fZ"


def columns_of(records: Sequence[Logged]) -> pl.DataFrame:
    """Return the rows of log records, one per prediction, in the order of the log."""
    runs = groupby(records, key=itemgetter(0))
    return union([_frame(revision, [record for _, record in run]) for revision, run in runs])


def union(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Stack frames; a column that one of them lacks is null there, and types are widened to hold all values."""
    kept = [frame for frame in frames if frame.height]
    if not kept:
        return pl.DataFrame(schema=OWN)
    return kept[0] if len(kept) == 1 else pl.concat(_alike(kept), how="diagonal_relaxed", rechunk=True)


def inputs_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that were sent and looked up, under their own names: what a model is given.

    >>> frame = pl.DataFrame({"prediction_id": ["a"], "value": [0.5], "hour": [7], "sent.value": [3]})
    >>> inputs_of(frame).to_dicts()
    [{'hour': 7, 'value': 3}]
    """
    given = frame.drop(*OWN, *JOINED, strict=False)
    return given.rename({name: name.removeprefix(_SENT) for name in given.columns if name.startswith(_SENT)})


def iso_texts(instants: pl.Series) -> list[str]:
    """Return instants as the texts of `core.iso`."""
    return instants.dt.strftime(_ISO).to_list()


def _frame(revision: RevisionRecord, records: Sequence[PredictionsRecord]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for record in records:
        rows += msgspec.json.decode(record.body)["rows"]
    ids = b"".join([record.ids for record in records]).hex()
    recorded = [record.recorded_at_us for record in records for _ in record.values]
    recorded_at = pl.Series(recorded, dtype=pl.Int64).cast(INSTANT)
    sent = _sent(rows)
    columns = {
        "prediction_id": pl.Series([ids[start : start + 32] for start in range(0, len(ids), 32)], dtype=pl.String),
        "event_at": _event_at(rows, revision.event_time, recorded_at),
        "recorded_at": recorded_at,
        "model": pl.Series([revision.model], dtype=pl.String).new_from_index(0, len(rows)),
        "value": pl.Series([value for record in records for value in record.values], dtype=pl.Float64),
        "key": _key(rows, revision.key),
    }
    for place, (_, names) in enumerate(revision.views):
        stored = [value for record in records for value in record.features[place]]
        sent |= _looked_up(stored, names)
    columns |= {f"{_SENT}{name}" if name in OWN or name in JOINED else name: sent[name] for name in sent}
    return pl.DataFrame(columns)


def _sent(rows: Sequence[dict[str, Any]]) -> dict[str, pl.Series]:
    names = list(rows[0])
    try:
        if set(map(len, rows)) != {len(names)}:
            raise KeyError
        columns = list(zip(*[tuple(map(row.__getitem__, names)) for row in rows], strict=True))
    except KeyError:  # some rows leave out what is optional
        names = list(dict.fromkeys(name for row in rows for name in row))
        columns = [tuple([row.get(name) for row in rows]) for name in names]
    return {name: _column(values) for name, values in zip(names, columns, strict=True)}


def _column(values: Sequence[Any]) -> pl.Series:
    """Return values of JSON as a column; numbers of both kinds are floats, anything else mixed is text."""
    found = set(map(type, values))
    kinds = found - {type(None)}
    if kinds == {int}:
        try:
            return pl.Series(values, dtype=pl.Int64)
        except (OverflowError, TypeError):  # beyond 64 bits
            return pl.Series([None if value is None else float(value) for value in values], dtype=pl.Float64)
    if found == {int, float}:
        return pl.Series(list(map(float, values)), dtype=pl.Float64)
    if kinds == {int, float}:
        return pl.Series([None if value is None else float(value) for value in values], dtype=pl.Float64)
    if len(kinds) > 1 or not kinds <= {int, float, str, bool}:
        return pl.Series([None if value is None else _text(value) for value in values], dtype=pl.String)
    return pl.Series(values)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _event_at(rows: Sequence[dict[str, Any]], name: str | None, recorded_at: pl.Series) -> pl.Series:
    if name is None:
        return recorded_at
    texts = [row.get(name) or None for row in rows]
    sent = pl.Series(texts, dtype=pl.String)
    instants = sent.str.to_datetime(_SPELLING, time_unit="us", time_zone="UTC", strict=False)
    if instants.null_count() > sent.null_count():  # another spelling of RFC 3339
        parsed = msgspec.convert(texts, list[datetime | None])
        instants = pl.Series([None if at is None else nearest_utc(at) for at in parsed], dtype=INSTANT)
    return instants.zip_with(instants.is_not_null(), recorded_at) if instants.null_count() else instants


def _key(rows: Sequence[dict[str, Any]], name: str | None) -> pl.Series:
    keys = [None] * len(rows) if name is None else [row.get(name) for row in rows]
    if not set(map(type, keys)) <= {str, type(None)}:
        keys = [None if key is None else _text(key) for key in keys]
    return pl.Series(keys, dtype=pl.String)


def _looked_up(stored: Sequence[bytes | None], names: Sequence[str]) -> dict[str, pl.Series]:
    """Return a view's columns; rows that used the same stored value are decoded once."""
    places: dict[bytes | None, int] = {}
    index = pl.Series([places.setdefault(value, len(places)) for value in stored], dtype=pl.UInt32)
    empty: list[Any] = [None] * len(names)
    decoded = [empty if value is None else decode_value(value)[1] for value in places]
    return {name: _column([values[place] for values in decoded]).gather(index) for place, name in enumerate(names)}


def _alike(frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Return the frames with a column as text where one has text and another has not."""
    types: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            types.setdefault(name, set()).add(dtype)
    text = pl.String()
    mixed = [
        name
        for name, found in types.items()
        if (text in found or pl.Boolean() in found) and len(found - {pl.Null()}) > 1
    ]
    if not mixed:
        return list(frames)
    return [frame.with_columns(_as_text(frame[name]) for name in mixed if name in frame.columns) for frame in frames]


def _as_text(column: pl.Series) -> pl.Series:
    return column if column.dtype == pl.String else column.cast(pl.String)
