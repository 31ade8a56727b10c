"""A horizontal axis of event time: where an instant stands, and ticks where a calendar has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from tidemill.ui.formats import MONTHS

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK = tuple(timedelta(minutes=each) for each in (5, 15, 30, 60, 180, 360))


@dataclass(frozen=True)
class TimeAxis:
    """Time from `start` to `end` on the way from `left` to `right`, in the picture's units."""

    start: datetime
    end: datetime
    left: float
    right: float

    def at(self, instant: datetime) -> float:
        """Return the place of an instant; what lies outside is put on the edge.

        Examples:
            >>> axis = TimeAxis(datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 1, 11, tzinfo=UTC), 0.0, 100.0)
            >>> axis.at(datetime(2013, 1, 6, tzinfo=UTC)), axis.at(datetime(2014, 1, 1, tzinfo=UTC))
            (50.0, 100.0)
        """
        share = (instant - self.start) / max(self.end - self.start, timedelta(microseconds=1))
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    def ticks(self) -> list[tuple[float, str]]:
        """Return places with their words: hours, days, weeks, months, quarters or years, as many as are read with ease.

        Examples:
            >>> axis = TimeAxis(datetime(2012, 12, 30, tzinfo=UTC), datetime(2013, 3, 31, tzinfo=UTC), 0.0, 182.0)
            >>> [(round(place), words) for place, words in axis.ticks()]
            [(4, 'Jan 2013'), (66, 'Feb'), (122, 'Mar')]
        """
        span = self.end - self.start
        if span <= timedelta(days=2):
            return self._clock(next(each for each in _CLOCK if span / each <= 12))
        if span <= timedelta(days=70):
            return self._days(max(1, -(-span // _DAY // 10)))
        return self._months(1 if span <= timedelta(days=430) else 3 if span <= timedelta(days=1300) else 12)

    def _clock(self, step: timedelta) -> list[tuple[float, str]]:
        """Ticks at even hours or minutes; midnight is told by its day."""
        at = _EPOCH + -(-(self.start - _EPOCH) // step) * step
        found: list[tuple[float, str]] = []
        while at < self.end:
            new_day = not found or at.time() == time()
            found.append((self.at(at), f"{at.day} {MONTHS[at.month - 1]} {at:%H:%M}" if new_day else f"{at:%H:%M}"))
            at += step
        return found

    def _days(self, step: int) -> list[tuple[float, str]]:
        first = self.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        step = 7 if step > 3 else step
        found: list[tuple[float, str]] = []
        at = first if first >= self.start else first + _DAY
        while at < self.end:
            found.append((self.at(at), f"{at.day} {MONTHS[at.month - 1]}"))
            at += step * _DAY
        return found

    def _months(self, step: int) -> list[tuple[float, str]]:
        start = self.start.astimezone(UTC)
        found: list[tuple[float, str]] = []
        for number in range(start.year * 12, self.end.astimezone(UTC).year * 12 + 12):
            at = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
            if number % step or not self.start <= at < self.end:
                continue
            with_year = at.month == 1 or not found
            found.append((self.at(at), str(at.year) if step == 12 else self._month(at, with_year)))
        return found

    def _month(self, at: datetime, with_year: bool) -> str:
        return f"{MONTHS[at.month - 1]} {at.year}" if with_year else MONTHS[at.month - 1]


def even_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from low to high, about as many as asked for.

    Examples:
        >>> even_ticks(0.612, 0.748)
        [0.62, 0.64, 0.66, 0.68, 0.7, 0.72, 0.74]
        >>> even_ticks(3.0, 3.0)
        [3.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / about
    scale = 10.0 ** _exponent(rough)
    step = next(each * scale for each in (1, 2, 5, 10) if each * scale >= rough * 0.7)
    first = -(-low // step)
    return [round((first + i) * step, 10) for i in range(int((high - first * step) / step + 1e-9) + 1)]


def _exponent(value: float) -> int:
    return int(f"{value:e}".partition("e")[2])
