"""Blobs from afar as files here: a cache of bounded size, checked whenever it is used."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from tidemill.core import DamagedError
from tidemill.storage.blobs.local_blobs import LocalBlobs
from tidemill.storage.blobs.port import BlobStore, StoredBlob

#: Whoever was given a path may open it a little later.
_STAYS = timedelta(minutes=15)
_PAGE = 1000
_AT_ONCE = 8


class CachedBlobs:
    """A blob store whose blobs can also be had as local files. See `BlobStore` and `LocalPaths`.

    store: where the blobs are; everything but `path` goes straight to it.
    folder: the cache; it may be shared by processes, and deleted whenever none runs.
    most_bytes: what the cache may hold. What was asked for within 15 minutes stays, so one scan of more than that
        goes beyond it for a while rather than fail.
    """

    def __init__(self, store: BlobStore, folder: Path, most_bytes: int) -> None:
        self.store = store
        self._folder = folder
        self._most_bytes = most_bytes
        self._cache = LocalBlobs(folder)
        self._n_bytes: int | None = None
        self._lock = threading.Lock()

    def put(self, data: bytes) -> str:
        """Store bytes."""
        return self.store.put(data)

    def put_file(self, path: Path) -> str:
        """Store a file's bytes."""
        return self.store.put_file(path)

    def put_files(self, paths: Sequence[Path]) -> list[str]:
        """Store many files, several at a time where the store can, and return their digests in order."""
        many = getattr(self.store, "put_files", None)
        return list(many(paths)) if many else [self.store.put_file(path) for path in paths]

    def put_stream(self, source: BinaryIO | Iterable[bytes], digest: str | None = None) -> StoredBlob:
        """Store what a stream gives."""
        return self.store.put_stream(source, digest)

    def get(self, digest: str) -> bytes:
        """Return the bytes, checked."""
        return self.store.get(digest)

    def open(self, digest: str) -> BinaryIO:
        """Return a checked stream."""
        return self.store.open(digest)

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored."""
        return self.store.has(digest)

    def delete(self, digest: str, before: datetime | None = None) -> bool:
        """Delete the bytes, and the copy here in any case: a process may have been killed between the two.

        The store is not asked whether it has them still: whoever looks for a blob waits for the collector that calls
        this.
        """
        deleted = self.store.delete(digest, before)
        self._cache.delete(digest)
        return deleted

    def warm(self, digests: Sequence[str]) -> None:
        """Fetch blobs that are not here yet, eight at a time, for whoever will ask for their paths soon.

        Raises NotFoundError, DamagedError, UnavailableError.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            deque(pool.map(self.path, digests), maxlen=0)

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        """Return a page of what is stored."""
        return self.store.list(after, limit)

    def path(self, digest: str) -> Path:
        """Return a checked local file, fetched when it is not here or no longer whole.

        Raises NotFoundError, DamagedError, UnavailableError.
        """
        if self._cache.has(digest):
            with suppress(DamagedError):
                path = self._cache.path(digest)
                with suppress(FileNotFoundError):
                    os.utime(path)
                    return path
            self._cache.delete(digest)
        with self.store.open(digest) as stream:
            kept = self._cache.put_stream(stream, digest)
        self._make_room(kept.size)
        return self._cache.path(digest)

    def _make_room(self, n_new: int) -> None:
        with self._lock:
            known, self._n_bytes = self._n_bytes, None if self._n_bytes is None else self._n_bytes + n_new
            if known is not None and known + n_new <= self._most_bytes:
                return
            held = sorted(self._held(), key=lambda blob: blob.stored_at)
            self._n_bytes = sum(blob.size for blob in held)
            for blob in held:
                if self._n_bytes <= self._most_bytes:
                    return
                if self._cache.delete(blob.digest, before=datetime.now(UTC) - _STAYS):
                    self._n_bytes -= blob.size

    def _held(self) -> Iterable[StoredBlob]:
        after = ""
        while page := self._cache.list(after, _PAGE):
            yield from page
            after = page[-1].digest
