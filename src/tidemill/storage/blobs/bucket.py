"""Requests to a bucket, by obstore: each tried again with growing pauses, and told in one line when it fails."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tidemill.core import UnavailableError, UsageError
from tidemill.storage.blobs.blob_place import BlobPlace
from tidemill.storage.blobs.object_streams import Body
from tidemill.storage.blobs.port import PIECE_BYTES, is_digest, missing

#: Up to here a body is one request; S3 wants parts of 5 MiB and more, and at most 10,000 of them.
PART_BYTES = 8 * PIECE_BYTES
_PARTS_AT_ONCE = 3
_READS = 6
#: Tries of one request, and seconds for all of them.
_RETRY = (8, 60.0)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")


class Object(NamedTuple):
    """An object in a listing: its key below the prefix, its bytes, when it was last stored by the bucket's clock."""

    key: str
    size: int
    stored_at: datetime


class Bucket:
    """The objects below a prefix. Thread-safe.

    Errors: UnavailableError when the store does not answer or does not let this process in, NotFoundError for a read
    of what is not there.
    """

    def __init__(self, place: BlobPlace) -> None:
        self.place = place
        self._obs, self._store = _connected(place)

    def look(self, key: str) -> Object | None:
        """Return what is known of an object without reading it; None when there is none."""
        with self._talking(key):
            try:
                found = self._obs.head(self._store, key)
            except FileNotFoundError:
                return None
        return Object(key, found["size"], found["last_modified"])

    def put(self, key: str, data: bytes) -> None:
        """Store bytes in one request, whatever was there."""
        with self._talking(key):
            self._obs.put(self._store, key, data, use_multipart=False)

    def create(self, key: str, data: bytes) -> bool:
        """Store bytes where there are none; tell whether that was so. False too where a store cannot tell."""
        with self._talking(key):
            try:
                self._obs.put(self._store, key, data, mode="create", use_multipart=False)
            except (self._obs.exceptions.AlreadyExistsError, self._obs.exceptions.NotSupportedError):
                return False
        return True

    def send(self, key: str, body: Body) -> None:
        """Store a body as a multipart upload, which appears whole or not at all. Raises what the body raises."""
        try:
            with self._talking(key, body):
                self._obs.put(
                    self._store, key, body, use_multipart=True, chunk_size=PART_BYTES, max_concurrency=_PARTS_AT_ONCE
                )
        except UnavailableError:
            # The upload was completed, and the answer that said so was lost: the second asking finds no upload.
            found = self.look(key) if body.ended else None
            if found is None or found.size != body.size:
                raise

    def copy(self, key: str, target: str) -> None:
        """Copy an object of up to 5 GiB within the bucket."""
        with self._talking(target):
            self._obs.copy(self._store, key, target)

    def remove(self, key: str) -> None:
        """Delete an object, if it is there."""
        with self._talking(key), suppress(FileNotFoundError):
            self._obs.delete(self._store, key)

    def list(
        self, folder: str = "", after: str = "", limit: int = 1000, *, digests_only: bool = False
    ) -> Sequence[Object]:
        """Return the next objects below a folder, in the order of their keys; more than `limit` when they came at once.

        after: the last key of the page before.
        """
        page: list[Object] = []
        with self._talking():
            for chunk in self._obs.list(self._store, folder or None, offset=after or None, chunk_size=limit):
                page += [
                    Object(each["path"], each["size"], each["last_modified"])
                    for each in chunk
                    if not digests_only or is_digest(each["path"])
                ]
                if len(page) >= limit:
                    break
        return page

    def pieces(self, key: str) -> Iterator[bytes]:
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

    def sign(self, method: str, key: str, valid_for: timedelta) -> str:
        """Return a URL that allows one method on an object for a while, without credentials."""
        with self._talking(key):
            url: str = self._obs.sign(self._store, method, key, valid_for)
        return url

    @contextmanager
    def _talking(self, key: str = "", body: Body | None = None) -> Iterator[None]:
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
            return UnavailableError(f"there is no bucket for {self.place.shown}; make it, or correct the setting blobs")
        if isinstance(error, FileNotFoundError) and "NoSuchUpload" not in text:
            return missing(key)
        if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
            why = f" ({code[1]})" if code else ""
            return UnavailableError(f"the credentials do not open {self.place.shown}{why}; see to its keys and rights")
        if "/latest/api/token" in text or "metadata.google" in text or "Missing" in text:
            return UnavailableError(f"there are no credentials for {self.place.shown}; {self.place.credentials}")
        why = code[1] if code else f"status {status[1]}" if status else "no connection"
        return UnavailableError(
            f"the blob store {self.place.shown} does not answer ({why}); see that it runs and try again"
        )


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
