"""Instants and durations as text: one spelling each, so that text sorts as time does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tidemill.core.errors import UsageError

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(\d+)([dhms])")


def iso(instant: datetime) -> str:
    """Write an aware instant as UTC with microseconds: fixed width, so it sorts as text.

    >>> iso(datetime(2013, 3, 1, 5, tzinfo=UTC))
    '2013-03-01T05:00:00.000000Z'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_iso(text: str) -> datetime:
    """Read an ISO 8601 instant; without a zone it is taken as UTC.

    Raises UsageError when the text is no instant.

    >>> from_iso("2013-03-01T05:00:00Z").isoformat()
    '2013-03-01T05:00:00+00:00'
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not an instant; write it as 2013-03-01T05:00:00Z") from error
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def parse_duration(text: str) -> timedelta:
    """Read a duration such as ``14d``, ``1h30m`` or ``45s``.

    Raises UsageError for anything else.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"{text!r} is not a duration; write a number with d, h, m or s, as in '14d' or '1h30m'")
    try:
        return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))
    except OverflowError as error:
        raise UsageError(f"{text!r} is longer than a duration can be (about 2.7 million years)") from error


def format_duration(duration: timedelta) -> str:
    """Write a duration as `parse_duration` reads it, whole seconds.

    >>> format_duration(timedelta(days=14, hours=1))
    '14d1h'
    """
    left = int(duration.total_seconds())
    parts = []
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
