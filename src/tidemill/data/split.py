"""Splitting rows into those to fit on and those to judge on."""

from __future__ import annotations

import polars as pl

from tidemill.core import UsageError, did_you_mean, parse_duration


def split_by_time(frame: pl.DataFrame, column: str, holdout: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split off the last stretch of time: rows later than the newest instant minus `holdout` are held out.

    Order is kept; together the two hold every row once. Raises UsageError when the column is no time, has nulls, or
    one side would be empty.

    >>> from datetime import datetime
    >>> days = pl.DataFrame({"at": [datetime(2013, 2, day) for day in range(1, 29)]})
    >>> fit, held_out = split_by_time(days, "at", "7d")
    >>> fit.height, held_out.height
    (21, 7)
    """
    if column not in frame.columns:
        raise UsageError(
            f"there is no column {column!r} to split by.{did_you_mean(column, frame.columns)} "
            f"There is: {', '.join(frame.columns)}"
        )
    times = frame[column]
    if not times.dtype.is_temporal() or times.null_count():
        raise UsageError(f"{column!r} cannot split by time: it is {times.dtype} with {times.null_count():,} nulls")
    length = parse_duration(holdout)
    late = frame.select(pl.col(column) > pl.col(column).max() - length).to_series()
    fit, held_out = frame.filter(~late), frame.filter(late)
    if fit.height == 0 or held_out.height == 0:
        raise UsageError(
            f"a holdout of {holdout} leaves {fit.height:,} rows to fit and {held_out.height:,} to judge: "
            f"the rows go from {times.min()!s} to {times.max()!s}; choose a time inside that span"
        )
    return fit, held_out
