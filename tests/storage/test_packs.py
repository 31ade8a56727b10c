"""Packs: whole and right, or refused; nothing that one claims is believed."""

from __future__ import annotations

import hashlib
import random

import pytest

from tidemill.core import DamagedError, TidemillError, UsageError, digest_bytes
from tidemill.storage.blobs.packs import MAGIC, MOST_ENTRY_BYTES, Entry, packed, reader_of, unpacked

BODIES = [b"", b"tide", b"mill" * 1000, bytes(100_000)]


def pack_of(bodies: list[bytes]) -> bytes:
    return b"".join(packed((digest_bytes(body), body) for body in bodies))


def entries_of(pack: bytes, *, step: int = 1 << 16) -> list[Entry]:
    return list(unpacked(reader_of(pack[at : at + step] for at in range(0, len(pack), step))))


@pytest.mark.parametrize("step", [1, 7, 40, 1 << 20])
def test_what_was_packed_comes_out(step: int) -> None:
    bodies = BODIES[:3] if step == 1 else BODIES
    assert entries_of(pack_of(bodies), step=step) == [Entry(digest_bytes(body), body) for body in bodies]
    assert entries_of(pack_of([])) == []


def test_a_pack_that_is_cut_anywhere_or_goes_on_is_found() -> None:
    pack = pack_of([b"tide", b"mill"])
    for cut in range(len(pack)):
        with pytest.raises(TidemillError):
            entries_of(pack[:cut])
    for longer in (pack + b"x", pack + pack):
        with pytest.raises(DamagedError, match="does not end"):
            entries_of(longer)


def test_every_flipped_bit_is_found() -> None:
    pack, chance = pack_of([b"tide", b"mill" * 20]), random.Random(7)
    for _ in range(500):
        spoiled = bytearray(pack)
        spoiled[chance.randrange(len(pack))] ^= 1 << chance.randrange(8)
        with pytest.raises(TidemillError):
            entries_of(bytes(spoiled))


@pytest.mark.parametrize("size", [MOST_ENTRY_BYTES + 1, 10**12, 2**64 - 1])
def test_a_claimed_size_is_not_believed(size: int) -> None:
    head = hashlib.sha256(b"x").digest() + size.to_bytes(8, "big")
    with pytest.raises(UsageError, match="allowed are 4,096 of at most"):
        entries_of(MAGIC + head + b"x")


def test_too_many_entries_and_what_is_no_pack_are_refused() -> None:
    with pytest.raises(UsageError, match=r"as number 4,097"):
        entries_of(pack_of([b""] * 4097))
    for other in (b"", b"PK\x03\x04" + bytes(100), b"\x1f\x8b" + bytes(100)):
        with pytest.raises(UsageError, match="no pack"):
            entries_of(other)
