"""A lock between processes on one machine: held by the operating system, gone with its holder; who waits is given way.

The kernel wakes the waiters in the order in which they came, but does not hand the lock over: a holder that comes back
at once takes it again before any of them has run, and a process that writes in a loop starves the others. So waiters
say that they wait, by a shared lock on a byte of the same file, and who comes back at once and finds that byte locked
gives way for a moment. That lessens unfairness in tight loops and does not end it. A queue with numbers would be more
exact, but there a process that is stopped while it waits would stop all behind it.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tidemill.core import UnavailableError, make_private_folder

_AT_ONCE_S = 0.005
_PAUSE_S = 0.001


class FileLock:
    """An exclusive lock on a file. One thread of a process may hold it at a time; not re-entrant.

    A child that was forked has a lock of its own, which its parent excludes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._process = 0
        self._left_at = 0.0
        make_private_folder(path.parent)

    def __enter__(self) -> FileLock:
        """Wait for the lock. The kernel holds the waiters and wakes them: no polling.

        Raises UnavailableError when the file cannot be written.
        """
        descriptor = self._descriptor
        if descriptor is None or self._process != os.getpid():
            self.close()
            descriptor = self._descriptor = _open(self._path)
            self._process = os.getpid()
        if time.monotonic() - self._left_at < _AT_ONCE_S and _somebody_waits(descriptor):
            time.sleep(_PAUSE_S)
        if not _try_lock(descriptor):
            _say_waiting(descriptor, waiting=True)
            try:
                _lock(descriptor)
            finally:
                _say_waiting(descriptor, waiting=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            self._left_at = time.monotonic()
            _unlock(self._descriptor)

    def close(self) -> None:
        """Close the file; the lock can be used again afterwards."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be written ({error.strerror}); see to its rights and its disk"
        ) from error


if sys.platform == "win32":
    import msvcrt

    def _try_lock(_descriptor: int) -> bool:
        return False

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

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


if sys.platform == "linux":
    import struct

    _WAITERS = 1  # the byte

    def _say_waiting(descriptor: int, *, waiting: bool) -> None:
        with suppress(OSError):  # a file system without locks on bytes: then nobody gives way
            _ask(descriptor, fcntl.F_OFD_SETLK, fcntl.F_RDLCK if waiting else fcntl.F_UNLCK)

    def _somebody_waits(descriptor: int) -> bool:
        try:
            return _ask(descriptor, fcntl.F_OFD_GETLK, fcntl.F_WRLCK) != fcntl.F_UNLCK
        except OSError:
            return False

    def _ask(descriptor: int, command: int, kind: int) -> int:
        # struct flock: type, whence, start, length, process (0: the lock belongs to the open file).
        layout = "hhqqi0q"
        answer = fcntl.fcntl(descriptor, command, struct.pack(layout, kind, os.SEEK_SET, _WAITERS, 1, 0))
        return int(struct.unpack(layout, answer)[0])

else:

    def _say_waiting(_descriptor: int, *, waiting: bool) -> None:  # noqa: ARG001 - as above
        return None

    def _somebody_waits(_descriptor: int) -> bool:
        return False
