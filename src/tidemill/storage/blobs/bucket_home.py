"""Whose a bucket is, and which of its blobs are condemned: what a collector must know of an object store.

An object store has neither locks nor renames, so who puts and who collects agree in a folder of the one store whose
blobs are there. Each store that puts blobs below a prefix leaves its mark there, and only a store that finds no mark
but its own collects.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from tidemill.core import UsageError, from_iso, id_time, is_id, iso, make_private_folder, new_id, write_atomically
from tidemill.storage.blobs.aside import AsideBlob, changed_at, make_young
from tidemill.storage.blobs.bucket import Bucket, Object
from tidemill.storage.blobs.port import StoredBlob, is_digest

#: Below it is what came without its digest, or by a signed URL, and is no blob yet.
INCOMING = "incoming"
_MARKS = "stores"
_LOCK = ".lock"
_AT_ONCE = 8
_BATCH = 64
#: A bucket tells when an object was stored by its own clock, in some places to the second only.
_ONE_TICK = timedelta(seconds=1)

Delete = Callable[[str, datetime], bool]


class BucketHome:
    """The folder of a store about the bucket that has its blobs. Threads and processes may share it.

    folder: the store's own, made when it is needed.
    """

    def __init__(self, bucket: Bucket, folder: Path) -> None:
        self._bucket = bucket
        self._folder = folder
        self._claimed = False
        self.condemned = CondemnedBlobs(folder)

    def claim(self) -> None:
        """Leave this store's mark in the bucket, once a process. Raises UnavailableError."""
        if not self._claimed:
            self._bucket.create(f"{_MARKS}/{self._id()}", b"")
            self._claimed = True

    def others(self) -> Sequence[str]:
        """Return the keys of the marks of other stores."""
        own = f"{_MARKS}/{self._id()}"
        return [each.key for each in self._bucket.list(_MARKS) if each.key != own]

    def incoming(self, before: datetime) -> Sequence[Object]:
        """Return what was sent before an instant and never became a blob."""
        found: list[Object] = []
        while page := self._bucket.list(INCOMING, found[-1].key if found else ""):
            found += page
        return [each for each in found if each.stored_at < before]

    def sweep(self, before: datetime) -> Sequence[Object]:
        """Remove what was sent before an instant and never became a blob, and return it."""
        swept = self.incoming(before)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._bucket.remove, [each.key for each in swept]))
        return swept

    def _id(self) -> str:
        make_private_folder(self._folder)
        file = self._folder / "id"
        with self.condemned.locked(fcntl.LOCK_EX):
            with suppress(FileNotFoundError):
                if is_id(found := file.read_text("utf-8")):
                    return found
            made = new_id()
            write_atomically(file, made.encode())
            return made


class CondemnedBlobs:
    """The blobs of a bucket that a collector will delete, each an entry in a local folder until somebody asks for it.

        <folder>/<id of the collection>/<digest>    bytes and time of the blob

    They stay where they are and can be read all the while. Whoever puts, gets or looks for one removes its entry first,
    and waits while a collector is deleting; a collector deletes only what has an entry.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def set_aside(self, blob: StoredBlob, mark: str) -> None:
        """Condemn a blob. mark: an id made when the collection began."""
        folder = self._folder / mark
        make_private_folder(folder)
        (folder / blob.digest).write_text(f"{blob.size} {iso(blob.stored_at)}", "utf-8")

    def end(self, mark: str) -> None:
        """Say that a collection has condemned what it will."""
        with suppress(FileNotFoundError):
            make_young(self._folder / mark)

    def take_back(self, digest: str) -> bool:
        """Let a blob live, if it is condemned; tell whether it was."""
        entries = self._entries(digest)
        if not entries:
            return False
        with self.locked(fcntl.LOCK_SH):
            return sum(_unlinked(entry) for entry in entries) > 0

    def list(self) -> Iterator[AsideBlob]:
        """Yield what is condemned."""
        for entry in self._entries("*"):
            with suppress(FileNotFoundError):
                try:
                    size, _, at = entry.read_text("utf-8").partition(" ")
                    n_bytes, stored_at = int(size), from_iso(at)
                except (ValueError, UsageError):  # cut by a kill: it is condemned anew
                    entry.unlink(missing_ok=True)
                    continue
                looked_at = id_time(entry.parent.name)
                since = max(looked_at, changed_at(entry.parent))
                yield AsideBlob(entry.name, n_bytes, stored_at, looked_at, since)

    def delete(self, blobs: Sequence[AsideBlob], delete: Delete) -> Iterable[AsideBlob]:
        """Delete what is condemned still, and was not stored again since; yield what was deleted."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for start in range(0, len(blobs), _BATCH):
                some = blobs[start : start + _BATCH]
                with self.locked(fcntl.LOCK_EX):
                    gone = list(pool.map(lambda blob: self._deleted(blob, delete), some))
                yield from (blob for blob, deleted in zip(some, gone, strict=True) if deleted)

    def tidy(self) -> None:
        """Remove the folders that are empty."""
        for folder in self._folder.glob("*"):
            if is_id(folder.name):
                with suppress(OSError):
                    folder.rmdir()

    @contextmanager
    def locked(self, how: int) -> Iterator[None]:
        """Hold the folder's lock: shared to let blobs live, alone to delete."""
        make_private_folder(self._folder)
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def _deleted(self, blob: AsideBlob, delete: Delete) -> bool:
        entries = self._entries(blob.digest)
        if not entries:
            return False
        deleted = delete(blob.digest, blob.stored_at + _ONE_TICK)
        # Last: without it nobody waits, or looks whether the blob is there still.
        for entry in entries:
            _unlinked(entry)
        return deleted

    def _entries(self, name: str) -> tuple[Path, ...]:
        found = self._folder.glob(f"*/{name}") if self._folder.is_dir() else ()
        return tuple(entry for entry in found if is_id(entry.parent.name) and is_digest(entry.name))


def _unlinked(entry: Path) -> bool:
    try:
        entry.unlink()
    except FileNotFoundError:
        return False
    return True
