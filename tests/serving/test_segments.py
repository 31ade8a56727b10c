"""Segments: whole frames come back whatever a crash or a disk did to the rest."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from tidemill.core import new_id
from tidemill.serving.segments import Damage, SegmentName, SegmentWriter, frame, heal, read_frames

PAYLOADS = [b"one", b"", b"three" * 40, bytes(range(256))]
DATA = b"".join(frame(payload) for payload in PAYLOADS)
ENDS = [len(b"".join(frame(payload) for payload in PAYLOADS[:n])) for n in range(len(PAYLOADS) + 1)]
PATH = Path("segment.open")


def _payloads(data: bytes) -> list[bytes]:
    return [found[1] for found in read_frames(PATH, data) if not isinstance(found, Damage)]


def _damage(data: bytes) -> list[Damage]:
    return [found for found in read_frames(PATH, data) if isinstance(found, Damage)]


def test_frames_come_back() -> None:
    assert _payloads(DATA) == PAYLOADS
    assert _damage(DATA) == []


def test_a_cut_at_every_byte_keeps_all_whole_frames_and_heals(home: Path) -> None:
    path = home / "segment.open"
    for cut in range(len(DATA)):
        n_whole = max(n for n, end in enumerate(ENDS) if end <= cut)
        assert _payloads(DATA[:cut]) == PAYLOADS[:n_whole]
        path.write_bytes(DATA[:cut])
        torn = heal(path)
        assert path.read_bytes() == DATA[: ENDS[n_whole]]
        if cut == ENDS[n_whole]:
            assert torn is None
        else:
            assert torn == Damage(path, ENDS[n_whole], cut - ENDS[n_whole], tail=True)
        assert heal(path) is None


def test_a_flip_of_every_byte_costs_its_own_frame_only() -> None:
    for position in range(len(DATA)):
        flipped = bytearray(DATA)
        flipped[position] ^= 0x41
        hit = max(n for n, end in enumerate(ENDS) if end <= position)
        assert _payloads(bytes(flipped)) == PAYLOADS[:hit] + PAYLOADS[hit + 1 :]
        (damage,) = _damage(bytes(flipped))
        assert (damage.offset, damage.n_bytes) == (ENDS[hit], ENDS[hit + 1] - ENDS[hit])
        assert damage.tail == (hit == len(PAYLOADS) - 1)


def test_damage_in_the_middle_is_kept_by_healing(home: Path) -> None:
    path = home / "segment.open"
    path.write_bytes(frame(b"a") + b"noise" + frame(b"b") + b"torn")
    torn = heal(path)
    assert torn is not None
    assert torn.n_bytes == 4
    assert _payloads(path.read_bytes()) == [b"a", b"b"]
    assert "damage of 5 bytes at offset" in str(_damage(path.read_bytes())[0])


def test_a_segment_is_sealed_under_its_name_and_an_empty_one_vanishes(home: Path) -> None:
    name = SegmentName("w1", new_id(), 1, sealed=False)
    writer = SegmentWriter(home / "log", name)
    writer.append(DATA)
    assert writer.seal().read_bytes() == DATA
    (found,) = (home / "log").iterdir()
    assert SegmentName.parse(found.name) == SegmentName(name.worker, name.epoch, 1, sealed=True)
    SegmentWriter(home / "log", SegmentName("w1", new_id(), 2, sealed=False)).seal()
    assert list((home / "log").iterdir()) == [found]


def test_a_full_disk_leaves_whole_frames(home: Path) -> None:
    writer = SegmentWriter(home, SegmentName("w1", new_id(), 1, sealed=False))
    writer.append(DATA)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(DATA) + 10, hard))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            writer.append(DATA)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert writer.path.read_bytes() == DATA
    writer.append(frame(b"again"))
    assert _payloads(writer.seal().read_bytes()) == [*PAYLOADS, b"again"]


def test_text_of_a_request_is_never_taken_for_a_frame() -> None:
    inner = frame(b"forged")
    with pytest.raises(UnicodeDecodeError):
        inner.decode()
