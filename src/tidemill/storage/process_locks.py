"""Which names have a living process: a file per name, locked by the operating system until its holder ends.

Runs are held so by the process that works on them, and leases by the worker that took them. A process that is
killed, or a machine that loses power, cannot say so; the kernel drops the lock in its place.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

from tidemill.core import UnavailableError, make_private_folder

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_ENDING = ".lock"
_YOUNG_S = 60
_TRIES = 100
_LOCKED_BYTE = 1 << 20  # past the content: where locks are mandatory, a locked byte cannot be read


class ProcessLocks:
    """The locks in one folder, one per name. Thread-safe; also between the threads of one process.

    A name is held before it is written anywhere that others read: they may then take a name without a file for dead.

    shared: the names are read by other machines too, which have folders of their own; a name without a file may then
    be held on another machine, and is not taken for dead.
    """

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        self._folder = folder
        self._shared = shared
        self._held: dict[str, int] = {}
        self._lock = threading.Lock()
        _drop_in_forks(self)

    def hold(self, name: str) -> None:
        """Say that this process answers for a name, until `release` or its end; nothing when it does already.

        Raises UnavailableError when the folder cannot be written.
        """
        with self._lock:
            if name in self._held:
                return
            try:
                self._held[name] = self._open(name)
                if len(self._held) == 1:
                    self._sweep()
            except OSError as error:
                raise UnavailableError(
                    f"{self._folder} cannot be written ({error.strerror}); see to its rights and its disk"
                ) from error

    def release(self, name: str) -> None:
        """Say that this process is done with a name."""
        with self._lock:
            descriptor = self._held.pop(name, None)
        if descriptor is not None:
            os.close(descriptor)
            self.forget(name)

    def is_dead(self, name: str) -> bool:
        """Tell whether the process that held a name has ended; never so of another machine's process."""
        try:
            descriptor = os.open(self._file(name), os.O_RDWR | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return not self._shared  # its holder made the file before the name was known
        except OSError:
            return False
        try:
            _try_lock(descriptor)
            os.lseek(descriptor, 0, os.SEEK_SET)
            told = os.read(descriptor, 1000).strip(b"\0")
            # Empty: a power cut took what the holder had written, and the holder with it.
            return not told or not set(told.decode("utf-8", "replace").split("\n")).isdisjoint(_place())
        except OSError:
            return False
        finally:
            os.close(descriptor)

    def forget(self, name: str) -> None:
        """Remove the file of a name that nobody holds any more."""
        with suppress(OSError):
            self._file(name).unlink()

    def drop(self) -> None:
        """Close what a forked child has inherited: its parent's locks are not the child's to keep."""
        for descriptor in self._held.values():
            with suppress(OSError):
                os.close(descriptor)
        self._held = {}
        self._lock = threading.Lock()

    def _sweep(self) -> None:
        """Remove what killed processes left; not a young file, which its holder may be about to lock."""
        for file in self._folder.glob(f"*{_ENDING}"):
            with suppress(FileNotFoundError):  # another process has just removed it
                old = time.time() - file.stat().st_mtime > _YOUNG_S
                if old and self.is_dead(unquote(file.name.removesuffix(_ENDING))):
                    file.unlink(missing_ok=True)

    def _open(self, name: str) -> int:
        make_private_folder(self._folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self._file(name), flags, 0o600)
        try:
            os.write(descriptor, "\n".join(_place()).encode())
        except OSError:
            os.close(descriptor)
            raise
        with suppress(OSError):  # a file system without locks: `is_dead` then takes every holder to be alive
            _lock_new(descriptor)
        return descriptor

    def _file(self, name: str) -> Path:
        return self._folder / f"{quote(name, safe='')}{_ENDING}"


def _lock_new(descriptor: int) -> None:
    """Lock a file that was just made; whoever asks at this moment whether its holder lives has it for an instant."""
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            _try_lock(descriptor)
            return
        time.sleep(0.001)
    _try_lock(descriptor)  # a mark without its lock would count as that of the dead


def _place() -> tuple[str, ...]:
    """Return names of this machine: containers share a kernel under several host names, and a host is booted again."""
    try:
        return socket.gethostname(), _BOOT.read_text("ascii").strip()
    except OSError:
        return (socket.gethostname(),)


def _drop(locks: ProcessLocks | None) -> None:
    if locks is not None:
        locks.drop()


def _drop_in_forks(locks: ProcessLocks) -> None:
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
