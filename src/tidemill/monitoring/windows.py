"""Windows of event time: where they lie, and which are due.

All windows of a length tile time from Monday 1970-01-05T00:00Z on, each [start, end): windows of a week begin on
Mondays, those of a day at midnight UTC, whenever the first prediction came.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import polars as pl

ZERO = datetime(1970, 1, 5, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime.min.replace(tzinfo=UTC)
#: How many windows are looked back at most: one row dated decades ago does not open a window for every week since.
MOST_WINDOWS = 1000
#: Of the windows that are due, only so many of the newest are opened though they hold no rows.
MOST_EMPTY = 60


class Window(NamedTuple):
    """A stretch of event time, the end excluded."""

    starts_at: datetime
    ends_at: datetime


def window_of(at: datetime, length: timedelta) -> Window:
    """Return the window in which an instant lies; the first whole one for an instant before it in the year 1.

    >>> window_of(datetime(2013, 3, 7, 5, tzinfo=UTC), timedelta(days=7)).starts_at.isoformat()
    '2013-03-04T00:00:00+00:00'
    """
    start = ZERO + max((at - ZERO) // length, -((ZERO - _FIRST) // length)) * length
    return Window(start, start + length)


def first_window(first_event_at: datetime, watermark: datetime, length: timedelta, after: datetime | None) -> Window:
    """Return the first window to look at: that of the first event, or the first that begins at `after` or later.

    after: the end of the last window that was evaluated, None before the first. When windows of another length were
    evaluated before, `after` may lie inside of a window; that one is passed over.
    """
    if after is not None:
        found = window_of(after, length)
        return found if found.starts_at == after else Window(found.ends_at, found.ends_at + length)
    # A difference of instants always fits, unlike an instant so far back.
    ago = min(watermark - first_event_at, MOST_WINDOWS * length)
    return window_of(watermark - ago, length)


def due(first: Window, watermark: datetime, delay: timedelta = timedelta(0)) -> list[Window]:
    """Return the windows from the first on that are due, oldest first: the watermark has come `delay` past their end.

    >>> monday = datetime(2013, 3, 4, tzinfo=UTC)
    >>> first = window_of(monday, timedelta(days=7))
    >>> [window.starts_at.day for window in due(first, monday + timedelta(days=14))]
    [4, 11]
    >>> [window.starts_at.day for window in due(first, monday + timedelta(days=14), timedelta(days=1))]
    [4]
    """
    return [_later(first, i) for i in range(count_due(first, watermark, delay))]


def count_due(first: Window, watermark: datetime, delay: timedelta = timedelta(0)) -> int:
    """Return how many windows `due` gives, without making them."""
    return max(0, (watermark - first.starts_at - delay) // (first.ends_at - first.starts_at))


def worth_opening(first: Window, n_due: int, event_times: pl.Series) -> list[Window]:
    """Return those of `n_due` windows that hold a row, and the newest 60 in any case, oldest first.

    >>> first = window_of(datetime(2013, 3, 4, tzinfo=UTC), timedelta(days=7))
    >>> found = worth_opening(first, 1000, pl.Series([datetime(2013, 3, 19, tzinfo=UTC)]))
    >>> len(found), found[0].starts_at.isoformat()
    (61, '2013-03-18T00:00:00+00:00')
    """
    n_newest = min(n_due, MOST_EMPTY)
    since = pl.Series(event_times.dt.epoch("us") - _microseconds(first.starts_at - _EPOCH))
    held = (since // _microseconds(first.ends_at - first.starts_at)).unique()
    with_rows = held.filter((held >= 0) & (held < n_due - n_newest)).sort().to_list()
    return [_later(first, i) for i in (*with_rows, *range(n_due - n_newest, n_due))]


def _later(first: Window, n: int) -> Window:
    length = first.ends_at - first.starts_at
    return Window(first.starts_at + n * length, first.starts_at + (n + 1) * length)


def _microseconds(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)
