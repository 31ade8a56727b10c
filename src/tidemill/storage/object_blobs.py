"""Blobs in an object store: S3 and what speaks like it, Google Cloud Storage, Azure; by obstore.

The key of a blob is its digest. Small bodies are created if absent in one request, larger ones go as a multipart upload
that becomes visible whole or not at all. Requests are tried again with growing pauses, for about a minute.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from tidemill.core import DamagedError, UnavailableError, UsageError, digest_bytes, digest_file
from tidemill.storage.blob_place import BlobPlace
from tidemill.storage.blobs import (
    PIECE_BYTES,
    DirectUpload,
    StoredBlob,
    check_digest,
    damaged,
    is_digest,
    missing,
    pieces_of,
    unlike,
)

#: Up to here a body is one request; S3 wants parts of 5 MiB and more, and at most 10,000 of them.
_PART_BYTES = 8 * PIECE_BYTES
_PARTS_AT_ONCE = 3
_LOOK_FIRST_BYTES = 1 << 16
_MOST_COPIED_BYTES = 5 << 30
#: An object stored longer ago is stored again, so that it counts as new for the collector.
_RENEWED_AFTER = timedelta(hours=6)
_READS = 6
#: Tries of one request, and seconds for all of them.
_RETRY = (8, 60.0)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_UPLOAD = re.compile(r"[0-9a-f]{32}")


class ObjectBlobs:
    """Blobs in a bucket. See `BlobStore`.

    Two stores at a time may both store what neither found: equal bytes replace equal bytes. A collector must leave a
    day between the last storing of a blob and its deletion: an object store has no lock, and `delete` looks and deletes
    in two requests.
    """

    def __init__(self, place: BlobPlace) -> None:
        self._place = place
        self._obs, self._store = _connected(place)

    def put(self, data: bytes) -> str:
        """Store bytes."""
        digest = digest_bytes(data)
        if len(data) > _PART_BYTES:
            return self.put_stream((data,), digest).digest if not self._is_fresh(digest, len(data)) else digest
        if len(data) > _LOOK_FIRST_BYTES and self._is_fresh(digest, len(data)):
            return digest
        if not self._created(digest, data) and not self._is_fresh(digest, len(data)):
            with self._talking(digest):
                self._obs.put(self._store, digest, data, use_multipart=False)
        return digest

    def put_file(self, path: Path) -> str:
        """Store a file's bytes, read once for their digest and once to be sent."""
        digest = digest_file(path)
        if not self._is_fresh(digest, path.stat().st_size):
            with path.open("rb") as file:
                self.put_stream(file, digest)
        return digest

    def put_stream(self, source: BinaryIO | Iterable[bytes], digest: str | None = None) -> StoredBlob:
        """Store what a stream gives; without its digest it is first sent under another name."""
        if digest is not None:
            check_digest(digest)
        pieces = pieces_of(source)
        first, n_first = [], 0
        for piece in pieces:
            first.append(piece)
            n_first += len(piece)
            if n_first > _PART_BYTES:
                body = _Body(chain(first, pieces), digest)
                return self._send_as(body, digest) if digest else self._send(body)
        data = b"".join(first)
        if digest is not None and (found := digest_bytes(data)) != digest:
            raise unlike(found, digest)
        return StoredBlob(self.put(data), len(data), datetime.now(UTC))

    def get(self, digest: str) -> bytes:
        """Return the bytes, fetched a second time when what came was not whole."""
        try:
            return self._read(digest)
        except DamagedError:
            return self._read(digest)

    def open(self, digest: str) -> BinaryIO:
        """Return a stream that is checked as it comes and cannot be sought."""
        check_digest(digest)
        pieces = _checked(self._pieces(digest), digest)
        first = next(pieces, b"")
        return io.BufferedReader(_PieceReader(chain((first,), pieces)), PIECE_BYTES)

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored."""
        return self._look(check_digest(digest)) is not None

    def delete(self, digest: str, before: datetime | None = None) -> bool:
        """Delete the bytes."""
        found = self._look(check_digest(digest))
        if found is None or (before is not None and found.stored_at >= before):
            return False
        self._remove(digest)
        return True

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        """Return a page of what is stored."""
        page: list[StoredBlob] = []
        with self._talking():
            for chunk in self._obs.list(self._store, offset=after or None, chunk_size=limit):
                page += [
                    StoredBlob(each["path"], each["size"], each["last_modified"])
                    for each in chunk
                    if is_digest(each["path"])
                ]
                if len(page) >= limit:
                    break
        return page[:limit]

    def read_url(self, digest: str, valid_for: timedelta) -> str:
        """Return a URL from which a blob can be read directly, without credentials, for a while."""
        return self._signed("GET", check_digest(digest), valid_for)

    def write_url(self, valid_for: timedelta) -> DirectUpload:
        """Return a URL to which at most 5 GiB can be PUT directly; `take_in` makes a blob of them."""
        upload_id = secrets.token_hex(16)
        return DirectUpload(upload_id, self._signed("PUT", f"incoming/{upload_id}", valid_for))

    def take_in(self, upload_id: str, digest: str) -> StoredBlob:
        """Make a blob of what was PUT to a URL, reading it once to check it.

        Raises NotFoundError when nothing was, DamagedError when it has another digest: then it is removed.
        """
        if not _UPLOAD.fullmatch(upload_id):
            raise UsageError("this is not the id of an upload; use the one that came with the URL")
        check_digest(digest)
        key, hashed, size = f"incoming/{upload_id}", hashlib.sha256(), 0
        for piece in self._pieces(key):
            hashed.update(piece)
            size += len(piece)
        try:
            if hashed.hexdigest() != digest:
                raise unlike(hashed.hexdigest(), digest)
            return self._moved(key, digest, size)
        finally:
            self._remove(key)

    def _created(self, digest: str, data: bytes) -> bool:
        """Tell whether the bytes were stored where there were none. False too where a store cannot tell."""
        with self._talking(digest):
            try:
                self._obs.put(self._store, digest, data, mode="create", use_multipart=False)
            except (self._obs.exceptions.AlreadyExistsError, self._obs.exceptions.NotSupportedError):
                return False
        return True

    def _send_as(self, body: _Body, key: str) -> StoredBlob:
        try:
            with self._talking(key, body):
                self._obs.put(
                    self._store, key, body, use_multipart=True, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
                )
        except UnavailableError:
            # The upload was completed, and the answer that said so was lost: the second asking finds no upload.
            found = self._look(key) if body.ended else None
            if found is None or found.size != body.size:
                raise
        return StoredBlob(body.hexdigest(), body.size, datetime.now(UTC))

    def _send(self, body: _Body) -> StoredBlob:
        key = f"incoming/{secrets.token_hex(16)}"
        try:
            sent = self._send_as(body, key)
            return self._moved(key, sent.digest, sent.size)
        finally:
            self._remove(key)

    def _moved(self, key: str, digest: str, size: int) -> StoredBlob:
        if self._is_fresh(digest, size):
            return StoredBlob(digest, size, datetime.now(UTC))
        if size > _MOST_COPIED_BYTES:
            return self._send_as(_Body(self._pieces(key), digest), digest)
        with self._talking(digest):
            self._obs.copy(self._store, key, digest)
        return StoredBlob(digest, size, datetime.now(UTC))

    def _remove(self, key: str) -> None:
        with self._talking(key), suppress(FileNotFoundError):
            self._obs.delete(self._store, key)

    def _look(self, digest: str) -> StoredBlob | None:
        with self._talking(digest):
            try:
                found = self._obs.head(self._store, digest)
            except FileNotFoundError:
                return None
        return StoredBlob(digest, found["size"], found["last_modified"])

    def _is_fresh(self, digest: str, size: int) -> bool:
        found = self._look(digest)
        return found is not None and found.size == size and datetime.now(UTC) - found.stored_at < _RENEWED_AFTER

    def _read(self, digest: str) -> bytes:
        with self.open(digest) as stream:
            return stream.read()

    def _pieces(self, key: str) -> Iterator[bytes]:
        """Yield an object's bytes; where a connection breaks, the next goes on from there."""
        at, n_tries = 0, 0
        while True:
            try:
                result = self._obs.get(self._store, key, options={"range": {"offset": at}} if at else None)
                size = result.meta["size"]
                for piece in result.stream(min_chunk_size=PIECE_BYTES):
                    at, n_tries = at + len(piece), 0
                    yield bytes(piece)
                if at >= size:
                    return
            except FileNotFoundError as error:
                raise self._told(error, key) from error
            except self._obs.exceptions.BaseError as error:
                n_tries += 1
                if n_tries == _READS or not isinstance(error, self._obs.exceptions.GenericError):
                    raise self._told(error, key) from error
                time.sleep(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**n_tries))

    def _signed(self, method: str, key: str, valid_for: timedelta) -> str:
        with self._talking(key):
            url: str = self._obs.sign(self._store, method, key, valid_for)
        return url

    @contextmanager
    def _talking(self, key: str = "", body: _Body | None = None) -> Iterator[None]:
        """Tell what the store or the sender of a body had to say, in one line."""
        try:
            yield
        except (self._obs.exceptions.BaseError, OSError) as error:
            if body is not None and body.error is not None:
                raise body.error from None
            raise self._told(error, key) from error

    def _told(self, error: Exception, key: str) -> Exception:
        # The library's own text holds addresses and, at times, headers: only codes are taken from it.
        text, exceptions = str(error), self._obs.exceptions
        code = _CODE.search(text)
        status = _STATUS.search(text)
        if "NoSuchBucket" in text:
            return UnavailableError(
                f"there is no bucket for {self._place.shown}; make it, or correct the setting blobs"
            )
        if isinstance(error, FileNotFoundError) and "NoSuchUpload" not in text:
            return missing(key)
        if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
            why = f" ({code[1]})" if code else ""
            return UnavailableError(f"the credentials do not open {self._place.shown}{why}; see to its keys and rights")
        if "/latest/api/token" in text or "metadata.google" in text or "Missing" in text:
            return UnavailableError(f"there are no credentials for {self._place.shown}; {self._place.credentials}")
        why = code[1] if code else f"status {status[1]}" if status else "no connection"
        return UnavailableError(
            f"the blob store {self._place.shown} does not answer ({why}); see that it runs and try again"
        )


