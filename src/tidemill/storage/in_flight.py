"""Marks of work in flight: bytes that were put or looked for, and whose record is still to be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tidemill.core import id_time, is_id, new_id
from tidemill.storage.process_locks import ProcessLocks

_ENDING = ".lock"


class InFlight:
    """Marks in a folder, each held by the operating system until its block or its process ends. Thread-safe.

    >>> import tempfile
    >>> from tidemill.core import SystemClock
    >>> in_flight = InFlight(Path(tempfile.mkdtemp()))
    >>> with in_flight.mark():
    ...     in_flight.since(SystemClock().now()) <= SystemClock().now()
    True
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks = ProcessLocks(folder)

    @contextmanager
    def mark(self) -> Iterator[None]:
        """Say that this process puts blobs, or counts on stored ones, until the block's end.

        Raises UnavailableError when the folder cannot be written.
        """
        name = new_id()
        self._locks.hold(name)
        try:
            yield
        finally:
            self._locks.release(name)

    def since(self, now: datetime) -> datetime:
        """Return when the oldest work began that is in flight, by the machine's clock; `now` when there is none."""
        names = [file.name.removesuffix(_ENDING) for file in self._folder.glob(f"*{_ENDING}")]
        begun = [(id_time(name), name) for name in names if is_id(name)]
        # A file that is not locked yet is no mark: nothing was put or looked for under it.
        return min((at for at, name in begun if not self._locks.is_dead(name)), default=now)
