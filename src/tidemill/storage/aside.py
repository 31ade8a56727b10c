"""Blobs set aside: out of sight, not yet deleted, and back in place as soon as anybody asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tidemill.core import id_time, is_id, make_private_folder

_FOLDER = ".aside"


@dataclass(frozen=True)
class AsideBlob:
    """A blob that is set aside. stored_at: when its bytes were last put; since: when it was set aside."""

    digest: str
    n_bytes: int
    stored_at: datetime
    since: datetime


class AsideBlobs:
    """The blobs of a local folder that are set aside. Safe between threads and processes: every move is a rename.

        <root>/.aside/<id of the collection>/<digest>

    A rename keeps the time of the last put, so that a put which came just before it can still be seen after it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def set_aside(self, digest: str, mark: str) -> None:
        """Take a blob out of sight; nothing when it is not there. mark: an id made when the collection began."""
        target = self._root / _FOLDER / mark / digest
        make_private_folder(target.parent)
        with suppress(FileNotFoundError):
            self._place(digest).rename(target)

    def take_back(self, digest: str) -> bool:
        """Bring a blob back, as young as a new one; tell whether it is in its place now, by this call or another's."""
        place = self._place(digest)
        for aside in self._files(digest):
            with suppress(FileNotFoundError):
                make_private_folder(place.parent)
                os.utime(aside)
                aside.replace(place)
        return place.is_file()

    def list(self) -> Iterator[AsideBlob]:
        """Yield what is set aside."""
        for file in self._files("*"):
            with suppress(FileNotFoundError):
                at = file.stat()
                stored_at = datetime.fromtimestamp(at.st_mtime, UTC)
                yield AsideBlob(file.name, at.st_size, stored_at, id_time(file.parent.name))

    def delete(self, digest: str) -> None:
        """Delete a blob for good; nothing when it was taken back meanwhile."""
        for file in self._files(digest):
            file.unlink(missing_ok=True)

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
