"""Due times at even distances from an anchor, on event time. Pure; nothing is remembered here."""

from __future__ import annotations

from datetime import datetime, timedelta


def last_due(anchor: datetime, period: timedelta, after: datetime, until: datetime) -> datetime | None:
    """Return the last ``anchor + k * period`` (k = 1, 2, ...) in (after, until], or None.

    However long nobody looked, one due time comes of it.

    >>> from datetime import UTC
    >>> start = datetime(2013, 3, 1, tzinfo=UTC)
    >>> last_due(start, timedelta(days=28), start, datetime(2013, 6, 1, tzinfo=UTC)).isoformat()
    '2013-05-24T00:00:00+00:00'
    """
    k = (until - anchor) // period
    if k < 1:  # and so far back, maybe, that no calendar has it
        return None
    due = anchor + k * period
    return due if due > after else None


def next_due(anchor: datetime, period: timedelta, after: datetime) -> datetime:
    """Return the first ``anchor + k * period`` (k = 1, 2, ...) later than `after`.

    >>> from datetime import UTC
    >>> start = datetime(2013, 3, 1, tzinfo=UTC)
    >>> next_due(start, timedelta(days=28), start).isoformat()
    '2013-03-29T00:00:00+00:00'
    """
    return anchor + max(1, (after - anchor) // period + 1) * period
