"""Blobs in an object store: S3 and what speaks like it, Google Cloud Storage, Azure; by obstore.

The key of a blob is its digest. Small bodies are created if absent in one request, larger ones go as a multipart upload
that becomes visible whole or not at all. Requests are tried again with growing pauses, for about a minute.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from tidemill.core import DamagedError, UsageError, digest_bytes, digest_file
from tidemill.storage.blobs.bucket import PART_BYTES, Bucket
from tidemill.storage.blobs.bucket_home import INCOMING, BucketHome
from tidemill.storage.blobs.object_streams import Body, PieceReader, checked
from tidemill.storage.blobs.port import (
    PIECE_BYTES,
    DirectUpload,
    StoredBlob,
    check_digest,
    is_digest,
    pieces_of,
    unlike,
)

_LOOK_FIRST_BYTES = 1 << 16
MOST_COPIED_BYTES = 5 << 30
_FILES_AT_ONCE = 16
#: An object stored longer ago is stored again, so that it counts as new for the collector.
_RENEWED_AFTER = timedelta(hours=6)
_UPLOAD = re.compile(r"[0-9a-f]{32}")


class ObjectBlobs:
    """Blobs in a bucket. See `BlobStore` and `DirectUrls`.

    Two stores at a time may both store what neither found: equal bytes replace equal bytes.

    home: of the one store that has its blobs there, and may collect them; it is told what is put and looked for.
    """

    def __init__(self, bucket: Bucket, home: BucketHome | None = None) -> None:
        self._bucket = bucket
        self.home = home

    def put(self, data: bytes) -> str:
        """Store bytes."""
        self._claim()
        digest = digest_bytes(data)
        if len(data) > PART_BYTES:
            return self.put_stream((data,), digest).digest if not self._is_fresh(digest, len(data)) else digest
        if len(data) > _LOOK_FIRST_BYTES and self._is_fresh(digest, len(data)):
            return digest
        if not self._bucket.create(digest, data) and not self._is_fresh(digest, len(data)):
            self._bucket.put(digest, data)
        return digest

    def put_file(self, path: Path) -> str:
        """Store a file's bytes, read once for their digest and once to be sent."""
        if path.stat().st_size <= _LOOK_FIRST_BYTES:
            return self.put(path.read_bytes())
        digest = digest_file(path)
        if not self._is_fresh(digest, path.stat().st_size):
            with path.open("rb") as file:
                self.put_stream(file, digest)
        return digest

    def put_files(self, paths: Sequence[Path]) -> list[str]:
        """Store many files, sixteen at a time, and return their digests in order; all are stored when it returns.

        Raises OSError, UnavailableError for the first that was not; others may be stored then.
        """
        self._claim()
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            return list(pool.map(self.put_file, paths))

    def put_stream(self, source: BinaryIO | Iterable[bytes], digest: str | None = None) -> StoredBlob:
        """Store what a stream gives; without its digest it is first sent under another name."""
        if digest is not None:
            check_digest(digest)
        pieces = pieces_of(source)
        first, n_first = [], 0
        for piece in pieces:
            first.append(piece)
            n_first += len(piece)
            if n_first > PART_BYTES:
                self._claim()
                body = Body(chain(first, pieces), digest)
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
        self._wanted(check_digest(digest))
        pieces = checked(self._bucket.pieces(digest), digest)
        first = next(pieces, b"")
        return io.BufferedReader(PieceReader(chain((first,), pieces)), PIECE_BYTES)

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are stored."""
        self._wanted(check_digest(digest))
        return self._bucket.look(digest) is not None

    def delete(self, digest: str, before: datetime | None = None) -> bool:
        """Delete the bytes."""
        found = self._bucket.look(check_digest(digest))
        if found is None or (before is not None and found.stored_at >= before):
            return False
        self._bucket.remove(digest)
        return True

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        """Return a page of what is stored."""
        return [StoredBlob(*each) for each in self._bucket.list("", after, limit, digests_only=True)[:limit]]

    def read_url(self, digest: str, valid_for: timedelta) -> str:
        """Return a URL from which a blob can be read directly, without credentials, for a while."""
        self._wanted(check_digest(digest))
        return self._bucket.sign("GET", digest, valid_for)

    def write_url(self, valid_for: timedelta) -> DirectUpload:
        """Return a URL to which at most 5 GiB can be PUT directly; `take_in` makes a blob of them."""
        upload_id = secrets.token_hex(16)
        return DirectUpload(upload_id, self._bucket.sign("PUT", f"{INCOMING}/{upload_id}", valid_for))

    def take_in(self, upload_id: str, digest: str) -> StoredBlob:
        """Make a blob of what was PUT to a URL, reading it once to check it.

        Raises NotFoundError when nothing was, DamagedError when it has another digest: then it is removed.
        """
        if not _UPLOAD.fullmatch(upload_id):
            raise UsageError("this is not the id of an upload; use the one that came with the URL")
        check_digest(digest)
        self._claim()
        key, hashed, size = f"{INCOMING}/{upload_id}", hashlib.sha256(), 0
        for piece in self._bucket.pieces(key):
            hashed.update(piece)
            size += len(piece)
        try:
            if hashed.hexdigest() != digest:
                raise unlike(hashed.hexdigest(), digest)
            return self._moved(key, digest, size)
        finally:
            self._bucket.remove(key)

    def _claim(self) -> None:
        if self.home is not None:
            self.home.claim()

    def _wanted(self, digest: str) -> None:
        if self.home is not None:
            self.home.claim()
            self.home.condemned.take_back(digest)

    def _send_as(self, body: Body, key: str) -> StoredBlob:
        if is_digest(key):
            self._wanted(key)
        self._bucket.send(key, body)
        return StoredBlob(body.hexdigest(), body.size, datetime.now(UTC))

    def _send(self, body: Body) -> StoredBlob:
        key = f"{INCOMING}/{secrets.token_hex(16)}"
        try:
            sent = self._send_as(body, key)
            return self._moved(key, sent.digest, sent.size)
        finally:
            self._bucket.remove(key)

    def _moved(self, key: str, digest: str, size: int) -> StoredBlob:
        if self._is_fresh(digest, size):
            return StoredBlob(digest, size, datetime.now(UTC))
        if size > MOST_COPIED_BYTES:
            return self._send_as(Body(self._bucket.pieces(key), digest), digest)
        self._bucket.copy(key, digest)
        return StoredBlob(digest, size, datetime.now(UTC))

    def _is_fresh(self, digest: str, size: int) -> bool:
        self._wanted(digest)
        found = self._bucket.look(digest)
        return found is not None and found.size == size and datetime.now(UTC) - found.stored_at < _RENEWED_AFTER

    def _read(self, digest: str) -> bytes:
        with self.open(digest) as stream:
            return stream.read()
