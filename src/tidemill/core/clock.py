"""The clock port. Everything that asks for the time asks a clock that it was given."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from tidemill.core.errors import UnavailableError
from tidemill.core.ids import new_id
from tidemill.core.times import iso

_LONGEST_INSTANT = 64


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


class StoredClock:
    """A clock in a small file that another process moves: how a replay drives a whole Tidemill.

    The file holds one instant as ISO 8601, such as ``2013-03-01T05:00:00.000000Z``. It is replaced whole, so a reader
    sees the instant before or the one after; reading costs some 5 microseconds and keeps nothing.

    `now` raises UnavailableError when the file is missing or holds no instant.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = os.fspath(path)

    def now(self) -> datetime:
        """Return the instant in the file."""
        try:
            descriptor = os.open(self._name, os.O_RDONLY)
            try:
                text = os.read(descriptor, _LONGEST_INSTANT).decode("ascii")
            finally:
                os.close(descriptor)
            instant = datetime.fromisoformat(text.strip())
            return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
        except OSError as error:
            raise UnavailableError(
                f"the clock {self._name} cannot be read ({error.strerror}); "
                "write an instant to it, or name no clock in the settings"
            ) from error
        except (ValueError, OverflowError) as error:
            raise UnavailableError(
                f"the clock {self._name} holds no instant; write one such as 2013-03-01T05:00:00Z, "
                "of the years 1 to 9999 in UTC"
            ) from error

    def set(self, instant: datetime) -> None:
        """Move the clock to an instant, making its file when there is none. Raises UnavailableError."""
        # Not synced to the disk: whoever drives the clock sets it anew after a power cut.
        temporary = self.path.with_name(f".{new_id()}.part")
        try:
            temporary.write_text(iso(instant), "ascii")
            temporary.replace(self.path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise UnavailableError(
                f"the clock {self._name} cannot be written ({error.strerror}); see to its folder, rights and disk"
            ) from error
