"""Writing files so that a reader sees the old bytes or the new ones, and a power cut neither half."""

from __future__ import annotations

import os
from pathlib import Path

from tidemill.core.ids import new_id


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file by a private temporary name, fsync, rename and fsync of the folder.

    The folder is made when it is missing, readable by its owner only. Raises OSError.
    """
    make_private_folder(path.parent)
    temporary = path.with_name(f".{new_id()}.part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_private_folder(path: Path) -> None:
    """Make a folder and its missing parents, each readable by its owner only whatever the umask."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)


def sync_folder(path: Path) -> None:
    """Make the entries of a folder durable; nothing where the platform cannot."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
