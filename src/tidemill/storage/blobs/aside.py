"""Blobs set aside: out of sight, not yet deleted, and back in place as soon as anybody asks for them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tidemill.core import id_time, is_id, make_private_folder

_FOLDER = ".aside"


@dataclass(frozen=True)
class AsideBlob:
    """A blob that is set aside.

    stored_at: when its bytes were last put. looked_at: when the collection began that set it aside. since: when the
    last blob of that collection was set aside, and this one with it or before.
    """

    digest: str
    n_bytes: int
    stored_at: datetime
    looked_at: datetime
    since: datetime


def make_young(file: Path) -> None:
    """Make a file as young as a new one, to the microsecond: the kernel's own stamps lag some milliseconds behind.

    Raises OSError.
    """
    now = time.time_ns()
    os.utime(file, ns=(now, now), follow_symlinks=False)


def changed_at(file: Path) -> datetime:
    """Return when a file or folder was last changed. Raises OSError."""
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


class AsideBlobs:
    """The blobs of a local folder that are set aside. Safe between threads and processes: every move is a rename.

        <root>/.aside/<id of the collection>/<digest>

    A rename keeps the time of the last put, so that a put which came just before it can still be seen after it, and
    changes the time of the folder it goes to.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def set_aside(self, digest: str, mark: str) -> None:
        """Take a blob out of sight; nothing when it is not there. mark: an id made when the collection began."""
        target = self._root / _FOLDER / mark / digest
        make_private_folder(target.parent)
        with suppress(FileNotFoundError):
            self._place(digest).rename(target)

    def end(self, mark: str) -> None:
        """Say that a collection has set aside what it will."""
        with suppress(FileNotFoundError):
            make_young(self._root / _FOLDER / mark)

    def take_back(self, digest: str) -> bool:
        """Bring a blob back, as young as a new one; tell whether it is in its place now, by this call or another's."""
        place = self._place(digest)
        for aside in self._files(digest):
            with suppress(FileNotFoundError):
                make_private_folder(place.parent)
                make_young(aside)
                aside.replace(place)
        return place.is_file()

    def list(self) -> Iterator[AsideBlob]:
        """Yield what is set aside."""
        for file in self._files("*"):
            with suppress(FileNotFoundError):
                at, looked_at = file.stat(), id_time(file.parent.name)
                since = max(looked_at, changed_at(file.parent))
                yield AsideBlob(file.name, at.st_size, datetime.fromtimestamp(at.st_mtime, UTC), looked_at, since)

    def delete(self, digest: str) -> bool:
        """Delete a blob for good; tell whether it was there and not taken back meanwhile."""
        deleted = False
        for file in self._files(digest):
            with suppress(FileNotFoundError):
                file.unlink()
                deleted = True
        return deleted

    def tidy(self) -> None:
        """Remove the folders that are empty."""
        for folder in [*(self._root / _FOLDER).glob("*"), self._root / _FOLDER]:
            with suppress(OSError):  # something is in it, or it was never made
                folder.rmdir()

    def _place(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:]

    def _files(self, name: str) -> tuple[Path, ...]:
        folder = self._root / _FOLDER
        found = folder.glob(f"*/{name}") if folder.is_dir() else ()
        return tuple(file for file in found if is_id(file.parent.name))
