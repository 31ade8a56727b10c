"""The prediction log: what was answered is found again, at each durability, over segments, crashes and damage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.serving.running import until
from tidemill.core import UnavailableError, new_id, new_ids
from tidemill.serving import PredictionLog
from tidemill.serving.log_writer import Entry, LogLimits, LogWriter
from tidemill.serving.records import PredictionsRecord, RevisionRecord, encode_record
from tidemill.serving.worker_slot import WorkerSlot, recover, take_slot

REVISION = RevisionRecord(1, "delay/1", "scheduled_at", "flight_id", ())


def _entry(ids: list[str], revision: RevisionRecord = REVISION, **row: Any) -> Entry:
    body = msgspec.json.encode({"rows": [{"hour": index, **row} for index, _ in enumerate(ids)], "request_id": "r"})
    values: list[float | None] = [0.5] * len(ids)
    record = PredictionsRecord(1_000_000, revision.revision, bytes.fromhex("".join(ids)), values, body, [])
    return Entry(revision, encode_record(record), len(ids))


@contextmanager
def _writer(root: Path, limits: LogLimits | None = None) -> Iterator[tuple[LogWriter, list[str]]]:
    said: list[str] = []
    writer = LogWriter(root, take_slot(root), said.append, limits)
    writer.start()
    try:
        yield writer, said
    finally:
        writer.close()


def test_a_logged_prediction_is_found_at_once_with_all_that_was_sent(home: Path) -> None:
    ids = new_ids(2)
    with _writer(home) as (writer, _):
        log = writer.endpoint("default", "delay")
        writer.append_normal(log, [_entry(ids, flight_id="UA1", scheduled_at="2013-03-01T05:00:00-05:00")])
        found = PredictionLog(home).find(ids[1])
    assert found is not None
    assert found.row == {"hour": 1, "flight_id": "UA1", "scheduled_at": "2013-03-01T05:00:00-05:00"}
    assert (found.key, found.model, found.revision, found.request_id, found.value) == ("UA1", "delay/1", 1, "r", 0.5)
    assert found.event_at.isoformat() == "2013-03-01T10:00:00+00:00"
    assert found.recorded_at.isoformat() == "1970-01-01T00:00:01+00:00"
    assert PredictionLog(home).endpoints() == [("default", "delay")]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_an_instant_beyond_the_calendar_is_read_as_its_end(home: Path, sent: str, read: str) -> None:
    ids = new_ids(1)
    with _writer(home) as (writer, _):
        writer.append_normal(writer.endpoint("default", "delay"), [_entry(ids, flight_id="UA1", scheduled_at=sent)])
        found = PredictionLog(home).find(ids[0])
    assert found is not None
    assert found.event_at.isoformat() == read


def test_unknown_ids_are_not_found(home: Path) -> None:
    log = PredictionLog(home / "nothing")
    assert log.find(new_id()) is None
    assert log.find("no id") is None
    assert list(log.scan("default", "delay")) == []
    assert log.damage("default", "delay") == []


def test_a_full_segment_is_sealed_and_every_segment_explains_itself(home: Path) -> None:
    ids = new_ids(60)
    with _writer(home, LogLimits(segment_bytes=600, sync_every_s=0.01)) as (writer, _):
        log = writer.endpoint("default", "delay")
        for id_ in ids:
            writer.append_normal(log, [_entry([id_])])
        folder = home / "default" / "delay"
        until(lambda: len(list(folder.glob("*.sealed"))) > 5, "segments are sealed while writing goes on")
    assert not list(folder.glob("*.open"))
    assert [found.prediction_id for found in PredictionLog(home).scan("default", "delay")] == ids
    assert all(PredictionLog(home).find(id_) for id_ in ids)


def test_a_new_revision_is_told_apart_in_the_same_segment(home: Path) -> None:
    first, second = new_ids(2)
    with _writer(home) as (writer, _):
        log = writer.endpoint("default", "delay")
        writer.append_normal(log, [_entry([first])])
        writer.append_normal(log, [_entry([second], RevisionRecord(2, "delay/2", None, None, ()))])
    models = [found.model for found in PredictionLog(home).scan("default", "delay")]
    assert models == ["delay/1", "delay/2"]


def test_strict_is_answered_after_fsync(home: Path) -> None:
    with _writer(home, LogLimits(sync_every_s=60)) as (writer, _):
        log = writer.endpoint("default", "delay")
        outcomes: list[Exception | None] = []
        stored = threading.Event()

        def done(error: Exception | None) -> None:
            outcomes.append(error)
            stored.set()

        writer.append_strict(log, [_entry(new_ids(1))], done)
        assert stored.wait(10)
        assert outcomes == [None]
        assert log.segment is not None
        assert log.segment.n_synced == log.segment.n_bytes > 0


def test_strict_is_refused_and_normal_counts_when_nothing_can_be_written(home: Path) -> None:
    with _writer(home) as (writer, said):
        (home / "default").write_text("a file where a folder must be")
        log = writer.endpoint("default", "delay")
        outcomes: list[Exception | None] = []
        writer.append_strict(log, [_entry(new_ids(1))], outcomes.append)
        assert isinstance(outcomes[0], UnavailableError)
        writer.append_normal(log, [_entry(new_ids(3))])
        assert (log.counts.n_stored, log.counts.n_dropped) == (0, 3)
        assert len(said) == 1
        assert "answers go on" in said[0]


def test_lossy_is_bounded_and_counts_exactly(home: Path) -> None:
    with _writer(home, LogLimits(lossy_bytes=4_000, lossy_every_s=60)) as (writer, _):
        log = writer.endpoint("default", "delay")
        for _ in range(100):
            writer.append_lossy(log, [_entry(new_ids(1))])
    stored = list(PredictionLog(home).scan("default", "delay"))
    assert 0 < len(stored) < 100
    assert (log.counts.n_stored, log.counts.n_dropped) == (len(stored), 100 - len(stored))


def test_an_old_epoch_is_healed_and_sealed_by_the_next_holder_of_the_slot(home: Path) -> None:
    ids = new_ids(3)
    slot = take_slot(home)
    writer = LogWriter(home, slot, lambda _: None)
    for id_ in ids:
        writer.append_normal(writer.endpoint("default", "delay"), [_entry([id_])])
    (path,) = (home / "default" / "delay").glob("*.open")
    path.write_bytes(path.read_bytes()[:-3])
    assert take_slot(home).worker == "w2", "the first slot is held"
    (torn,) = recover(home, WorkerSlot(slot.worker, new_id(), slot.descriptor))
    assert torn.tail
    assert path.with_suffix(".sealed").exists()
    log = PredictionLog(home)
    assert [found.prediction_id for found in log.scan("default", "delay")] == ids[:2]
    assert log.damage("default", "delay") == []


@pytest.mark.parametrize("position", ["first", "middle", "last"])
def test_damage_is_reported_and_costs_its_own_record(home: Path, position: str) -> None:
    ids = new_ids(5)
    with _writer(home) as (writer, _):
        for id_ in ids:
            writer.append_normal(writer.endpoint("default", "delay"), [_entry([id_])])
    (path,) = (home / "default" / "delay").glob("*.sealed")
    data = bytearray(path.read_bytes())
    index = {"first": 0, "middle": 2, "last": 4}[position]
    data[data.index(bytes.fromhex(ids[index])) + 3] ^= 1
    path.write_bytes(data)
    log = PredictionLog(home)
    kept = [id_ for id_ in ids if id_ != ids[index]]
    assert [found.prediction_id for found in log.scan("default", "delay")] == kept
    assert log.find(ids[index]) is None
    assert len(log.damage("default", "delay")) == 1


def test_many_threads_write_whole_records(home: Path) -> None:
    ids = [new_ids(1)[0] for _ in range(400)]
    with _writer(home, LogLimits(segment_bytes=5_000, sync_every_s=0.001)) as (writer, _):
        log = writer.endpoint("default", "delay")

        def write(part: list[str]) -> None:
            for id_ in part:
                writer.append_normal(log, [_entry([id_])])

        threads = [threading.Thread(target=write, args=(ids[start::4],)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {found.prediction_id for found in PredictionLog(home).scan("default", "delay")} == set(ids)
    assert PredictionLog(home).damage("default", "delay") == []


def test_the_tail_is_the_end_of_the_log_whatever_is_torn_or_damaged(home: Path) -> None:
    batches = [new_ids(3) for _ in range(6)]
    with _writer(home) as (writer, _):
        log = writer.endpoint("default", "delay")
        for number, ids in enumerate(batches):
            revision = RevisionRecord(1 + number // 3, f"delay/{1 + number // 3}", "", "", ())
            writer.append_normal(log, [_entry(ids, revision)])
    (path,) = (home / "default" / "delay").glob("w*")
    whole, read = path.read_bytes(), PredictionLog(home)
    expected = [id_ for ids in reversed(batches) for id_ in reversed(ids)]

    def tail(limit: int) -> list[str]:
        return [each.prediction_id for each in read.tail("default", "delay", limit)]

    assert tail(100) == expected
    assert tail(4) == expected[:4]
    assert {each.model for each in read.tail("default", "delay", 100)} == {"delay/1", "delay/2"}
    path.write_bytes(whole[:-5])
    assert tail(4) == expected[3:7], "a torn record is left out"
    path.write_bytes(whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:])
    assert tail(4) == expected[3:7], "a damaged record is left out"
    middle = whole.index(bytes.fromhex(batches[2][0]))
    path.write_bytes(whole[: middle - 40] + b"\x00" * 60 + whole[middle + 20 :])
    assert tail(9) == expected[:9], "damage costs its own records only"
    path.write_bytes(b"")
    assert tail(4) == []
