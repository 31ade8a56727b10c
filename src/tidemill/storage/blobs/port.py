"""The blob port: bytes that live once, under their digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

from tidemill.core import DamagedError, NotFoundError, UsageError

PIECE_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class StoredBlob(NamedTuple):
    """A blob in a listing: its digest, its size in bytes, and when it was last stored, by the store's own clock."""

    digest: str
    size: int
    stored_at: datetime


class BlobStore(Protocol):
    """Bytes by digest.

    Threading: every method may be called from any thread and any process at once.
    Ownership: bytes given are copied, a stream given is read from where it stands and stays the caller's to close.
    Durability: what a `put` returned outlives a power cut, and a blob is there whole or not at all.
    Integrity: no byte of a damaged blob is taken for a whole one: `get` raises before, `open` at the latest before its
    stream ends. Storing the same bytes again mends a blob whose size is wrong, and renews `stored_at`.
    Errors: UsageError for a digest that is none, UnavailableError when the store does not answer.
    """

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest. Storing the same bytes again costs a look."""
        ...

    def put_file(self, path: Path) -> str:
        """Store a file's bytes, streamed, and return their digest. Raises OSError."""
        ...

    def put_stream(self, source: BinaryIO | Iterable[bytes], digest: str | None = None) -> StoredBlob:
        """Store what a stream gives, piece by piece, in bounded memory. What `source` raises is passed on.

        digest: what the bytes must have; some stores send twice when they do not know it from the start.
        Raises DamagedError when the bytes have another digest; nothing is kept then, nor when `source` raises.
        """
        ...

    def get(self, digest: str) -> bytes:
        """Return the bytes, checked. Raises NotFoundError, DamagedError."""
        ...

    def open(self, digest: str) -> BinaryIO:
        """Return a checked, readable stream that the caller closes; bounded memory whatever the size.

        A local file is checked whole before this returns, and can be sought. What comes over a network is checked
        as it comes: the last piece is held back until the digest was found right, so a reader that reads to the end
        never has a damaged blob. Raises NotFoundError, DamagedError, here or while reading.
        """
        ...

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored, without reading them; whoever asked may then count on them for a while."""
        ...

    def delete(self, digest: str, before: datetime | None = None) -> bool:
        """Delete the bytes and return whether they were there. For the collector: nothing else deletes.

        before: only when they were last stored before this instant: what is stored again at the same time stays.
        """
        ...

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        """Return the next blobs in one order, the store's own; the last one's digest is the next page's `after`."""
        ...


@runtime_checkable
class LocalPaths(Protocol):
    """What a store offers that has its blobs as files here: for engines that read files by themselves."""

    def path(self, digest: str) -> Path:
        """Return a checked local file, to be read and not changed. Raises NotFoundError, DamagedError."""
        ...


@runtime_checkable
class BulkPut(Protocol):
    """What a store offers that takes many files at a time for less than one after the other."""

    def put_files(self, paths: Sequence[Path]) -> list[str]:
        """Store the files' bytes and return their digests, in order; durable, all of them, when it returns.

        Bounded memory whatever the sizes. Raises OSError for a file that cannot be read, UnavailableError when the
        store does not take them; what was stored before that may stay, for the collector.
        """
        ...


class DirectUpload(NamedTuple):
    """An upload past the server: its id, and the URL that takes one PUT."""

    upload_id: str
    url: str


@runtime_checkable
class DirectUrls(Protocol):
    """What a store offers whose bytes can go straight between it and a client, by signed URLs."""

    def read_url(self, digest: str, valid_for: timedelta) -> str:
        """Return a URL that gives a blob's bytes for a while; whoever reads them checks the digest."""
        ...

    def write_url(self, valid_for: timedelta) -> DirectUpload:
        """Return a URL that takes bytes for a while."""
        ...

    def take_in(self, upload_id: str, digest: str) -> StoredBlob:
        """Make a blob of the bytes that came. Raises NotFoundError, DamagedError."""
        ...


def check_digest(digest: str) -> str:
    """Return a digest. Raises UsageError for anything else.

    >>> check_digest("ab" * 32)[:4]
    'abab'
    """
    if not _DIGEST.fullmatch(digest):
        raise UsageError(f"{digest[:80]!r} is not a digest; a digest is 64 hex digits")
    return digest


def is_digest(name: str) -> bool:
    """Tell whether a name can be a blob's."""
    return _DIGEST.fullmatch(name) is not None


def pieces_of(source: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a stream or an iterable of bytes gives, in pieces of at most 1 MiB.

    >>> [len(piece) for piece in pieces_of([b"x" * (PIECE_BYTES + 1), b""])]
    [1048576, 1]
    """
    if hasattr(source, "read"):
        while piece := source.read(PIECE_BYTES):
            yield piece
        return
    for given in source:
        for start in range(0, len(given), PIECE_BYTES):
            yield bytes(given[start : start + PIECE_BYTES])


def all_blobs(blobs: BlobStore) -> Iterator[StoredBlob]:
    """Yield what is stored, page by page; what is stored or deleted meanwhile may or may not be there."""
    after = ""
    while page := blobs.list(after):
        yield from page
        after = page[-1].digest


def digest_stream(file: BinaryIO) -> str:
    """Return the digest of what is left of a stream, read in pieces."""
    hashed = hashlib.sha256()
    while piece := file.read(PIECE_BYTES):
        hashed.update(piece)
    return hashed.hexdigest()


def damaged(digest: str) -> DamagedError:
    """Return the error for a blob whose bytes have another digest."""
    return DamagedError(f"the blob {digest[:12]} is damaged: its bytes have another digest; restore it from a copy")


def missing(digest: str) -> NotFoundError:
    """Return the error for a blob that is not stored."""
    return NotFoundError(f"the blob {digest[:12]} is not in the store; restore it from a copy")


def unlike(found: str, digest: str) -> DamagedError:
    """Return the error for given bytes that do not have the digest they should have."""
    return DamagedError(f"the bytes have digest {found[:12]}, not {digest[:12]}; nothing was kept, send them again")
