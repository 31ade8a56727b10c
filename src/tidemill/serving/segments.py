"""Segments: append-only files of framed records, whole or recognisably damaged.

A frame is ``magic (4) | length (4, little endian) | CRC-32 of the payload (4) | payload``. The magic starts
with 0xFF, which no UTF-8 text holds, so a request's text can never be taken for a frame.

A segment being written ends in ``.open``; complete and synced it is renamed to ``.sealed``. Its name tells
``<worker>-<epoch>-<number>``: the epoch is an id made when the worker started, so that moving segments
elsewhere exactly once needs nothing but the name.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

from tidemill.core import make_private_folder, sync_folder

MAGIC = b"\xfftm1"
_HEADER = struct.Struct("<4sII")
HEADER_BYTES = _HEADER.size
_pack_header = _HEADER.pack
_unpack_header = _HEADER.unpack_from
_NAME = re.compile(r"(w\d+)-([0-9a-f]{32})-(\d{6,})\.(open|sealed)")


@dataclass(frozen=True)
class Damage:
    """Bytes of a segment that are no whole frame. `tail`: they are the file's end, as a crash leaves it."""

    path: Path
    offset: int
    n_bytes: int
    tail: bool

    def __str__(self) -> str:
        kind = "torn tail" if self.tail else "damage"
        return f"{kind} of {self.n_bytes} bytes at offset {self.offset} of {self.path}"


@dataclass(frozen=True, order=True)
class SegmentName:
    """Who wrote a segment and which one it is; sorts by worker, epoch, number."""

    worker: str
    epoch: str
    number: int
    sealed: bool

    @classmethod
    def parse(cls, name: str) -> SegmentName | None:
        """Read a file name; None when it is no segment's."""
        match = _NAME.fullmatch(name)
        return cls(match[1], match[2], int(match[3]), match[4] == "sealed") if match else None

    def __str__(self) -> str:
        return f"{self.worker}-{self.epoch}-{self.number:06d}.{'sealed' if self.sealed else 'open'}"


def frame(payload: bytes) -> bytes:
    """Return the payload as one frame."""
    return _pack_header(MAGIC, len(payload), zlib.crc32(payload)) + payload


def read_frames(path: Path, data: bytes | memoryview) -> Iterator[tuple[int, bytes] | Damage]:
    """Yield (offset, payload) of every whole frame of a segment's bytes, and each damage between them.

    After damage it goes on at the next whole frame, so that one bad block costs its own records only.
    """
    view = memoryview(data)
    position, end = 0, len(view)
    while position < end:
        start = position + _HEADER.size
        if start <= end:
            magic, length, checksum = _unpack_header(view, position)
            if magic == MAGIC and start + length <= end:
                payload = bytes(view[start : start + length])
                if zlib.crc32(payload) == checksum:
                    yield position, payload
                    position = start + length
                    continue
        following = _next_whole(view, position + 1)
        until = end if following is None else following
        yield Damage(path, position, until - position, tail=following is None)
        position = until


def frame_offsets(data: bytes | mmap) -> list[int] | None:
    """Return where the frames of a segment begin, by their headers alone: nothing is checked, and a torn tail is left
    out. None when they do not follow one another, so that only `read_frames` finds them.

    >>> frame_offsets(frame(b"one") + frame(b"two") + b"\\xfftm1")
    [0, 15]
    """
    view = memoryview(data)
    offsets: list[int] = []
    position, end = 0, len(view)
    while position + _HEADER.size <= end:
        magic, length, _ = _unpack_header(view, position)
        if magic != MAGIC:
            return None
        if position + _HEADER.size + length > end:
            break
        offsets.append(position)
        position += _HEADER.size + length
    return offsets


def payload_at(data: bytes | mmap, offset: int) -> bytes | None:
    """Return the payload of the frame that begins at an offset; None when it is damaged."""
    return _payload_at(memoryview(data), offset)


def heal(path: Path) -> Damage | None:
    """Cut a torn tail off a segment that nobody writes any more, and return what was cut."""
    data = path.read_bytes()
    torn = None
    if not _ends_whole(data):
        for found in read_frames(path, data):
            if isinstance(found, Damage) and found.tail:
                torn = found
    if torn is not None:
        os.truncate(path, torn.offset)
    return torn


class SegmentWriter:
    """Appends frames to one segment. Calls of `append` must not overlap; `sync` may run beside them."""

    def __init__(self, folder: Path, name: SegmentName) -> None:
        make_private_folder(folder)
        self.path = folder / str(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._descriptor = os.open(self.path, flags, 0o600)
        self.n_bytes = 0
        self.n_synced = 0
        self._failed: OSError | None = None

    def append(self, data: bytes) -> None:
        """Hand whole frames to the operating system, all or nothing. Raises OSError."""
        written = os.write(self._descriptor, data)
        if written == len(data):
            self.n_bytes += written
            return
        try:
            while written < len(data):
                written += os.write(self._descriptor, memoryview(data)[written:])
        except OSError:
            os.ftruncate(self._descriptor, self.n_bytes)
            raise
        self.n_bytes += len(data)

    def sync(self) -> None:
        """Make everything that was appended so far durable. Raises OSError, and for good once it has.

        After a failed fsync the kernel may have thrown the pages away and call the next one a success.
        """
        if self._failed is not None:
            raise self._failed
        reached = self.n_bytes
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            self._failed = error
            raise
        self.n_synced = reached

    def seal(self) -> Path:
        """Sync, close and rename to the sealed name; an empty segment is removed. Raises OSError."""
        try:
            self.sync()
        finally:
            os.close(self._descriptor)
        return seal(self.path)


def seal(path: Path) -> Path:
    """Give a closed segment its sealed name, and make that durable; an empty one is removed."""
    sealed = path.with_suffix(".sealed")
    if path.stat().st_size:
        path.rename(sealed)
    else:
        path.unlink()
    sync_folder(path.parent)
    return sealed


def _ends_whole(data: bytes) -> bool:
    """Tell whether frames follow one another to the very end, and the last one is whole: the quick way to know."""
    position, last, end = 0, 0, len(data)
    while position + _HEADER.size <= end:
        magic, length, _ = _unpack_header(data, position)
        if magic != MAGIC:
            return False
        last, position = position, position + _HEADER.size + length
    return position == end and (end == 0 or _payload_at(memoryview(data), last) is not None)


def _payload_at(view: memoryview, position: int) -> bytes | None:
    if position + _HEADER.size > len(view):
        return None
    magic, length, checksum = _unpack_header(view, position)
    start = position + _HEADER.size
    if magic != MAGIC or start + length > len(view):
        return None
    payload = bytes(view[start : start + length])
    return payload if zlib.crc32(payload) == checksum else None


def _next_whole(view: memoryview, start: int) -> int | None:
    data = bytes(view[start:])
    found = data.find(MAGIC)
    while found >= 0:
        if _payload_at(view, start + found) is not None:
            return start + found
        found = data.find(MAGIC, found + 1)
    return None
