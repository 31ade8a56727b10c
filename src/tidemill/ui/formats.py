"""How numbers, dates, sizes and digests are told. Each is a Jinja filter of the same name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any

from tidemill.ui.values import Estimate

MISSING = "–"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def number(value: float | None) -> str:
    """A measured number to three figures or so, thousands marked.

    Examples:
        >>> number(0.71523), number(-6.1), number(48.26), number(12345.6), number(None)
        ('0.715', '−6.10', '48.3', '12,346', '–')
        >>> number(0.0), number(0.00041), number(1.0)
        ('0.000', '0.00041', '1.00')
    """
    if value is None or isnan(value):
        return MISSING
    size = abs(value)
    if 0 < size < 0.001:
        text = f"{size:.2g}"
    else:
        digits = 3 if size < 1 else 2 if size < 10 else 1 if size < 100 else 0
        text = f"{size:,.{digits}f}"
    return ("−" if value < 0 and text.strip("0.,") else "") + text


def signed(value: float | None) -> str:
    """A difference, its direction said.

    Examples:
        >>> signed(0.0213), signed(-0.0213), signed(0.0)
        ('+0.021', '−0.021', '0.000')
    """
    text = number(value)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.,") else text


def count(value: int | None) -> str:
    """How many, thousands marked.

    Examples:
        >>> count(28414), count(None)
        ('28,414', '–')
    """
    return MISSING if value is None else f"{value:,}"


def plural(value: int, one: str, many: str = "") -> str:
    """A count with its noun.

    Examples:
        >>> plural(1, "endpoint"), plural(2, "endpoint"), plural(0, "query", "queries")
        ('1 endpoint', '2 endpoints', 'no queries')
    """
    noun = one if value == 1 else (many or one + "s")
    return f"{count(value) if value else 'no'} {noun}"


def interval(estimate: Estimate) -> str:
    """The 95 % interval of an estimate, or nothing.

    Examples:
        >>> interval(Estimate(value=0.715, low=0.707, high=0.723))
        '0.707 to 0.723'
        >>> interval(Estimate(value=0.715))
        ''
    """
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{number(estimate.low)} to {number(estimate.high)}"


def when(at: datetime, now: datetime) -> str:
    """An instant as a person says it, in UTC.

    Examples:
        >>> now = datetime(2026, 9, 9, 14, 30, tzinfo=UTC)
        >>> when(now - timedelta(seconds=20), now), when(now - timedelta(minutes=4), now)
        ('just now', '4 min ago')
        >>> when(now - timedelta(hours=3), now), when(now - timedelta(hours=20), now)
        ('today 11:30', 'yesterday 18:30')
        >>> when(now - timedelta(days=3), now), when(now - timedelta(days=40), now)
        ('Sun 14:30', '31 Jul')
        >>> when(datetime(2013, 2, 28, tzinfo=UTC), now), when(now + timedelta(hours=2), now)
        ('28 Feb 2013', '9 Sep 16:30')
    """
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    age, clock = now - at, f"{at:%H:%M}"
    if timedelta(seconds=-5) <= age < timedelta(minutes=1):
        return "just now"
    if timedelta() <= age < timedelta(hours=1):
        return f"{age.seconds // 60} min ago"
    days = (now.date() - at.date()).days
    if age >= timedelta() and days < 7:
        return f"{('today', 'yesterday')[days] if days < 2 else DAYS[at.weekday()]} {clock}"
    day = f"{at.day} {MONTHS[at.month - 1]}"
    if age < timedelta():
        return f"{day} {clock}"
    return day if at.year == now.year else f"{day} {at.year}"


def exact(at: datetime) -> str:
    """An instant to the second, with its zone.

    Examples:
        >>> exact(datetime(2013, 2, 28, 9, 5, 1, tzinfo=UTC))
        '28 Feb 2013 09:05:01 UTC'
    """
    at = at.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} UTC"


def day(at: datetime, now: datetime) -> str:
    """The day of an instant, in UTC; the year only where it is not this one.

    Examples:
        >>> day(datetime(2013, 6, 9, 4, tzinfo=UTC), datetime(2013, 9, 1, tzinfo=UTC))
        '9 Jun'
        >>> day(datetime(2013, 6, 9, 4, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))
        '9 Jun 2013'
    """
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    said = f"{at.day} {MONTHS[at.month - 1]}"
    return said if at.year == now.year else f"{said} {at.year}"


def period(start: datetime, end: datetime) -> str:
    """A stretch of time from its start up to, and without, its end, in UTC.

    Examples:
        >>> period(datetime(2013, 6, 3, tzinfo=UTC), datetime(2013, 6, 10, tzinfo=UTC))
        '3 to 9 Jun 2013'
        >>> period(datetime(2013, 5, 27, tzinfo=UTC), datetime(2013, 6, 3, tzinfo=UTC))
        '27 May to 2 Jun 2013'
        >>> period(datetime(2013, 12, 30, tzinfo=UTC), datetime(2014, 1, 6, tzinfo=UTC))
        '30 Dec 2013 to 5 Jan 2014'
        >>> period(datetime(2013, 6, 3, tzinfo=UTC), datetime(2013, 6, 4, tzinfo=UTC))
        '3 Jun 2013'
        >>> period(datetime(2013, 6, 3, 6, tzinfo=UTC), datetime(2013, 6, 3, 12, tzinfo=UTC))
        '3 Jun 2013 06:00 to 12:00'
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if (start.hour, start.minute, end.hour, end.minute) != (0, 0, 0, 0):
        until = f"{end:%H:%M}" if end.date() == start.date() else f"{day(end, start)} {end:%H:%M}"
        return f"{start.day} {MONTHS[start.month - 1]} {start.year} {start:%H:%M} to {until}"
    last = end - timedelta(microseconds=1)
    said = f"{last.day} {MONTHS[last.month - 1]} {last.year}"
    if start.date() == last.date():
        return said
    if start.year != last.year:
        return f"{start.day} {MONTHS[start.month - 1]} {start.year} to {said}"
    return f"{start.day}{'' if start.month == last.month else ' ' + MONTHS[start.month - 1]} to {said}"


