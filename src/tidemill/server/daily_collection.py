"""A collection once a day, in a thread of the scheduler's process, where a project says what to keep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from tidemill.access import Caller, Role
from tidemill.core import UsageError, from_iso, iso, write_atomically
from tidemill.workspace import Workspace

_EVERY = timedelta(days=1)


class DailyCollection:
    """Collects when a day of the workspace's clock has passed since the last time; never without a policy.

    It may be killed at any point with its process: the next one goes on.
    """

    def __init__(self, workspace: Workspace, say: Callable[[str], None]) -> None:
        self._workspace = workspace
        self._caller = Caller("loop", workspace.settings.project, Role.ADMIN)
        self._file = workspace.home / "collected.at"
        self._say = say
        self._thread: threading.Thread | None = None
        self._last: datetime | None = None

    def look(self) -> None:
        """Begin a collection when one is due and none goes on; a look costs a comparison."""
        if not any(self._workspace.collector.policy) or (self._thread is not None and self._thread.is_alive()):
            return
        now = self._workspace.clock.now()
        self._last = self._last or self._read()
        if self._last is not None and timedelta(0) <= now - self._last < _EVERY:
            return
        write_atomically(self._file, iso(now).encode())
        self._last = now
        self._thread = threading.Thread(target=self._collect, name="collection", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for the collection that goes on; tell whether it has ended."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def _collect(self) -> None:
        try:
            done = self._workspace.collector.collect(self._caller)
        except Exception as error:  # noqa: BLE001 - the boundary of a thread: said, and tried again the next day
            self._say(f"the collection failed: {type(error).__name__}: {' '.join(str(error).split())}")
            return
        gone = ", ".join(f"{len(line.ids):,} {line.kind}" for line in done.retention if line.ids)
        deleted = done.blobs.deleted
        if gone or deleted.n_blobs:
            self._say(f"collected: {gone or 'nothing by retention'}; {deleted.n_bytes:,} bytes of blobs deleted")

    def _read(self) -> datetime | None:
        try:
            return from_iso(self._file.read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError, UsageError):
            return None
