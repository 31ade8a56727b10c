"""The as-of join: what was known of each row's entity at the row's own instant, never later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from tidemill.core import did_you_mean
from tidemill.features.errors import TrainingSetError
from tidemill.features.feature_view import EVENT_AT, INSTANT

_ROW = "__row__"
_AT = "__at__"


def as_of_join(
    spine: pl.DataFrame, view_rows: pl.DataFrame, keys: Sequence[str], event_time: str, ttl: timedelta
) -> pl.DataFrame:
    """Add to each row of the spine the newest features of its keys that were known by its `event_time`.

    For a row at instant t the features of the row with equal keys and the greatest ``event_at <= t`` are taken if
    ``t - event_at <= ttl``, else they are null; so too when a key or the instant is null. Rows out are the rows in, in
    their order. `view_rows` hold the keys, `event_at` and features, at most one row per key and instant, in any order.

    Raises TrainingSetError when keys are missing or have types that cannot be compared, or a feature has the name of a
    column of the spine.

    >>> from datetime import datetime
    >>> spine = pl.DataFrame({"who": ["a", "a"], "at": [datetime(2013, 1, 2), datetime(2013, 1, 9)]})
    >>> known = pl.DataFrame({"who": ["a"], "event_at": [datetime(2013, 1, 2)], "rate": [0.5]})
    >>> as_of_join(spine, known, ["who"], "at", timedelta(days=5))["rate"].to_list()
    [0.5, None]
    """
    features = [c for c in view_rows.columns if c not in (*keys, EVENT_AT)]
    if clash := set(features) & set(spine.columns):
        raise TrainingSetError(f"the rows have a column {min(clash)!r} already; rename the feature of that name")
    comparable = _comparable(spine, view_rows, keys)
    left = (
        spine.lazy()
        .select(*comparable, _instant(spine, event_time).alias(_AT))
        .with_row_index(_ROW)
        .drop_nulls()
        .sort(_AT)
        .collect()
    )
    right = (
        view_rows.lazy()
        .select(*comparable, _instant(view_rows, EVENT_AT).alias(EVENT_AT), *features)
        .drop_nulls([*keys, EVENT_AT])
        .sort(EVENT_AT)
        .collect()
    )
    found = left.join_asof(
        right,
        left_on=_AT,
        right_on=EVENT_AT,
        by=list(keys),
        strategy="backward",
        tolerance=ttl,
        # Both sides are sorted just above; polars cannot see it through the groups.
        check_sortedness=False,
    ).select(_ROW, *features)
    return spine.with_row_index(_ROW).join(found, on=_ROW, how="left", maintain_order="left").drop(_ROW)


def _comparable(spine: pl.DataFrame, view_rows: pl.DataFrame, keys: Sequence[str]) -> list[pl.Expr]:
    """Bring keys of one kind to one type, so that Int32 meets Int64 and a category its text."""
    casts = []
    for key in keys:
        if key not in spine.columns:
            raise TrainingSetError(
                f"the rows have no column {key!r}, by which features are looked up.{did_you_mean(key, spine.columns)} "
                f"There is: {', '.join(spine.columns)}"
            )
        wanted, found = _common(spine.schema[key]), _common(view_rows.schema[key])
        if wanted != found:
            raise TrainingSetError(
                f"the key {key!r} is {spine.schema[key]} in the rows and {view_rows.schema[key]} in the features; "
                "give both the same type in the cleaning function or the feature view"
            )
        casts.append(pl.col(key).cast(wanted, strict=False))
    return casts


def _common(dtype: pl.DataType) -> pl.DataType:
    if dtype.is_integer():
        return pl.Int64()
    if isinstance(dtype, pl.Datetime):
        return pl.Datetime("us", "UTC" if dtype.time_zone else None)
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return pl.String()
    return dtype


def _instant(frame: pl.DataFrame, column: str) -> pl.Expr:
    dtype, at = frame.schema[column], pl.col(column)
    if not isinstance(dtype, pl.Datetime):
        raise TrainingSetError(f"{column!r} is {dtype} and cannot place a row in time; make it a datetime")
    return (at if dtype.time_zone else at.dt.replace_time_zone("UTC")).cast(INSTANT)
