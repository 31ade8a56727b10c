"""Instants and durations as text: one spelling each, so that text sorts as time does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tidemill.core.errors import UsageError

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(\d+)([dhms])")
_SHORT_YEAR = re.compile(r"\d{1,3}-\d\d-\d\dT")
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def iso(instant: datetime) -> str:
    """Write an aware instant as UTC with microseconds: fixed width, so it sorts as text.

    >>> iso(datetime(2013, 3, 1, 5, tzinfo=UTC))
    '2013-03-01T05:00:00.000000Z'
    """
    # Not strftime: it writes the year 1 as one digit.
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def unix_ms(instant: datetime) -> int:
    """Return the milliseconds from 1970 UTC to an aware instant, rounded down.

    >>> unix_ms(datetime(1970, 1, 1, 0, 0, 1, 500, tzinfo=UTC))
    1000
    """
    return (instant - _EPOCH) // _MILLISECOND


def from_unix_ms(milliseconds: int) -> datetime:
    """Return the instant that many milliseconds after 1970 UTC. Raises UsageError outside the years 1 to 9999.

    >>> from_unix_ms(-1).isoformat()
    '1969-12-31T23:59:59.999000+00:00'
    """
    try:
        return _EPOCH + milliseconds * _MILLISECOND
    except OverflowError as error:
        raise UsageError(
            f"{milliseconds} ms after 1970 is not of the years 1 to 9999; give milliseconds, not microseconds"
        ) from error


def from_iso(text: str) -> datetime:
    """Read an ISO 8601 instant; without a zone it is taken as UTC.

    Raises UsageError when the text is no instant, or one that is not of the years 1 to 9999 in UTC.

    >>> from_iso("2013-03-01T05:00:00Z").isoformat()
    '2013-03-01T05:00:00+00:00'
    """
    try:
        # Years below 1000 were once written without their noughts.
        instant = datetime.fromisoformat(text.rjust(27, "0") if _SHORT_YEAR.match(text) else text)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError(f"{text!r} is not an instant; write it as 2013-03-01T05:00:00Z") from error
    except OverflowError as error:
        raise UsageError(
            f"{text!r} is not of the years 1 to 9999 in UTC; write an instant such as 2013-03-01T05:00:00Z"
        ) from error


def nearest_utc(instant: datetime) -> datetime:
    """Return an instant in UTC, one without a zone taken as UTC; the nearest there is for one beyond the calendar.

    >>> nearest_utc(datetime.fromisoformat("0001-01-01T00:00:00+01:00")).isoformat()
    '0001-01-01T00:00:00+00:00'
    """
    if not instant.tzinfo:
        return instant.replace(tzinfo=UTC)
    # Instants of two zones are compared by their difference, which fits where the instant itself does not.
    return min(max(instant, _FIRST), _LAST).astimezone(UTC)


def parse_duration(text: str, of: str = "") -> timedelta:
    """Read a duration such as ``14d``, ``1h30m`` or ``45s``.

    of: what lasts so long, such as ``label_delay``; an error begins with it.

    Raises UsageError for anything else.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if of:
        try:
            return parse_duration(text)
        except UsageError as error:
            raise UsageError(f"{of}: {error}") from error
    if not isinstance(text, str):
        raise UsageError(f"{text!r} is not a duration; write it as text, a number with d, h, m or s, as in '28d'")
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
