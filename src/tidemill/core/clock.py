"""The clock port. Everything that asks for the time asks a clock that it was given."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time as an aware UTC datetime. Implementations are thread-safe."""

    def now(self) -> datetime:
        """Return the present instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands until it is moved: for tests, and for replaying a year in a minute.

    >>> clock = ManualClock(datetime(2013, 3, 1, tzinfo=UTC))
    >>> clock.advance(timedelta(days=1))
    >>> clock.now().day
    2
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        with self._lock:
            return self._now

    def set(self, instant: datetime) -> None:
        """Move the clock to an instant."""
        with self._lock:
            self._now = instant

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        with self._lock:
            self._now += by
