"""The store's folder: whether it can be one, and who uses it.

That is a lock which many share while they run, and which one needs alone to throw the folder away.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidemill.core import UsageError, make_private_folder

_LOCK = "in-use.lock"


def check_home(path: Path) -> None:
    """Do nothing when files can be written below a folder, which may still be missing. Raises UsageError."""
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not there.is_dir():
        raise UsageError(f"{path} cannot be the store's folder: {there} is a file; name another with --home")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{path} cannot be the store's folder: {there} cannot be written; name another with --home")


@contextmanager
def using_home(home: Path) -> Iterator[None]:
    """Mark a store's folder as in use while the block runs; the kernel takes the mark back when the process dies."""
    make_private_folder(home)
    descriptor = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def in_use(home: Path) -> bool:
    """Tell whether somebody uses a store's folder."""
    try:
        descriptor = os.open(home / _LOCK, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
