"""Who uses a store's folder: a lock that many share while they run, and that one needs alone to throw it away."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidemill.core import make_private_folder

_LOCK = "in-use.lock"


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
