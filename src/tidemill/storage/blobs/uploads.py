"""Uploads in pieces, which go on where they broke: the pieces that were acknowledged are durable."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tidemill.core import (
    ConflictError,
    NotFoundError,
    TidemillError,
    UsageError,
    digest_bytes,
    make_private_folder,
    new_id,
    sync_folder,
)
from tidemill.storage.blobs.local_blobs import LocalBlobs
from tidemill.storage.blobs.port import BlobStore, StoredBlob, check_digest

MOST_PIECE_BYTES = 4 << 20
#: Uploads that a project may have open at a time.
MOST_OPEN = 256
_ID = re.compile(r"[0-9a-f]{32}")
_GONE = ".gone"
#: Digest, size, and where the upload stands with this piece, which lines of older programs do not tell.
_LINE = re.compile(rb"([0-9a-f]{64}) (\d{1,9})(?: (\d{1,20}))?\n")
#: Holds the last whole line and a torn one.
_TAIL_BYTES = 256


class TooManyUploadsError(TidemillError):
    """The caller has as many uploads, or pieces of uploads, under way as are allowed; later there may be room."""

    code = "too_many"
    http_status = 429


@dataclass(frozen=True)
class OpenUpload:
    """An upload that was begun and not finished. project: empty for what a kill left of its beginning or end.

    touched_at: when its last piece came, or it was begun.
    """

    upload_id: str
    project: str
    n_bytes: int
    touched_at: datetime


@dataclass(frozen=True)
class _Piece:
    digest: str
    size: int


class _Stands(NamedTuple):
    """Where an upload stands: bytes that are here for good, and those of the list that tells it."""

    n_bytes: int
    list_bytes: int


class Uploads:
    """Uploads under way, each a folder that its project owns. Threads and processes may share them.

    Into a local store the bytes are appended to one file in its own folder, which becomes the blob without a copy. For
    an object store each piece is a blob of its own there, which a collector takes when the upload is done or abandoned;
    only their list is kept here, below `root`.
    """

    def __init__(self, root: Path, blobs: BlobStore) -> None:
        self._root = blobs.folder / ".uploads" if isinstance(blobs, LocalBlobs) else root
        self._blobs = blobs

    def begin(self, project: str) -> str:
        """Begin an upload and return its id. Raises TooManyUploadsError when the project has 256 open."""
        if sum(each.project == project for each in self.list()) >= MOST_OPEN:
            raise TooManyUploadsError(
                f"{MOST_OPEN} uploads are open in this project; finish or abandon some, or wait until those that are "
                "abandoned are collected"
            )
        upload_id = new_id()
        folder = self._root / upload_id
        make_private_folder(folder)
        _write_at(folder / "project", 0, project.encode())
        (folder / "pieces").touch(mode=0o600)
        sync_folder(folder)
        sync_folder(self._root)
        return upload_id

    def offset(self, project: str, upload_id: str) -> int:
        """Return how many bytes are here for good. Raises NotFoundError."""
        with self._held(project, upload_id) as folder:
            return _stands(folder).n_bytes

    def append(self, project: str, upload_id: str, offset: int, piece: bytes) -> int:
        """Keep the piece that begins at `offset`, durably, and return where the next begins.

        Raises ConflictError when the upload stands elsewhere, UsageError for a piece of no or too many bytes.
        """
        if not 0 < len(piece) <= MOST_PIECE_BYTES:
            raise UsageError(f"the piece has {len(piece):,} bytes; a piece has 1 to {MOST_PIECE_BYTES:,}")
        with self._held(project, upload_id) as folder:
            stands = _stands(folder)
            if offset != stands.n_bytes:
                raise ConflictError(f"the upload stands at {stands.n_bytes}, not at {offset}; go on from there")
            digest = digest_bytes(piece)
            if isinstance(self._blobs, LocalBlobs):
                _write_at(folder / "bytes", offset, piece)
            else:
                self._blobs.put(piece)
            line = f"{digest} {len(piece)} {offset + len(piece)}\n".encode()
            _write_at(folder / "pieces", stands.list_bytes, line)  # in the place of one that a crash tore
        return offset + len(piece)

    def finish(self, project: str, upload_id: str, digest: str) -> StoredBlob:
        """Make a blob of the pieces and forget the upload.

        Raises DamagedError when they have another digest: the upload is then of no use, abandon it.
        """
        check_digest(digest)
        with self._held(project, upload_id) as folder:
            if isinstance(self._blobs, LocalBlobs):
                (folder / "bytes").touch(mode=0o600)
                os.truncate(folder / "bytes", _stands(folder).n_bytes)
                kept = self._blobs.adopt(folder / "bytes", digest)
            else:
                kept = self._blobs.put_stream((self._blobs.get(piece.digest) for piece in _pieces(folder)), digest)
            _remove(folder)
        return kept

    def abandon(self, project: str, upload_id: str) -> None:
        """Forget an upload and what came of it. Raises NotFoundError."""
        with self._held(project, upload_id) as folder:
            _remove(folder)

    def list(self) -> Iterator[OpenUpload]:
        """Yield the uploads of all projects that are open, and what kills left of others."""
        with suppress(FileNotFoundError):
            for entry in list(os.scandir(self._root)):
                with suppress(FileNotFoundError):
                    if _ID.fullmatch(entry.name.removesuffix(_GONE)) and entry.is_dir(follow_symlinks=False):
                        yield _looked_at(Path(entry.path))

    def sweep(self, before: datetime) -> Sequence[OpenUpload]:
        """Remove the uploads whose last piece came before an instant, and return them; not one that is being used."""
        return [each for each in list(self.list()) if each.touched_at < before and self._removed(each, before)]

    def pieces(self, since: datetime) -> Iterator[tuple[str, str]]:
        """Yield digest and project of the pieces that are blobs, of the uploads that were touched at `since` or later.

        Nothing for a local store, where the pieces of an upload are no blobs.
        """
        if isinstance(self._blobs, LocalBlobs):
            return
        for each in self.list():
            if each.touched_at >= since:
                with suppress(FileNotFoundError):
                    yield from ((piece.digest, each.project) for piece in _pieces(self._root / each.upload_id))

    def _removed(self, upload: OpenUpload, before: datetime) -> bool:
        folder = self._root / upload.upload_id
        try:
            descriptor = os.open(folder / "project", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:  # killed at its begin or its end
            shutil.rmtree(folder, ignore_errors=True)
            return not folder.exists()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not (folder / "project").exists() or _looked_at(folder).touched_at >= before:
                return False
            _remove(folder)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    @contextmanager
    def _held(self, project: str, upload_id: str) -> Iterator[Path]:
        """Yield an upload's folder while nobody else has it."""
        unknown = NotFoundError("there is no such upload; begin one, or it was finished already")
        if not _ID.fullmatch(upload_id):
            raise unknown
        folder = self._root / upload_id
        try:
            descriptor = os.open(folder / "project", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise unknown from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.read(descriptor, 1000).decode() != project or not (folder / "project").exists():
                raise unknown
            yield folder
        finally:
            os.close(descriptor)


def _remove(folder: Path) -> None:
    """Remove an upload in one step, as far as anybody can see."""
    gone = folder.with_name(folder.name + _GONE)
    folder.rename(gone)
    shutil.rmtree(gone)


def _looked_at(folder: Path) -> OpenUpload:
    """Raises FileNotFoundError when it is gone."""
    at = folder.stat().st_mtime
    project, n_bytes = "", 0
    with suppress(FileNotFoundError):
        project = (folder / "project").read_text("utf-8") if not folder.name.endswith(_GONE) else ""
        n_bytes = _stands(folder).n_bytes
        at = max(at, (folder / "pieces").stat().st_mtime)
    return OpenUpload(folder.name, project, n_bytes, datetime.fromtimestamp(at, UTC))


def _pieces(folder: Path) -> list[_Piece]:
    """Return the acknowledged pieces; a line that a crash cut is none, nor what comes after it."""
    return [_Piece(line[1].decode(), int(line[2])) for line in _lines((folder / "pieces").read_bytes())]


def _stands(folder: Path) -> _Stands:
    """Return where an upload stands, from the end of its list: each of many pieces would else read all before it."""
    with (folder / "pieces").open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES)
        file.seek(start)
        whole, _, _ = file.read().rpartition(b"\n")
    last = _LINE.fullmatch(whole[whole.rfind(b"\n") + 1 :] + b"\n")
    if last is not None and last[3] is not None:
        return _Stands(int(last[3]), start + len(whole) + 1)
    lines = list(_lines((folder / "pieces").read_bytes()))
    return _Stands(sum(int(line[2]) for line in lines), lines[-1].end() if lines else 0)


def _lines(data: bytes) -> Iterator[re.Match[bytes]]:
    at = 0
    while (line := _LINE.match(data, at)) is not None:
        at = line.end()
        yield line


def _write_at(file: Path, offset: int, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(descriptor, offset)
        left, at = memoryview(data), offset
        while left:
            written = os.pwrite(descriptor, left, at)
            left, at = left[written:], at + written
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
