"""A lock between processes on one machine: held by the operating system, gone with its holder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from tidemill.core import UnavailableError, make_private_folder


class FileLock:
    """An exclusive lock on a file. One thread of a process may hold it at a time; not re-entrant."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        make_private_folder(path.parent)

    def __enter__(self) -> FileLock:
        """Wait for the lock. The kernel queues waiters and wakes them: no polling."""
        if self._descriptor is None:
            self._descriptor = _open(self._path)
        _lock(self._descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            _unlock(self._descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be written ({error.strerror}); see to its rights and its disk"
        ) from error


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
            except OSError:  # LK_LOCK gives up after ten tries of a second
                continue
            return

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