def percent(share: float | None) -> str:
    """A share of a whole; all and nothing are said of nothing less.

    Examples:
        >>> percent(0.971), percent(0.9996), percent(1.0), percent(0.0004), percent(0.0), percent(None)
        ('97 %', '99.9 %', '100 %', '0.1 %', '0 %', '–')
    """
    if share is None or isnan(share):
        return MISSING
    if 0 < share < 0.01:
        return f"{max(0.1, share * 100):.1f} %"
    if 0.99 < share < 1:
        return f"{min(99.9, share * 100):.1f} %"
    return f"{share:.0%}".replace("%", " %")


def machine(at: datetime) -> str:
    """An instant for the ``datetime`` attribute.

    Examples:
        >>> machine(datetime(2013, 2, 28, 9, 5, tzinfo=UTC))
        '2013-02-28T09:05:00Z'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float | None) -> str:
    """A length of time.

    Examples:
        >>> duration(0.0042), duration(0.42), duration(12.3), duration(125), duration(7500), duration(None)
        ('4 ms', '0.42 s', '12.3 s', '2 min 5 s', '2 h 5 min', '–')
    """
    if seconds is None:
        return MISSING
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def size(n_bytes: int) -> str:
    """A size in bytes, decimal units.

    Examples:
        >>> size(512), size(48_200), size(1_240_000)
        ('512 B', '48.2 kB', '1.24 MB')
    """
    if n_bytes < 1000:
        return f"{n_bytes} B"
    for unit, scale in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if n_bytes < scale * 999.5 or unit == "GB":
            return f"{n_bytes / scale:.3g} {unit}"
    raise AssertionError(n_bytes)


def short(digest: str, length: int = 10) -> str:
    """The beginning of a digest or id; the whole is on hover.

    Examples:
        >>> short("3f9ab04f2f45a1f8")
        '3f9ab04f2f'
    """
    return digest[:length]


def cell(value: Any) -> str:
    """One value of a request or a feature row.

    Examples:
        >>> cell(None), cell(True), cell(17), cell(0.21345678), cell(1400.0), cell("UA")
        ('missing', 'true', '17', '0.213457', '1400', 'UA')
    """
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def filters() -> dict[str, Callable[..., str]]:
    """The formatters by the name that templates call them by."""
    each = (
        number,
        signed,
        count,
        plural,
        interval,
        percent,
        when,
        day,
        period,
        exact,
        machine,
        duration,
        size,
        short,
        cell,
    )
    return {function.__name__: function for function in each}
