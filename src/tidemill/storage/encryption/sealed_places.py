"""Where sealed blobs lie, under names that are not their digests: a local folder, or a bucket.

They are the plain stores, which give durability, renewal, collection and retries; only what has a name is not hashed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain
from typing import Protocol

from tidemill.core import UnavailableError
from tidemill.storage.blobs.bucket import PART_BYTES
from tidemill.storage.blobs.bucket_home import INCOMING
from tidemill.storage.blobs.local_blobs import LocalBlobs
from tidemill.storage.blobs.object_blobs import MOST_COPIED_BYTES, ObjectBlobs
from tidemill.storage.blobs.object_streams import Body
from tidemill.storage.blobs.port import PIECE_BYTES, StoredBlob


class SealedPlace(Protocol):
    """Sealed bytes by name. Names are 64 hex digits."""

    def keep(self, pieces: Iterator[bytes], name: Callable[[], str]) -> None:
        """Store what the pieces make up; the name is asked for once they ended, and whatever it raises is passed on."""
        ...

    def renewed(self, name: str, size: int) -> bool:
        """Tell whether something of that name and size is there and counts as stored now."""
        ...

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes. Raises NotFoundError at once or with the first piece."""
        ...

    def has(self, digest: str) -> bool:
        """Tell whether something is stored under the name."""
        ...

    def delete(self, digest: str, before: datetime | None = None) -> bool:
        """Delete it."""
        ...

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        """Return a page of what is stored, in the order of the names."""
        ...


class SealedFolder(LocalBlobs):
    """Sealed blobs in a local folder: the layout of `LocalBlobs`."""

    def keep(self, pieces: Iterator[bytes], name: Callable[[], str]) -> None:
        """Store by a temporary file, which holds sealed bytes only."""
        temporary = self._root / f".{secrets.token_hex(16)}.part"
        size = 0
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                for piece in pieces:
                    _write(file.fileno(), piece)
                    size += len(piece)
                _sync(file.fileno())
            self._move_in(temporary, name(), size)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()

    def renewed(self, name: str, size: int) -> bool:
        """Tell whether it is there, durably."""
        return self._renewed(name, size)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of the file."""
        file = self._open_file(name)

        def read() -> Iterator[bytes]:
            with file:
                while piece := file.read(PIECE_BYTES):
                    yield piece

        return read()


class SealedBucket(ObjectBlobs):
    """Sealed blobs in a bucket: the layout of `ObjectBlobs`."""

    def keep(self, pieces: Iterator[bytes], name: Callable[[], str]) -> None:
        """Send small ones in one request, larger ones under another name first."""
        self._claim()
        first, n_first = [], 0
        for piece in pieces:
            first.append(piece)
            n_first += len(piece)
            if n_first > PART_BYTES:
                self._keep_large(chain(first, pieces), name)
                return
        key = name()
        self._wanted(key)
        self._bucket.put(key, b"".join(first))

    def renewed(self, name: str, size: int) -> bool:
        """Tell whether it is there, and was stored a short while ago."""
        return self._is_fresh(name, size)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of the object; a broken connection is gone on with."""
        self._wanted(name)
        return self._bucket.pieces(name)

    def _keep_large(self, pieces: Iterator[bytes], name: Callable[[], str]) -> None:
        incoming = f"{INCOMING}/{secrets.token_hex(16)}"
        try:
            size = self._send_as(Body(pieces, None), incoming).size
            key = name()
            if size > MOST_COPIED_BYTES:
                self._send_as(Body(self._bucket.pieces(incoming), None), key)
            else:
                self._moved(incoming, key, size)
        finally:
            self._bucket.remove(incoming)


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
    except OSError as error:
        raise _refused(error) from error


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise _refused(error) from error


def _refused(error: OSError) -> UnavailableError:
    return UnavailableError(
        f"the blob could not be stored: {error.strerror or error}; see to the disk and its rights, then try again"
    )
