"""The files of tables in a bucket, by obstore; and from a URL to the files of tables."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from tidemill.core import UnavailableError, UsageError
from tidemill.storage.blobs.blob_place import BlobPlace, parse_place
from tidemill.storage.tables.table_files import LocalTableFiles, TableFile, TableFiles

_BUFFER_BYTES = 8 << 20
_READS = 6
T = TypeVar("T")


class ObjectTableFiles:
    """Files of tables below a prefix of a bucket, by obstore. See `TableFiles`."""

    def __init__(self, place: BlobPlace) -> None:
        self._place = place
        self._obs, self._store = _connected(place)

    def uri(self, folder: str) -> str:
        """Return a folder's URL."""
        return f"{self._place.shown}/{folder}"

    def options(self) -> dict[str, str] | None:
        """Return endpoint and region; credentials come from the environment."""
        prefix = {"s3": "aws", "gs": "google", "az": "azure_storage"}[self._place.scheme]
        given = {f"{prefix}_{key}": str(value) for key, value in self._place.config().items()}
        if self._place.endpoint:
            given[f"{prefix}_endpoint_url" if prefix == "aws" else "azure_endpoint"] = self._place.endpoint
            given.pop(f"{prefix}_endpoint", None)
            given[f"{prefix.partition('_')[0]}_allow_http"] = str(self._place.endpoint.startswith("http://")).lower()
        if "aws_virtual_hosted_style_request" in given:
            given["aws_virtual_hosted_style_request"] = "false"
        return given

    def folders(self) -> Sequence[str]:
        """Return the prefixes."""
        return self._asked(lambda: list(self._obs.list_with_delimiter(self._store, "")["common_prefixes"]))

    def list(self, folder: str, below: str = "") -> Sequence[TableFile]:
        """Return the objects."""
        under = f"{folder}/{below}".rstrip("/")
        found = self._asked(lambda: [each for page in self._obs.list(self._store, under) for each in page])
        return [
            TableFile(each["path"].removeprefix(f"{folder}/"), each["size"], each["last_modified"]) for each in found
        ]

    def read(self, folder: str, name: str) -> bytes:
        """Return an object's bytes."""
        return self._asked(lambda: bytes(self._obs.get(self._store, f"{folder}/{name}").bytes()))

    def open(self, folder: str, name: str) -> Iterator[bytes]:
        """Yield an object's bytes."""
        key, at = f"{folder}/{name}", 0
        size = self._asked(lambda: int(self._obs.head(self._store, key)["size"]))
        while at < size:
            length = min(_BUFFER_BYTES, size - at)
            yield self._asked(partial(self._piece, key, at, length))
            at += length

    def _piece(self, key: str, at: int, length: int) -> bytes:
        return bytes(self._obs.get_range(self._store, key, start=at, length=length))

    def _asked(self, ask: Callable[[], T]) -> T:
        """Ask for something, again when the answer came cut: the library does so for what never began only."""
        for attempt in range(_READS):
            try:
                with self._talking():
                    return ask()
            except UnavailableError:
                if attempt == _READS - 1:
                    raise
                time.sleep(0.02 * 2**attempt)
        raise AssertionError  # the last attempt has raised

    def create(self, folder: str, name: str, data: bytes) -> bool:
        """Store if absent. An answer that was lost is found out by the bytes that are there."""
        key = f"{folder}/{name}"
        try:
            self._asked(lambda: self._obs.put(self._store, key, data, mode="create", use_multipart=False))
        except FileExistsError:
            return self.read(folder, name) == data
        return True

    def replace(self, folder: str, name: str, data: bytes) -> None:
        """Store an object."""
        self._asked(lambda: self._obs.put(self._store, f"{folder}/{name}", data, use_multipart=False))

    @contextmanager
    def writing(self, folder: str, name: str) -> Iterator[Any]:
        """Give a file whose bytes are one request, or several parts, made an object at the end of the block."""
        with self._talking():
            counted = _Counted(self._obs.open_writer(self._store, f"{folder}/{name}", buffer_size=_BUFFER_BYTES))
            try:
                yield counted
            except Exception as error:
                # Whoever writes may have made an error of its own of what the store said.
                raise counted.error or error from error
            counted.writer.close()

    def delete(self, folder: str, names: Iterable[str]) -> None:
        """Delete objects."""
        for name in names:
            with suppress(FileNotFoundError):
                self._asked(partial(self._obs.delete, self._store, f"{folder}/{name}"))

    def drop(self, folder: str) -> None:
        """Delete the objects, the oldest entries of the log first: half of it is then no older version."""
        self.delete(folder, sorted(each.name for each in self.list(folder)))

    @contextmanager
    def locked(self, folder: str) -> Iterator[None]:  # noqa: ARG002 - a bucket has no lock
        """Hold nothing: entries of the log are created if absent."""
        yield

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except self._obs.exceptions.AlreadyExistsError as error:
            raise FileExistsError from error
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise UnavailableError(
                    f"there is no bucket for {self._place.shown}; make it, or correct the setting tables"
                ) from error
            raise
        except (self._obs.exceptions.BaseError, OSError) as error:
            exceptions = self._obs.exceptions
            if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
                raise UnavailableError(
                    f"the credentials do not open {self._place.shown}; {self._place.credentials}"
                ) from error
            # The library's own text holds addresses and, at times, headers.
            raise UnavailableError(
                f"the tables in {self._place.shown} do not answer; see that the store runs and try again"
            ) from error


