"""A file of the source whose bytes are digested as they are read, apart from what the target says it has."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import BinaryIO, cast

from tidemill.compat.mlflow_stores.records import MovedFile
from tidemill.core import digest_file
from tidemill.storage.blobs.port import digest_stream


class HashedFile:
    """A file to be handed to a target: streamed, it is digested on the way; read by its path, afterwards."""

    def __init__(self, file: MovedFile) -> None:
        self._file = file
        self._passed: _HashedStream | None = None
        self.file = replace(file, open=self._open)

    def digest(self) -> str:
        """Return the digest of the bytes that the source has. Raises OSError."""
        if self._passed is not None:
            return self._passed.hashed.hexdigest()
        if self._file.local is not None:
            return digest_file(self._file.local)
        with self._file.open() as source:
            return digest_stream(source)

    @property
    def n_bytes(self) -> int:
        """How many bytes were streamed, or the file has."""
        return self._passed.n_bytes if self._passed is not None else self._file.size or 0

    def _open(self) -> BinaryIO:
        self._passed = _HashedStream(self._file.open())
        return cast(BinaryIO, self._passed)


class _HashedStream(io.RawIOBase):
    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.hashed = hashlib.sha256()
        self.n_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Read some, and digest it."""
        data = self._source.read(size)
        self.hashed.update(data)
        self.n_bytes += len(data)
        return data

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def close(self) -> None:
        """Close what is read."""
        self._source.close()
        super().close()
