"""Sealing what a prediction log's frames hold, where the store is encrypted; elsewhere it lets everything through.

The frames stay as they are, so that torn tails heal without a key. A sealed payload is
``0xC1 (1) | key id (8) | number (8) | ciphertext and tag``: AES-256-GCM with the number as nonce, under a key of the
segment's own, derived from the data key and the segment's place and name. No payload in clear begins with 0xC1, which
MessagePack never uses.

A segment that was copied from a store that is not encrypted is sealed as a whole (`sealed_stream`) with its frames in
clear inside, so that every record stays at its offset.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tidemill.core import DamagedError
from tidemill.serving.segments import Damage, SegmentName, read_frames
from tidemill.storage.encryption.ciphers import opened
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.sealed_stream import is_sealed, plain_size, seal_bytes, unseal_bytes

_MARK = b"\xc1"
_ID = slice(1, 9)
_NUMBER = slice(9, 17)
_BODY = slice(17, None)
_PURPOSE = "prediction log"
_ZEROS = bytes(4)
_UPPER_HALF = 1 << 63
#: The purpose of a segment that is sealed as a whole.
WHOLE = "segment"


class Content(NamedTuple):
    """What a segment holds. inside: it was sealed as a whole, and its frames are in clear."""

    data: bytes
    inside: bool = False

    def part(self, start: int, n_bytes: int) -> Content:
        """Return a part of it."""
        return Content(self.data[start : start + n_bytes], self.inside)


class LogSeal:
    """Seals and opens payloads with a store's data keys; without any it does nothing. Thread-safe."""

    def __init__(self, keys: DataKeys | None = None) -> None:
        self._keys = keys

    @property
    def keys(self) -> DataKeys | None:
        """The store's data keys."""
        return self._keys

    @property
    def seals(self) -> bool:
        """Whether payloads are sealed."""
        return self._keys is not None

    def writer(self, folder: Path, name: SegmentName) -> Callable[[bytes], bytes]:
        """Return what seals the payloads of a new segment, one after another. Calls must not overlap."""
        if self._keys is None:
            return _as_it_is
        id_ = self._keys.current
        cipher = self._keys.cipher(id_, _salt(folder / str(name)), _PURPOSE)
        head, numbers = _MARK + bytes.fromhex(id_), count()

        def seal(payload: bytes) -> bytes:
            number = next(numbers).to_bytes(8, "big")
            return head + number + cipher.encrypt(_ZEROS + number, payload, None)

        return seal

    def again(self, path: Path, payload: bytes) -> bytes:
        """Return what stands in a record's place, sealed and as long as that was.

        Its number is drawn by lot from the upper half of all, which no writer reaches by counting: under the number of
        the record that it replaces, the two together would tell what either says.
        """
        if self._keys is None:
            return payload
        id_ = self._keys.current
        number = (_UPPER_HALF | secrets.randbits(63)).to_bytes(8, "big")
        cipher = self._keys.cipher(id_, _salt(path), _PURPOSE)
        return _MARK + bytes.fromhex(id_) + number + cipher.encrypt(_ZEROS + number, payload, None)

    def whole(self, content: Content) -> bytes:
        """Return the file of a whole segment, given what it holds."""
        return content.data if self._keys is None or not content.inside else seal_bytes(self._keys, content.data, WHOLE)

    def opened(self, path: Path, payload: bytes) -> bytes | None:
        """Return a payload in clear; None when it is not what was logged in that segment.

        Raises DamagedError when the store has not the key that it was sealed with.
        """
        marked = payload[:1] == _MARK
        if self._keys is None or not marked:
            return payload if marked == self.seals else None
        cipher = self._keys.cipher(payload[_ID].hex(), _salt(path), _PURPOSE)
        try:
            return opened(cipher, _ZEROS + payload[_NUMBER], payload[_BODY], b"", str(path))
        except DamagedError:
            return None

    def content(self, path: Path, data: bytes) -> Content:
        """Return what a whole segment holds, given its file. Raises DamagedError when it is sealed and was changed."""
        if self._keys is None or not is_sealed(data):
            return Content(data)
        return Content(unseal_bytes(self._keys, data, WHOLE, str(path)), inside=True)

    def size(self, path: Path, n_bytes: int) -> int:
        """Return how many bytes of frames a segment holds, given the size of its file. Raises OSError."""
        if self._keys is None or path.suffix != ".sealed":
            return n_bytes
        with path.open("rb") as file:
            return plain_size(n_bytes) if is_sealed(file.read(16)) else n_bytes

    def frames(self, path: Path, data: bytes | Content) -> Iterator[tuple[int, int, bytes] | Damage]:
        """Yield offset, length as framed, and clear payload of each whole frame, and each damage between them."""
        inside = isinstance(data, Content) and data.inside
        for found in read_frames(path, data.data if isinstance(data, Content) else data):
            if isinstance(found, Damage):
                yield found
                continue
            offset, framed = found
            payload = framed if inside else self.opened(path, framed)
            if payload is None:
                yield Damage(path, offset, len(framed), tail=False)
            else:
                yield offset, len(framed), payload


PLAIN = LogSeal()


def _as_it_is(payload: bytes) -> bytes:
    return payload


def _salt(path: Path) -> bytes:
    """Return what tells one segment from all others, whether it is still written to or sealed."""
    place = "/".join((path.parent.parent.name, path.parent.name, path.name.partition(".")[0]))
    return hashlib.sha256(place.encode()).digest()
