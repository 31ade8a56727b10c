"""A blob store that counts what is stored through it: how large an output is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from tidemill.storage import BlobStore
from tidemill.storage.blobs.port import StoredBlob


class CountedBlobs:
    """Passes everything on, and counts the bytes of what is put; what was there already counts too."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self.n_bytes = 0

    def put(self, data: bytes) -> str:
        """Store bytes."""
        self.n_bytes += len(data)
        return self._blobs.put(data)

    def put_file(self, path: Path) -> str:
        """Store a file's bytes."""
        self.n_bytes += path.stat().st_size
        return self._blobs.put_file(path)

    def put_stream(self, source: BinaryIO | Iterable[bytes], digest: str | None = None) -> StoredBlob:
        """Store what a stream gives."""
        kept = self._blobs.put_stream(source, digest)
        self.n_bytes += kept.size
        return kept

    def get(self, digest: str) -> bytes:
        """Return the bytes."""
        return self._blobs.get(digest)

    def open(self, digest: str) -> BinaryIO:
        """Return a stream."""
        return self._blobs.open(digest)

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored."""
        return self._blobs.has(digest)

    def delete(self, digest: str, before: datetime | None = None) -> bool:
        """Delete the bytes."""
        return self._blobs.delete(digest, before)

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        """List what is stored."""
        return self._blobs.list(after, limit)