class _Body:
    """A body on its way: hashed and counted as it goes, refused at its end when it is not what was said."""

    def __init__(self, pieces: Iterator[bytes], digest: str | None) -> None:
        self._pieces = pieces
        self._digest = digest
        self._hashed = hashlib.sha256()
        self.size = 0
        self.ended = False
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._pieces:
                self._hashed.update(piece)
                self.size += len(piece)
                yield piece
            if self._digest is not None and self.hexdigest() != self._digest:
                raise unlike(self.hexdigest(), self._digest)
            self.ended = True
        except Exception as error:
            self.error = error
            raise

    def hexdigest(self) -> str:
        return self._hashed.hexdigest()


class _PieceReader(io.RawIOBase):
    """A stream over pieces, which come when they are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        n = min(len(buffer), len(self._left))
        buffer[:n] = self._left[:n]
        self._left = self._left[n:]
        return n

    def readall(self) -> bytes:
        left, self._left = self._left, memoryview(b"")
        return b"".join((left, *self._pieces))


def _checked(pieces: Iterator[bytes], digest: str) -> Iterator[bytes]:
    """Yield the pieces, the last one only once the digest of all was found right."""
    hashed, held = hashlib.sha256(), b""
    for piece in pieces:
        if held:
            yield held
        hashed.update(piece)
        held = piece
    if hashed.hexdigest() != digest:
        raise damaged(digest)
    yield held


def _connected(place: BlobPlace) -> tuple[Any, Any]:
    try:
        import obstore
        import obstore.store
    except ImportError as error:
        raise UsageError(f"blobs in {place.shown} need obstore; install it: pip install 'tidemill[s3]'") from error
    kind = {"s3": obstore.store.S3Store, "gs": obstore.store.GCSStore, "az": obstore.store.AzureStore}[place.scheme]
    try:
        store = kind(
            place.bucket,
            prefix=place.prefix or None,
            config=place.config(),
            client_options={
                "allow_http": place.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "read_timeout": timedelta(seconds=30),
                "timeout": timedelta(hours=6),
            },
            retry_config={
                "max_retries": _RETRY[0],
                "retry_timeout": timedelta(seconds=_RETRY[1]),
                "backoff": {
                    "init_backoff": timedelta(seconds=_FIRST_PAUSE_S),
                    "max_backoff": timedelta(seconds=_LONGEST_PAUSE_S),
                    "base": 2,
                },
            },
        )
    except obstore.exceptions.BaseError as error:
        raise UsageError(f"{place.shown} cannot be used as a blob store; {place.credentials}") from error
    return obstore, store
