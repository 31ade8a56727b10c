"""Windows of event time: where they lie, and which are due.

All windows of a length tile time from Monday 1970-01-05T00:00Z on, each [start, end): windows of a week begin on
Mondays, those of a day at midnight UTC, whenever the first prediction came.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

ZERO = datetime(1970, 1, 5, tzinfo=UTC)
#: How many windows are looked back at most: one row dated decades ago does not open a window for every week since.
MOST_WINDOWS = 1000


class Window(NamedTuple):
    """A stretch of event time, the end excluded."""

    starts_at: datetime
    ends_at: datetime


def window_of(at: datetime, length: timedelta) -> Window:
    """Return the window in which an instant lies.

    >>> window_of(datetime(2013, 3, 7, 5, tzinfo=UTC), timedelta(days=7)).starts_at.isoformat()
    '2013-03-04T00:00:00+00:00'
    """
    start = ZERO + (at - ZERO) // length * length
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
    length = first.ends_at - first.starts_at
    n_due = max(0, (watermark - delay - first.starts_at) // length)
    return [Window(first.starts_at + i * length, first.starts_at + (i + 1) * length) for i in range(n_due)]
