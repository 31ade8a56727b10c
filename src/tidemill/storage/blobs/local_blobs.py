"""Blobs in a local folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO

from tidemill.core import (
    NotFoundError,
    UnavailableError,
    UsageError,
    digest_bytes,
    make_private_folder,
    sync_folder,
)
from tidemill.storage.blobs.aside import AsideBlobs, make_young
from tidemill.storage.blobs.bulk_put import TakenFile, sync_entries, sync_files, take_files
from tidemill.storage.blobs.port import (
    StoredBlob,
    check_digest,
    damaged,
    digest_stream,
    is_digest,
    missing,
    pieces_of,
    unlike,
)
from tidemill.storage.confined import open_below

_LOCK = ".lock"
_LEFT_OVER_AFTER = timedelta(days=1)


class LocalBlobs:
    """Blobs in a local folder, each a read-only file named by its digest: ``ab/cdef...``.

    What is being stored is a file of mode 0600 and an unpredictable name in the folder itself; it is fsynced, renamed,
    and the folders are fsynced before its digest is returned. What a killed process left is removed a day later.

    A collector sets blobs aside before it deletes them (`aside`): they are in no list, and whoever puts, reads or
    looks for one has it back.

    >>> import tempfile
    >>> blobs = LocalBlobs(Path(tempfile.mkdtemp()))
    >>> blobs.get(blobs.put(b"tide"))
    b'tide'
    """

    def __init__(self, root: Path) -> None:
        self.folder = self._root = root
        self.aside = AsideBlobs(root)
        make_private_folder(root)
        self.remove_torn(datetime.now(UTC) - _LEFT_OVER_AFTER)

    def put(self, data: bytes) -> str:
        """Store bytes."""
        digest = digest_bytes(data)
        if not self._renewed(digest, len(data)):
            self._keep(iter((data,)), digest)
        return digest

    def put_file(self, path: Path) -> str:
        """Store a file's bytes without holding them in memory."""
        with path.open("rb") as file:
            return self.put_stream(file).digest

    def put_files(self, paths: Sequence[Path]) -> list[str]:
        """Store files' bytes: all are written, then synced at once, and only then named."""
        taken: list[TakenFile] = []
        try:
            with _writing(paths):
                taken.extend(take_files(paths, self._root))
                new = self._not_stored(taken)
                sync_files([each.temporary for each in new], self._root)
                self._name(new)
                sync_entries({self._file(each.digest).parent for each in taken}, self._root)
        finally:
            for each in taken:
                each.temporary.unlink(missing_ok=True)
        return [each.digest for each in taken]

    def put_stream(self, source: BinaryIO | Iterable[bytes], digest: str | None = None) -> StoredBlob:
        """Store what a stream gives."""
        return self._keep(pieces_of(source), None if digest is None else check_digest(digest))

    def get(self, digest: str) -> bytes:
        """Return the bytes after checking them."""
        with self._open_file(digest) as file:
            data = file.read()
        if digest_bytes(data) != digest:
            raise damaged(digest)
        return data

    def open(self, digest: str) -> BinaryIO:
        """Return a stream whose bytes were checked."""
        file = self._open_file(digest)
        try:
            if digest_stream(file) != digest:
                raise damaged(digest)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored; bytes set aside are taken back, since whoever asks will count on them."""
        return self._file(digest).is_file() or self.aside.take_back(digest)

    def delete(self, digest: str, before: datetime | None = None) -> bool:
        """Delete the bytes, not while they are being stored again."""
        file = self._file(digest)
        with self._locked(fcntl.LOCK_EX):
            try:
                if before is not None and _instant(file.stat().st_mtime) >= before:
                    return False
                file.unlink()
            except FileNotFoundError:
                return before is None and self.aside.delete(digest)
        sync_folder(file.parent)
        return True

    def remove_torn(self, before: datetime) -> int:
        """Remove the half-written files that killed processes left before an instant; return how many.

        A file that is being written is young. Uploads in pieces have folders of their own and are left alone.
        """
        n_removed = 0
        for entry in os.scandir(self._root):
            if entry.name.startswith(".") and entry.name.endswith(".part"):
                with suppress(FileNotFoundError):
                    if _instant(entry.stat(follow_symlinks=False).st_mtime) < before:
                        Path(entry.path).unlink()
                        n_removed += 1
        return n_removed

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        """Return a page of what is stored, reading one folder of 256 at a time."""
        page: list[StoredBlob] = []
        for folder in sorted(entry.name for entry in os.scandir(self._root) if len(entry.name) == 2):
            if folder < after[:2]:
                continue
            for name in sorted(entry.name for entry in os.scandir(self._root / folder)):
                digest = folder + name
                if digest > after and is_digest(digest):
                    with suppress(FileNotFoundError):
                        found = (self._root / folder / name).stat()
                        page.append(StoredBlob(digest, found.st_size, _instant(found.st_mtime)))
                if len(page) == limit:
                    return page
        return page

    def path(self, digest: str) -> Path:
        """Return the checked local file, for engines that read files by themselves.

        Raises NotFoundError, DamagedError.
        """
        self.open(digest).close()
        return self._file(digest)

    def adopt(self, path: Path, digest: str) -> StoredBlob:
        """Make a file of the same disk, which nobody else writes, into a blob without copying it.

        The file is gone afterwards. Raises DamagedError, and leaves it, when it has another digest; OSError.
        """
        with path.open("rb") as file:
            if (found := digest_stream(file)) != check_digest(digest):
                raise unlike(found, digest)
            os.fsync(file.fileno())
            size = file.tell()
        return self._move_in(path, digest, size)

    def _file(self, digest: str) -> Path:
        check_digest(digest)
        return self._root / digest[:2] / digest[2:]

    def _open_file(self, digest: str) -> BinaryIO:
        check_digest(digest)
        try:
            return os.fdopen(open_below(self._root, f"{digest[:2]}/{digest[2:]}"), "rb")
        except NotFoundError as error:
            if self.aside.take_back(digest):
                return self._open_file(digest)
            raise missing(digest) from error
        except UsageError as error:  # a link in the place of a blob
            raise damaged(digest) from error

    def _renewed(self, digest: str, size: int) -> bool:
        """Tell whether the whole bytes are stored, and if so let them count as stored now, durably."""
        with self._locked(fcntl.LOCK_SH):
            if not self._made_young(digest, size):
                return False
        # Another process may have renamed it a moment ago and not yet synced the folder.
        self._sync(self._file(digest))
        return True

    def _made_young(self, digest: str, size: int) -> bool:
        file = self._file(digest)
        while True:
            with suppress(FileNotFoundError):
                if file.stat(follow_symlinks=False).st_size != size:
                    return False
                make_young(file)
                # Set aside between the two: the collector may have looked at the old time.
                if file.is_file():
                    return True
            if not self.aside.take_back(digest):
                return False

    def _not_stored(self, taken: Sequence[TakenFile]) -> Sequence[TakenFile]:
        """Return those whose bytes are not stored yet, once each; the others count as stored now."""
        new: dict[str, TakenFile] = {}
        with self._locked(fcntl.LOCK_SH):
            for each in taken:
                if each.digest not in new and not self._made_young(each.digest, each.size):
                    new[each.digest] = each
        return list(new.values())

    def _name(self, new: Sequence[TakenFile]) -> None:
        for folder in {self._file(each.digest).parent for each in new}:
            make_private_folder(folder)
        with self._locked(fcntl.LOCK_SH):
            for each in new:
                make_young(each.temporary)
                each.temporary.replace(self._file(each.digest))

    def _keep(self, pieces: Iterator[bytes], digest: str | None) -> StoredBlob:
        temporary = self._root / f".{secrets.token_hex(16)}.part"
        with _writing():
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                found, size = _written(file, pieces)
            if digest is not None and found != digest:
                raise unlike(found, digest)
            return self._move_in(temporary, found, size)
        finally:
            temporary.unlink(missing_ok=True)

    def _move_in(self, temporary: Path, digest: str, size: int) -> StoredBlob:
        target = self._file(digest)
        if self._renewed(digest, size):
            temporary.unlink(missing_ok=True)
            return StoredBlob(digest, size, datetime.now(UTC))
        with _writing():
            make_private_folder(target.parent)
            temporary.chmod(0o400)
            make_young(temporary)  # the last piece of an upload may have come long ago
            # Under the lock: a collector that saw old bytes must not delete these.
            with self._locked(fcntl.LOCK_SH):
                temporary.replace(target)
            self._sync(target)
        return StoredBlob(digest, size, datetime.now(UTC))

    def _sync(self, file: Path) -> None:
        sync_folder(file.parent)
        sync_folder(self._root)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Hold the store's lock: shared to store, alone to delete."""
        descriptor = os.open(self._root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)


def _written(file: IO[bytes], pieces: Iterator[bytes]) -> tuple[str, int]:
    hashed, size = hashlib.sha256(), 0
    for piece in pieces:
        hashed.update(piece)
        with _writing():
            _write_all(file.fileno(), piece)
        size += len(piece)
    with _writing():
        os.fsync(file.fileno())
    return hashed.hexdigest(), size


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


@contextmanager
def _writing(reading: Sequence[Path] = ()) -> Iterator[None]:
    """Say what the disk said in one line; nothing that was not stored is ever seen. What is read is the caller's."""
    try:
        yield
    except OSError as error:
        if str(error.filename) in {str(path) for path in reading}:
            raise
        raise UnavailableError(
            f"the blob could not be stored: {error.strerror or error}; see to the disk and its rights, then try again"
        ) from error


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
