"""The blob port: bytes that live once, under their digest, and its local folder backend."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from tidemill.core import (
    DamagedError,
    NotFoundError,
    UsageError,
    digest_bytes,
    make_private_folder,
    new_id,
    sync_folder,
)
from tidemill.storage.aside import AsideBlobs

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHELF = re.compile(r"[0-9a-f]{2}")
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class BlobInfo:
    """A stored blob. stored_at: when its bytes were last put, by the store's own clock; a later put renews it."""

    digest: str
    n_bytes: int
    stored_at: datetime


class BlobStore(Protocol):
    """Bytes by digest. Thread-safe; what `put` returned is durable; what `get` gives was checked."""

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest. Storing the same bytes again costs a look."""
        ...

    def put_file(self, path: Path) -> str:
        """Store a file's bytes, streamed, and return their digest. Raises OSError."""
        ...

    def get(self, digest: str) -> bytes:
        """Return the bytes. Raises NotFoundError, DamagedError."""
        ...

    def open(self, digest: str) -> BinaryIO:
        """Return a checked, readable stream that the caller closes. Raises NotFoundError, DamagedError."""
        ...

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored."""
        ...

    def list(self) -> Iterator[BlobInfo]:
        """Yield what is stored, in no order; what is put or deleted meanwhile may or may not be there."""
        ...

    def delete(self, digest: str) -> None:
        """Delete the bytes; nothing when they are not there. Only a collector may ask for that."""
        ...


class LocalBlobs:
    """Blobs in a local folder, each a read-only file named by its digest.

    >>> import tempfile
    >>> blobs = LocalBlobs(Path(tempfile.mkdtemp()))
    >>> blobs.get(blobs.put(b"tide"))
    b'tide'
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.aside = AsideBlobs(root)
        make_private_folder(root)

    def put(self, data: bytes) -> str:
        """Store bytes."""
        digest = digest_bytes(data)
        if not self._renew(digest):
            self._keep(digest, data)
        return digest

    def put_file(self, path: Path) -> str:
        """Store a file's bytes without holding them in memory."""
        temporary, digest = self._copy_in(path)
        try:
            if self._renew(digest):
                temporary.unlink()
            else:
                self._move_in(temporary, digest)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes after checking them."""
        with self._open_file(digest) as file:
            data = file.read()
        if digest_bytes(data) != digest:
            raise self._damaged(digest)
        return data

    def open(self, digest: str) -> BinaryIO:
        """Return a stream whose bytes were checked."""
        file = self._open_file(digest)
        if _digest_stream(file) != digest:
            file.close()
            raise self._damaged(digest)
        file.seek(0)
        return file

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored; bytes set aside are taken back, since whoever asks will count on them."""
        return self._file(digest).is_file() or self.aside.take_back(digest)

    def list(self) -> Iterator[BlobInfo]:
        """Yield what is stored."""
        for shelf in self._root.iterdir():
            if not _SHELF.fullmatch(shelf.name):
                continue
            for file in shelf.iterdir():
                with suppress(FileNotFoundError):  # set aside since it was listed
                    at = file.stat()
                    yield BlobInfo(shelf.name + file.name, at.st_size, datetime.fromtimestamp(at.st_mtime, UTC))

    def delete(self, digest: str) -> None:
        """Delete the bytes at once; a collector sets them aside first, which races with nobody."""
        self._file(digest).unlink(missing_ok=True)

    def remove_torn(self, before: datetime) -> int:
        """Remove the half-written files that killed processes left before an instant; return how many.

        An upload that goes on writes to its file, which keeps it young.
        """
        n_removed = 0
        for file in self._root.glob(".*.part"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < before.timestamp():
                    file.unlink()
                    n_removed += 1
        return n_removed

    def path(self, digest: str) -> Path:
        """Return the checked local file, for engines that read files by themselves.

        Raises NotFoundError, DamagedError.
        """
        file = self._file(digest)
        self.open(digest).close()
        return file

    def _file(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise UsageError(f"{digest[:80]!r} is not a digest; a digest is 64 hex digits")
        return self._root / digest[:2] / digest[2:]

    def _renew(self, digest: str) -> bool:
        """Make a stored blob as young as a new one; False when it has to be written."""
        file = self._file(digest)
        try:
            os.utime(file)
            # Set aside between the two: the collector may have looked at the old time.
            return file.is_file() or self._renew(digest)
        except FileNotFoundError:
            return self.aside.take_back(digest) and self._renew(digest)

    def _open_file(self, digest: str) -> BinaryIO:
        file = self._file(digest)
        try:
            return file.open("rb")
        except FileNotFoundError as error:
            if self.aside.take_back(digest):
                return self._open_file(digest)
            raise NotFoundError(f"the blob {digest[:12]} is not in the store; restore it from a copy") from error

    def _damaged(self, digest: str) -> DamagedError:
        return DamagedError(f"the blob {digest[:12]} is damaged: its bytes have another digest; restore it from a copy")

    def _keep(self, digest: str, data: bytes) -> None:
        temporary = self._temporary()
        try:
            with _create(temporary) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._move_in(temporary, digest)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _temporary(self) -> Path:
        return self._root / f".{new_id()}.part"

    def _copy_in(self, source: Path) -> tuple[Path, str]:
        temporary = self._temporary()
        hashed = hashlib.sha256()
        with source.open("rb") as reader, _create(temporary) as writer:
            while piece := reader.read(_PIECE_BYTES):
                hashed.update(piece)
                writer.write(piece)
            writer.flush()
            os.fsync(writer.fileno())
        return temporary, hashed.hexdigest()

    def _move_in(self, temporary: Path, digest: str) -> None:
        target = self._file(digest)
        make_private_folder(target.parent)
        temporary.chmod(0o400)
        temporary.replace(target)
        sync_folder(target.parent)
        sync_folder(self._root)


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _digest_stream(file: BinaryIO) -> str:
    hashed = hashlib.sha256()
    while piece := file.read(_PIECE_BYTES):
        hashed.update(piece)
    return hashed.hexdigest()
