"""The watermark: how far event time has come at an endpoint.

Windows close, labels count as late and cool-downs end by it, never by the machine's clock: a year replayed in a minute
and a year lived through give the same windows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

#: How long nothing may come before event time goes on with the clock.
IDLE = timedelta(days=1)


def watermark(last_event_at: datetime, last_recorded_at: datetime, now: datetime, idle: timedelta = IDLE) -> datetime:
    """Return the largest event time of the logged predictions, moved on by the clock once nothing came for `idle`.

    last_event_at: the largest event time that is not in the future of the clock; a row dated ahead moves nothing.
    last_recorded_at: when the last prediction was recorded, by the same clock as `now`.

    >>> from datetime import UTC
    >>> monday = datetime(2013, 3, 4, tzinfo=UTC)
    >>> watermark(monday, monday, monday + timedelta(hours=20)) == monday
    True
    >>> watermark(monday, monday, monday + timedelta(days=8)) == monday + timedelta(days=7)
    True
    """
    return last_event_at + max(timedelta(0), now - last_recorded_at - idle)
