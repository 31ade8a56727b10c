"""Blobs whose bytes and names say nothing without the store's keys, in a folder or a bucket.

A blob's digest is still that of its plaintext: what records name, and what every room sees. It is stored under that
digest enciphered, so that nobody without the keys can tell whether the store holds a file that he has too. Its bytes
are a sealed stream (`sealed_stream`), and are checked against the digest when they are read.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from tidemill.core import DamagedError, NotFoundError, digest_bytes
from tidemill.storage.blobs.object_streams import PieceReader
from tidemill.storage.blobs.port import PIECE_BYTES, StoredBlob, check_digest, damaged, missing, pieces_of, unlike
from tidemill.storage.encryption.ciphers import digest_of, name_of
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.sealed_places import SealedPlace
from tidemill.storage.encryption.sealed_stream import plain_size, sealed, sealed_size, unsealed

_PURPOSE = "blob"


class EncryptedBlobs:
    """A blob store over a place for sealed bytes. See `BlobStore`.

    place: where they lie. What is listed is in the order of the stored names. No blob can be had as a local file, nor
    past the server by a signed URL: it would be plaintext on a disk, or ciphertext that a client cannot read.
    """

    def __init__(self, place: SealedPlace, keys: DataKeys) -> None:
        self.place = place
        self._keys = keys

    def put(self, data: bytes) -> str:
        """Store bytes."""
        digest = digest_bytes(data)
        if not self.place.renewed(self.name(digest), sealed_size(len(data))):
            self.place.keep(sealed(self._keys, (data,), _PURPOSE), lambda: self.name(digest))
        return digest

    def put_file(self, path: Path) -> str:
        """Store a file's bytes without holding them in memory."""
        with path.open("rb") as file:
            return self.put_stream(file).digest

    def put_stream(self, source: BinaryIO | Iterable[bytes], digest: str | None = None) -> StoredBlob:
        """Store what a stream gives; it is sealed before it touches a disk."""
        if digest is not None:
            check_digest(digest)
        body = _Hashed(pieces_of(source))

        def name() -> str:
            found = body.hexdigest()
            if digest is not None and found != digest:
                raise unlike(found, digest)
            return self.name(found)

        self.place.keep(sealed(self._keys, body, _PURPOSE), name)
        return StoredBlob(body.hexdigest(), body.size, datetime.now(UTC))

    def get(self, digest: str) -> bytes:
        """Return the bytes after checking them."""
        return b"".join(self._plain(check_digest(digest)))

    def open(self, digest: str) -> BinaryIO:
        """Return a stream that is checked as it comes and cannot be sought."""
        pieces = self._plain(check_digest(digest))
        first = next(pieces, b"")
        return io.BufferedReader(PieceReader(chain((first,), pieces)), PIECE_BYTES)

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored."""
        return self.place.has(self.name(digest))

    def delete(self, digest: str, before: datetime | None = None) -> bool:
        """Delete the bytes."""
        return self.place.delete(self.name(digest), before)

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        """Return a page of what is stored, with the sizes of the plaintexts."""
        page = self.place.list(self.name(after) if after else "", limit)
        return [StoredBlob(self.digest(each.digest), plain_size(each.size), each.stored_at) for each in page]

    def name(self, digest: str) -> str:
        """Return the name under which a blob is stored. Raises UsageError for what is no digest."""
        return name_of(self._keys.names, check_digest(digest))

    def digest(self, name: str) -> str:
        """Return the digest of what is stored under a name."""
        return digest_of(self._keys.names, name)

    def _plain(self, digest: str) -> Iterator[bytes]:
        """Yield the plaintext, the last piece only once the digest of all was found right."""
        with _told_of(digest):
            pieces = self.place.pieces(self.name(digest))
        body = _Hashed(_each(lambda: unsealed(self._keys, pieces, _PURPOSE, f"the blob {digest[:12]}"), digest))
        held = b""
        for piece in body:
            if held:
                yield held
            held = piece
        if body.hexdigest() != digest:
            raise damaged(digest)
        yield held


def _each(begin: Callable[[], Iterator[bytes]], digest: str) -> Iterator[bytes]:
    with _told_of(digest):
        yield from begin()


@contextmanager
def _told_of(digest: str) -> Iterator[None]:
    """Speak of the blob by its digest: its stored name means nothing to anybody."""
    try:
        yield
    except NotFoundError:
        raise missing(digest) from None
    except DamagedError as error:
        if digest[:12] in str(error):
            raise
        raise damaged(digest) from error


class _Hashed:
    """Pieces on their way, hashed and counted."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._hashed = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._hashed.update(piece)
            self.size += len(piece)
            yield piece

    def hexdigest(self) -> str:
        return self._hashed.hexdigest()
