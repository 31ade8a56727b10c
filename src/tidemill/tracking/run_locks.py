"""Which runs have a living process: a file per running run, locked by the operating system until its holder ends.

A process that is killed, or a machine that loses power, cannot say so; the kernel drops the lock in its place.
"""

from __future__ import annotations

import os
import socket
import sys
import weakref
from contextlib import suppress
from pathlib import Path

from tidemill.core import make_private_folder

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LOCKED_BYTE = 1 << 20  # past the content: where locks are mandatory, a locked byte cannot be read


class RunLocks:
    """The locks of the runs of one store. Thread-safe; also between the threads of one process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}
        _drop_in_forks(self)

    def hold(self, run_id: str) -> None:
        """Say that this process is working on a run, until `release` or its end."""
        make_private_folder(self._folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self._file(run_id), flags, 0o600)
        self._held[run_id] = descriptor
        os.write(descriptor, "\n".join(_place()).encode())
        with suppress(OSError):  # a file system without locks: `is_dead` then takes every run to be alive
            _try_lock(descriptor)

    def release(self, run_id: str) -> None:
        """Say that this process is done with a run."""
        descriptor = self._held.pop(run_id, None)
        if descriptor is not None:
            os.close(descriptor)
            self.forget(run_id)

    def is_dead(self, run_id: str) -> bool:
        """Tell whether the process that worked on a run has ended; never so of another machine's process."""
        try:
            descriptor = os.open(self._file(run_id), os.O_RDWR | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return True  # its holder made the file before the run was recorded
        except OSError:
            return False
        try:
            _try_lock(descriptor)
            os.lseek(descriptor, 0, os.SEEK_SET)
            return not set(os.read(descriptor, 1000).decode("utf-8", "replace").split("\n")).isdisjoint(_place())
        except OSError:
            return False
        finally:
            os.close(descriptor)

    def forget(self, run_id: str) -> None:
        """Remove the file of a run that has ended."""
        with suppress(OSError):
            self._file(run_id).unlink()

    def drop(self) -> None:
        """Close what a forked child has inherited: its parent's locks are not the child's to keep."""
        for descriptor in self._held.values():
            with suppress(OSError):
                os.close(descriptor)
        self._held = {}

    def _file(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.lock"


def _place() -> tuple[str, ...]:
    """Return names of this machine: containers share a kernel under several host names, and a host is booted again."""
    try:
        return socket.gethostname(), _BOOT.read_text("ascii").strip()
    except OSError:
        return (socket.gethostname(),)


def _drop(locks: RunLocks | None) -> None:
    if locks is not None:
        locks.drop()


def _drop_in_forks(locks: RunLocks) -> None:
    if hasattr(os, "register_at_fork"):
        known = weakref.ref(locks)
        os.register_at_fork(after_in_child=lambda: _drop(known()))


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
