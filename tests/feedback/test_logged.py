"""The prediction log as columns: every row exactly once, whatever happens to files, processes and clocks."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.feedback.conftest import START, Store
from tests.feedback.log import REVISION, parcels, writing
from tidemill.core import UnavailableError, new_ids
from tidemill.feedback import inputs_of
from tidemill.feedback.logged import PART_ROWS
from tidemill.serving.records import RevisionRecord

HOUR = timedelta(hours=1)
EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
WHOLE = "import sys; from tests.feedback.reader import read; read(*sys.argv[1:])"


def test_what_was_logged_is_there_under_its_own_names(store: Store) -> None:
    with writing(store.root) as log:
        ids = log.write(parcels(3, START), at=START + HOUR)
        caught = store.logged.catch_up("default", "delay")
        frame = store.logged.frame("default", "delay", START, START + timedelta(minutes=20))
    assert (caught.n_rows, caught.first_event_at, caught.last_event_at) == (3, START, START + timedelta(minutes=20))
    assert frame.columns[:6] == ["prediction_id", "event_at", "recorded_at", "model", "value", "key"]
    assert frame.to_dicts() == [
        {
            "prediction_id": ids[index],
            "event_at": START + index * timedelta(minutes=10),
            "recorded_at": START + HOUR,
            "model": "delay/1",
            "value": value,
            "key": f"p{index}",
            "parcel_id": f"p{index}",
            "sent_at": f"2013-03-04T00:{index}0:00Z",
            "depot": depot,
            "weight": index + 0.5,
            "n_sent": n_sent,
        }
        for index, (value, depot, n_sent) in enumerate([(0.25, "A", None), (0.75, "B", 7.0)])
    ]


def test_an_instant_beyond_the_calendar_is_read_as_its_end(store: Store) -> None:
    sent = ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-12:00"]
    with writing(store.root) as log:
        log.write([row | {"sent_at": at} for row, at in zip(parcels(2, START), sent, strict=True)], at=START)
        assert store.logged.catch_up("default", "delay").n_rows == 2
    times = store.logged.event_times("default", "delay")
    assert [f"{at:%m-%d %H:%M:%S.%f}" for at in times] == ["01-01 00:00:00.000000", "12-31 23:59:59.999999"]
    span = store.logged.span("default", "delay")
    assert span is not None
    assert span.first_event_at == span.last_event_at == EVER[0]


def test_reading_goes_on_where_it_stopped_in_this_process_and_in_the_next(store: Store) -> None:
    with writing(store.root) as log:
        log.write(parcels(4, START), at=START)
        assert store.logged.catch_up("default", "delay").n_rows == 4
        assert store.logged.catch_up("default", "delay").n_rows == 0
        log.write(parcels(2, START), at=START)
        other = store.again()
        assert other.logged.catch_up("default", "delay").n_rows == 2
        assert store.logged.catch_up("default", "delay").n_rows == 0
        log.write(parcels(1, START), at=START)
        assert store.logged.catch_up("default", "delay").n_rows == 1
    assert store.logged.catch_up("default", "delay").n_rows == 0
    for reader in (store, other, store.again()):
        found = reader.logged.frame("default", "delay", *EVER)["prediction_id"].to_list()
        assert sorted(found) == sorted(log.ids)


def test_a_revision_that_another_process_has_read_of_is_known(store: Store) -> None:
    second = RevisionRecord(2, "delay/2", "sent_at", "parcel_id", ())
    other = store.again()
    with writing(store.root) as log:
        log.write(parcels(4, START), at=START)
        assert store.logged.catch_up("default", "delay").n_rows == 4
        log.write(parcels(3, START), at=START, revision=second)  # describes the revision, and the other one reads it
        assert other.logged.catch_up("default", "delay").n_rows == 3
        log.write(parcels(2, START), at=START, revision=second)
        assert store.logged.catch_up("default", "delay").n_rows == 2
    found = store.again().logged.frame("default", "delay", *EVER)
    assert sorted(found["prediction_id"].to_list()) == sorted(log.ids)
    assert found["model"].value_counts().sort("model").rows() == [("delay/1", 4), ("delay/2", 5)]


def test_a_torn_tail_is_left_until_it_is_whole(store: Store) -> None:
    with writing(store.root) as log:
        log.write(parcels(2, START), at=START)
        (segment,) = (store.root / "default" / "delay").glob("*.open")
        whole = segment.read_bytes()
        log.write(parcels(3, START), at=START)
        later = segment.read_bytes()
        for cut in (1, 4, 11, 13, len(later) - len(whole) - 1):
            os.truncate(segment, len(whole) + cut)
            assert store.again().logged.catch_up("default", "delay").n_rows in {0, 2}
            with segment.open("ab") as file:
                file.write(later[len(whole) + cut :])
        assert store.logged.catch_up("default", "delay").n_rows == 3
        assert store.logged.frame("default", "delay", *EVER).height == 5


def test_a_damaged_block_costs_its_own_rows_only(store: Store) -> None:
    with writing(store.root) as log:
        log.write(parcels(2, START), at=START)
        (segment,) = (store.root / "default" / "delay").glob("*.open")
        begin = segment.stat().st_size
        log.write(parcels(3, START), at=START)
        log.write(parcels(4, START), at=START)
        with segment.open("r+b") as file:
            file.seek(begin + 40)
            file.write(b"\0\0\0\0")
        assert store.logged.catch_up("default", "delay").n_rows == 6
    store.logged.catch_up("default", "delay")
    assert store.again().logged.frame("default", "delay", *EVER).height == 6


def test_what_a_power_cut_took_from_the_log_stops_nobody(store: Store) -> None:
    with writing(store.root) as log:
        log.write(parcels(2, START), at=START)
        (segment,) = (store.root / "default" / "delay").glob("*.open")
        durable = segment.stat().st_size
        log.write(parcels(3, START), at=START)
        store.logged.catch_up("default", "delay")
    (sealed,) = (store.root / "default" / "delay").glob("*.sealed")
    os.truncate(sealed, durable)
    after = store.again()
    with writing(store.root) as log:
        log.write(parcels(4, START), at=START)
        assert after.logged.catch_up("default", "delay").n_rows == 4
    assert after.logged.catch_up("default", "delay").n_rows == 0
    assert after.logged.frame("default", "delay", *EVER).height == 6


def test_few_rows_stay_in_the_log_and_many_are_kept_together(store: Store) -> None:
    with writing(store.root) as log:
        for index in range(40):
            log.write(parcels(1, START + index * HOUR), at=START)
            store.logged.catch_up("default", "delay")
        assert store.blobs() == []
        log.write(parcels(PART_ROWS, START), at=START)
        store.logged.catch_up("default", "delay")
        assert len(store.blobs()) == 1
        log.write(parcels(5, START), at=START)
        store.logged.catch_up("default", "delay")
    assert len(store.blobs()) == 1
    store.logged.catch_up("default", "delay")
    assert len(store.blobs()) == 2, "a complete segment is kept"
    for segment in (store.root / "default" / "delay").glob("*.sealed"):
        segment.unlink()
    assert sorted(store.again().logged.frame("default", "delay", *EVER)["prediction_id"]) == sorted(log.ids)


def test_many_segments_are_read_in_any_state(store: Store) -> None:
    with writing(store.root, segment_bytes=2000, sync_every_s=0.01) as log:
        for index in range(125):
            log.write(parcels(2, START + index * HOUR), at=START)
            if index % 7 == 0:
                store.logged.catch_up("default", "delay")
    assert store.again().logged.catch_up("default", "delay").n_rows > 0
    assert store.logged.catch_up("default", "delay").n_rows == 0
    assert sorted(store.logged.frame("default", "delay", *EVER)["prediction_id"]) == sorted(log.ids)
    span = store.logged.span("default", "delay")
    assert span is not None
    assert span.n_rows == len(log.ids)


def test_a_prediction_id_that_was_read_before_is_left_out(store: Store) -> None:
    with writing(store.root) as log:
        first = log.write(parcels(3, START), at=START)
        store.logged.catch_up("default", "delay")
        twice = new_ids(1) * 2
        log.write(parcels(5, START), at=START, ids=[*first[:2], *twice, new_ids(1)[0]])
        assert store.logged.catch_up("default", "delay").n_rows == 2
        log.write(parcels(1, START), at=START)
        store.logged.catch_up("default", "delay")
    store.logged.catch_up("default", "delay")
    for reader in (store, store.again()):
        found = reader.logged.frame("default", "delay", *EVER)["prediction_id"].to_list()
        assert sorted(found) == sorted(set(log.ids))


def test_repeated_rows_that_begin_a_segment_hide_none_of_those_after_them(store: Store) -> None:
    with writing(store.root) as log:
        first = log.write(parcels(3, START), at=START)
    store.logged.catch_up("default", "delay")
    with writing(store.root) as log:
        log.write(parcels(3, START), at=START, ids=first)
        assert store.logged.catch_up("default", "delay").n_rows == 0
        new = log.write(parcels(3, START), at=START)
        assert store.logged.catch_up("default", "delay").n_rows == 3
        for reader in (store, store.again()):
            found = reader.logged.frame("default", "delay", *EVER)["prediction_id"].to_list()
            assert sorted(found) == sorted([*first, *new])


def test_columns_may_differ_between_revisions_and_values_between_rows(store: Store) -> None:
    with writing(store.root) as log:
        log.write(
            [{"sent_at": "2013-03-04T00:00:00Z", "parcel_id": 7, "weight": 3, "depot": None, "big": 3 * 10**38}],
            at=START,
        )
        rows: list[dict[str, Any]] = [
            {"sent_at": "2013-03-04T03:00:00.250+02:00", "code": "x", "weight": 2.5, "depot": "A", "fragile": True},
            {"sent_at": "2013-03-04T02:00:00", "code": 9, "weight": None, "depot": 4, "fragile": None},
            {"sent_at": None, "code": None, "weight": 1, "depot": True, "fragile": False},
        ]
        record = RevisionRecord(2, "delay/2", "sent_at", "code", ())
        log.write(rows, at=START + 9 * HOUR, revision=record)
        log.write(parcels(1, START + 20 * HOUR), at=START, revision=REVISION)
        store.logged.catch_up("default", "delay")
    frame = store.logged.frame("default", "delay", *EVER)
    assert frame["model"].to_list() == ["delay/1", "delay/2", "delay/2", "delay/2", "delay/1"]
    assert frame["key"].to_list() == ["7", "x", "9", None, "p0"]
    assert frame["event_at"].to_list() == [
        START,
        START + HOUR + timedelta(milliseconds=250),
        START + 2 * HOUR,
        START + 9 * HOUR,
        START + 20 * HOUR,
    ]
    assert frame["weight"].to_list() == [3.0, 2.5, None, 1.0, 0.5]
    assert frame["depot"].to_list() == [None, "A", "4", "true", "A"]
    assert frame["big"].to_list() == [3e38, None, None, None, None]
    assert frame["fragile"].to_list() == [None, True, None, False, None]


def test_columns_with_our_names_are_given_back_to_the_model(store: Store) -> None:
    revision = RevisionRecord(1, "cars/1", "event_at", None, ())
    row = {"event_at": "2013-03-04T00:00:00Z", "model": "T", "value": 3, "label": "x", "hour": 7}
    with writing(store.root) as log:
        log.write([row], at=START, revision=revision)
        store.logged.catch_up("default", "delay")
    frame = store.feedback.labelled("default", "delay", *EVER)
    assert (frame["model"].item(), frame["value"].item(), frame["label"].item()) == ("cars/1", 0.25, None)
    assert inputs_of(frame).to_dicts() == [row]


def test_the_span_leaves_out_what_is_dated_in_the_future(store: Store) -> None:
    now = store.clock.now()
    with writing(store.root) as log:
        log.write(parcels(2, now - HOUR), at=now)
        log.write(parcels(1, now + timedelta(days=400)), at=now)
        log.write(parcels(1, now + timedelta(minutes=4)), at=now)
        store.logged.catch_up("default", "delay")
    span = store.logged.span("default", "delay")
    assert span is not None
    assert (span.first_event_at, span.last_event_at) == (now - HOUR, now + timedelta(minutes=4))
    assert (span.last_recorded_at, span.n_rows) == (now, 4)
    store.logged.catch_up("default", "delay")
    assert store.again().logged.span("default", "delay") == span
    store.clock.advance(timedelta(days=400))
    moved = store.logged.span("default", "delay")
    assert moved is not None
    assert moved.last_event_at == now + timedelta(days=400)


def test_nothing_logged_is_no_span_and_an_empty_frame(store: Store) -> None:
    assert store.logged.catch_up("default", "delay").n_rows == 0
    assert store.logged.span("default", "delay") is None
    assert store.logged.frame("default", "delay", *EVER).columns[0] == "prediction_id"
    assert not (store.root / "default").exists()


def test_a_full_disk_keeps_the_state_and_is_made_good_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with writing(store.root) as log:
        log.write(parcels(PART_ROWS, START), at=START)
        with monkeypatch.context() as patched:
            patched.setattr("tidemill.storage.LocalBlobs.put", refuse)
            with pytest.raises(UnavailableError, match=r"No space left on device.*see to the disk"):
                store.logged.catch_up("default", "delay")
        assert store.logged.span("default", "delay") is None
        assert store.logged.catch_up("default", "delay").n_rows == PART_ROWS


def test_readers_that_are_killed_at_any_moment_neither_lose_nor_double_a_row(store: Store) -> None:
    def start() -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        return subprocess.Popen([sys.executable, "-c", WHOLE, str(store.home)], env=environment)

    readers = [start(), start()]
    with writing(store.root, segment_bytes=100_000, sync_every_s=0.05) as log:
        for index in range(160):
            log.write(parcels(60, START + index * HOUR), at=START)
            time.sleep(0.02)
            if index % 20 == 19:
                victim = readers.pop(0)
                victim.send_signal(signal.SIGKILL)
                victim.wait(10)
                readers.append(start())
    for reader in readers:
        reader.kill()
        reader.wait(10)
    store.logged.catch_up("default", "delay")
    frame = store.logged.frame("default", "delay", *EVER)
    assert sorted(frame["prediction_id"]) == sorted(log.ids)
    span = store.logged.span("default", "delay")
    assert span is not None
    assert span.n_rows == len(log.ids)
    assert frame.select(pl.col("n_sent").null_count()).item() == 160 * 20
