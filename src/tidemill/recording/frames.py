"""Frames of a journal: each entry with a mark, its length and a checksum, so that what is damaged is passed over.

    mark (4 bytes)  length of the body (4)  CRC-32 of the body (4)  body

Numbers are little-endian. Between frames there may be zeros: space that was reserved and not used. After damage the
reader goes on at the next mark whose body has its checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from zlib import crc32

MARK = b"\xd5TMj"
HEAD = struct.Struct("<4sII")
HEAD_BYTES = HEAD.size
MOST_FRAME_BYTES = 1 << 18


def frame(body: bytes) -> bytes:
    """Return a body with its head.

    >>> len(frame(b"x"))
    13
    """
    return HEAD.pack(MARK, len(body), crc32(body)) + body


class Scan:
    """What is in a piece of a journal, frame by frame.

    data: bytes of the journal that begin at the position `base`. ended: nothing comes after them, so a frame that is
    not whole is damage; else it is left for the next piece.
    position: where the next piece begins. n_damaged: bytes passed over that were neither frames nor zeros.

    >>> scan = Scan(b"junk" + frame(b"a") + bytes(8) + frame(b"b")[:-1], 0, ended=True)
    >>> [bytes(body) for _, body in scan.frames()], scan.n_damaged
    ([b'a'], 16)
    """

    def __init__(self, data: bytes, base: int, *, ended: bool) -> None:
        self._data = data
        self._base = base
        self._ended = ended
        self.position = base
        self.n_damaged = 0

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Yield where each frame ends, and its body."""
        data, at, size = self._data, 0, len(self._data)
        while size - at >= HEAD_BYTES:
            mark, length, checksum = HEAD.unpack_from(data, at)
            end = at + HEAD_BYTES + length
            if mark == MARK and length <= MOST_FRAME_BYTES:
                if end > size and not self._ended:
                    break
                if end <= size and crc32(body := data[at + HEAD_BYTES : end]) == checksum:
                    at = end
                    self.position = self._base + at
                    yield self.position, body
                    continue
            at = self._pass_over(at)
            self.position = self._base + at
        if self._ended and at < size:
            self._count(at, size)
            self.position = self._base + size

    def _pass_over(self, at: int) -> int:
        """Return where the next mark is; without one, the end, but for bytes that may be the beginning of one."""
        found = self._data.find(MARK, at + 1)
        if found < 0:
            found = len(self._data) if self._ended else max(at + 1, len(self._data) - len(MARK) + 1)
        self._count(at, found)
        return found

    def _count(self, start: int, end: int) -> None:
        self.n_damaged += len(self._data[start:end].strip(b"\0"))
