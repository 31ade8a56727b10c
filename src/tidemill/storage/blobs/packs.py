"""Packs: many small blobs in one body on its way. Never stored, never unpacked to files by a name from inside.

    pack   = magic, entry, entry, ..., end
    entry  = digest (32 bytes), size (8 bytes, big-endian), as many bytes
    end    = 32 zero bytes, number of entries (8 bytes, big-endian)

There are no names, folders, links or compression in it, so that nothing can escape or swell. A pack that is cut has no
end; every entry is checked against its digest before it is handed on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tidemill.core import DamagedError, UsageError

MAGIC = b"tidemill pack 1\n"
#: What a pack that is sent may hold; a larger blob is an upload of its own.
MOST_PACK_BYTES = 4 << 20
MOST_ENTRIES = 4096
MOST_ENTRY_BYTES = 1 << 20
_END = bytes(32)
_HEAD = 40

#: Gives up to so many bytes, fewer only at the end.
Read = Callable[[int], bytes]


class Entry(NamedTuple):
    """A blob in a pack."""

    digest: str
    data: bytes


def packed(entries: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield a pack of blobs, piece by piece.

    >>> from tidemill.core import digest_bytes
    >>> body = b"".join(packed([(digest_bytes(b"tide"), b"tide")]))
    >>> len(body), [entry.data for entry in unpacked(reader_of([body]))]
    (100, [b'tide'])
    """
    yield MAGIC
    n_entries = 0
    for digest, data in entries:
        yield bytes.fromhex(digest) + len(data).to_bytes(8, "big")
        yield data
        n_entries += 1
    yield _END + n_entries.to_bytes(8, "big")


def unpacked(read: Read, most_entries: int = MOST_ENTRIES, most_entry_bytes: int = MOST_ENTRY_BYTES) -> Iterator[Entry]:
    """Yield the blobs of a pack, each checked, holding one at a time. No size that it claims is believed.

    Raises UsageError for what is no pack, or holds more or larger blobs than are taken; DamagedError for a blob of
    another digest and a pack that was cut.
    """
    if read(len(MAGIC)) != MAGIC:
        raise UsageError("this is no pack of blobs; it begins otherwise")
    n_entries = 0
    while True:
        head = read(_HEAD)
        if len(head) < _HEAD:
            raise DamagedError(f"the pack was cut after {n_entries:,} blobs; send it again")
        digest, size = head[:32], int.from_bytes(head[32:], "big")
        if digest == _END:
            if size != n_entries or read(1):
                raise DamagedError(f"the pack does not end after its {n_entries:,} blobs; send it again")
            return
        n_entries += 1
        if n_entries > most_entries or size > most_entry_bytes:
            raise UsageError(
                f"the pack holds a blob of {size:,} bytes as number {n_entries:,}; allowed are {most_entries:,} of at "
                f"most {most_entry_bytes:,} bytes, larger ones are uploads of their own"
            )
        data = read(size)
        if len(data) < size:
            raise DamagedError(f"the pack was cut after {n_entries - 1:,} blobs; send it again")
        if hashlib.sha256(data).digest() != digest:
            raise DamagedError(f"blob {n_entries:,} of the pack does not have the digest it came with; send it again")
        yield Entry(digest.hex(), data)


def reader_of(pieces: Iterable[bytes]) -> Read:
    """Return a way to read pieces as they come, holding no more than what is asked for and one piece."""
    left, held = iter(pieces), bytearray()

    def read(n_bytes: int) -> bytes:
        while len(held) < n_bytes:
            piece = next(left, None)
            if piece is None:
                break
            held.extend(piece)
        taken = bytes(held[:n_bytes])
        del held[:n_bytes]
        return taken

    return read