class _Counted(io.RawIOBase):
    """A file to write to that knows how far it is; the object is made by whoever holds the writer."""

    def __init__(self, writer: Any) -> None:
        self.writer = writer
        self.error: Exception | None = None
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        try:
            self.writer.write(bytes(data))
        except Exception as error:
            self.error = error
            raise
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size


def open_table_files(url: str) -> TableFiles:
    """Return the files that a URL names: a path or ``file:///folder``, ``s3://``, ``gs://``, ``az://bucket/prefix``.

    Raises UsageError for what is no such URL, when the extra is not installed, or when no credentials are set.
    """
    scheme, found, _ = url.partition("://")
    if not found:
        return LocalTableFiles(Path(url))
    if scheme == "file":
        parts = urlsplit(url)
        if parts.netloc not in {"", "localhost"} or parts.query or parts.fragment or not parts.path.startswith("/"):
            raise UsageError("a file URL names a folder of this machine and nothing else; write file:///folder")
        return LocalTableFiles(Path(unquote(parts.path)))
    try:
        place = parse_place(url)
    except UsageError as error:
        raise UsageError(str(error).replace("blobs", "tables")) from error
    return ObjectTableFiles(place)


def _connected(place: BlobPlace) -> tuple[Any, Any]:
    try:
        import obstore
        import obstore.store
    except ImportError as error:
        raise UsageError(f"tables in {place.shown} need obstore; install it: pip install 'tidemill[s3]'") from error
    kinds: Mapping[str, Any] = {
        "s3": obstore.store.S3Store,
        "gs": obstore.store.GCSStore,
        "az": obstore.store.AzureStore,
    }
    client = {
        "allow_http": place.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=5),
        "read_timeout": timedelta(seconds=30),
        "timeout": timedelta(hours=1),
    }
    pauses = {"init_backoff": timedelta(seconds=0.05), "max_backoff": timedelta(seconds=2), "base": 2}
    retry = {"max_retries": 8, "retry_timeout": timedelta(seconds=60), "backoff": pauses}
    try:
        store = kinds[place.scheme](
            place.bucket,
            prefix=place.prefix or None,
            config=place.config(),
            client_options=client,
            retry_config=retry,
        )
    except obstore.exceptions.BaseError as error:
        raise UsageError(f"{place.shown} cannot be used for tables; {place.credentials}") from error
    return obstore, store
