"""One range of a file's bytes, as a request asks for it (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import BinaryIO, NamedTuple

from tidemill.core import TidemillError

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_CHUNK_BYTES = 1 << 18


class RangeError(TidemillError):
    """The range asked for begins behind the end of the file."""

    code = "range"
    http_status = 416


class Stretch(NamedTuple):
    """Bytes from `start` up to `end`, which is not one of them."""

    start: int
    end: int

    def told(self, size: int) -> str:
        """Return the header that tells it.

        >>> Stretch(0, 2).told(10)
        'bytes 0-1/10'
        """
        return f"bytes {self.start}-{self.end - 1}/{size}"


def stretch_of(header: str, size: int) -> Stretch | None:
    """Return the range that a header asks for; None for all, which is also what several ranges and others give.

    Raises RangeError for one that has no byte of the file.

    >>> stretch_of("bytes=2-3", 10), stretch_of("bytes=-3", 10), stretch_of("bytes=0-1,4-5", 10)
    (Stretch(start=2, end=4), Stretch(start=7, end=10), None)
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        if found[2] and int(found[2]) < start:
            return None
    if start >= end:
        raise RangeError(f"there are {size:,} bytes; ask for a range within them")
    return Stretch(start, end)


class Part:
    """A stretch of a file that is read and closed as a file is; what is before it is skipped, holding little."""

    def __init__(self, file: BinaryIO, stretch: Stretch) -> None:
        self._file = file
        self._skip = stretch.start
        self._left = stretch.end - stretch.start

    def read(self, most: int) -> bytes:
        """Return the next bytes, at most so many; nothing at the end."""
        if self._skip and self._file.seekable():
            self._file.seek(self._skip)
            self._skip = 0
        while self._skip:
            skipped = self._file.read(min(self._skip, _CHUNK_BYTES))
            if not skipped:
                return b""
            self._skip -= len(skipped)
        data = self._file.read(min(most, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
