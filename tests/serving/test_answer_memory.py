"""What is remembered of answers: bounded, byte for byte, and found again in the tail of a log."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.core import ConflictError, new_ids
from tidemill.serving.answer_body import answer_body, answer_head
from tidemill.serving.answer_memory import AnswerMemory, body_digest
from tidemill.serving.log_follower import RECENT_S, LogFollower, request_id_of
from tidemill.serving.log_writer import Entry, LogLimits, LogWriter
from tidemill.serving.records import PredictionsRecord, RevisionRecord, encode_record
from tidemill.serving.worker_slot import WorkerSlot, take_slot

DIGEST = body_digest(b"body")
REVISION = RevisionRecord(1, "delay/1", None, None, ())
_VALUES = st.lists(st.floats(), min_size=1, max_size=20)


@given(_VALUES, st.text(max_size=20), st.integers(1, 2**31))
def test_an_answer_comes_back_byte_for_byte(values: list[float], model: str, revision: int) -> None:
    memory, ids = AnswerMemory(), new_ids(len(values))
    logged = [value if math.isfinite(value) else None for value in values]
    memory.keep("r", DIGEST, (model, revision), (bytes.fromhex("".join(ids)), logged))
    assert memory.find("r", DIGEST) == answer_body(answer_head(model, revision), ids, values)


def test_the_oldest_go_first_and_an_id_is_kept_once() -> None:
    memory = AnswerMemory(most_rows=10)
    for number in range(20):
        memory.keep(f"r-{number}", DIGEST, ("delay/1", 1), (bytes(32), [0.5, None]))
        memory.keep(f"r-{number}", DIGEST, ("delay/1", 1), (bytes(32), [0.25, None]))
    assert len(memory) == 5
    assert memory.find("r-14", DIGEST) is None
    found = memory.find("r-15", DIGEST)
    assert found is not None
    assert [row["value"] for row in msgspec.json.decode(found)["predictions"]] == [0.25, None]
    memory.keep("large", DIGEST, ("delay/1", 1), (bytes(16 * 50), [0.5] * 50))
    assert (len(memory), memory.find("large", DIGEST) is not None) == (1, True)


def test_another_body_is_a_conflict() -> None:
    memory = AnswerMemory()
    memory.keep("r", DIGEST, ("delay/1", 1), (bytes(16), [0.5]))
    with pytest.raises(ConflictError, match="'r' was answered before"):
        memory.find("r", body_digest(b"other"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"rows": [{"a": "\\"request_id\\""}], "request_id": "x"}', "x"),
        (b'{"rows": [{"request_id": "inner"}]}', None),
        (b'{"rows": [], "request_id": ""}', None),
        (b'{"rows": [], "request_id": 7}', None),
        (b"{", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_the_id_of_a_body_is_told(body: bytes, expected: str | None) -> None:
    assert request_id_of(body) == expected


def _append(writer: LogWriter, request_id: str) -> None:
    body = msgspec.json.encode({"rows": [{"hour": 1}], "request_id": request_id})
    record = PredictionsRecord(1, 1, bytes.fromhex(new_ids(1)[0]), [0.5], body, [])
    writer.append_normal(writer.endpoint("default", "delay"), [Entry(REVISION, encode_record(record), 1)])


def _read(follower: LogFollower) -> list[str | None]:
    return [request_id_of(record.body) for _, record in follower.read()]


def test_a_log_is_followed_as_it_grows_over_its_segments(home: Path) -> None:
    writer = LogWriter(home, take_slot(home), lambda _: None, LogLimits(segment_bytes=2_000, sync_every_s=0.01))
    writer.start()
    follower = LogFollower(home / "default" / "delay", "other", b'"request_id"')
    assert _read(follower) == []
    read: list[str | None] = []
    for number in range(100):
        _append(writer, f"r-{number}")
        if number % 7 == 0:
            read += _read(follower)
    writer.close()
    read += _read(follower)
    assert read == [f"r-{number}" for number in range(100)]
    assert _read(follower) == []


def test_ones_own_segments_are_not_followed(home: Path) -> None:
    slot = take_slot(home)
    writer = LogWriter(home, slot, lambda _: None)
    _append(writer, "mine")
    assert _read(LogFollower(home / "default" / "delay", slot.epoch, b"")) == []
    assert _read(LogFollower(home / "default" / "delay", "other", b"")) == ["mine"]


def test_reading_begins_near_the_end_of_each_workers_log(home: Path) -> None:
    first, second = take_slot(home), take_slot(home)
    for slot in (first, second):
        writer = LogWriter(home, slot, lambda _: None, LogLimits(segment_bytes=300_000, sync_every_s=60))
        writer.start()
        for number in range(12_000):
            _append(writer, f"{slot.worker}-{number}")
        writer.close()
    read = _read(LogFollower(home / "default" / "delay", "other", b'"request_id"', tail_bytes=400_000))
    for slot in (first, second):
        mine = [id_ for id_ in read if id_ and id_.startswith(slot.worker)]
        assert mine[-1] == f"{slot.worker}-11999"
        assert mine == [f"{slot.worker}-{number}" for number in range(12_000 - len(mine), 12_000)]
        assert 1_000 < len(mine) < 6_000


def test_what_is_old_is_left_and_what_is_torn_is_awaited(home: Path) -> None:
    slot = take_slot(home)
    old = LogWriter(home, WorkerSlot("w9", new_ids(1)[0], slot.descriptor), lambda _: None)
    old.start()
    _append(old, "old")
    old.close()
    (path,) = (home / "default" / "delay").glob("*.sealed")
    long_ago = time.time() - RECENT_S - 60
    os.utime(path, (long_ago, long_ago))
    writer = LogWriter(home, slot, lambda _: None)
    _append(writer, "whole")
    _append(writer, "torn")
    (path,) = (home / "default" / "delay").glob("*.open")
    data = path.read_bytes()
    path.write_bytes(data[:-5])
    follower = LogFollower(home / "default" / "delay", "other", b'"request_id"')
    assert _read(follower) == ["whole"]
    with path.open("ab") as file:
        file.write(data[-5:])
    assert _read(follower) == ["torn"]
