"""Bodies on their way to an object store, and streams of what comes from one: hashed as they pass."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any

from tidemill.storage.blobs.port import damaged, unlike


class Body:
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


class PieceReader(io.RawIOBase):
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


def checked(pieces: Iterator[bytes], digest: str) -> Iterator[bytes]:
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
