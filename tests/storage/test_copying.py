"""Copying a store: equal afterwards, gone on with wherever it is interrupted, and never over another store."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import BinaryIO

import pytest

from tests.storage.small_store import SmallStore, small_store, state_of
from tidemill.core import ConflictError, DamagedError, SystemClock, UsageError, new_id
from tidemill.storage import LocalBlobs
from tidemill.storage.blobs.port import StoredBlob
from tidemill.storage.copies.copied_tables import KEYRING, copied_tables
from tidemill.storage.copies.copying import copy_blobs
from tidemill.storage.stores import UNFINISHED_COPY, Place, StoreCopy, copy_store
from tidemill.storage.verification import verify_chain
from tools.schema import room_metadata

CLOCK = SystemClock()


@pytest.fixture
def store(home: Path) -> Iterator[SmallStore]:
    made = small_store(home, 30)
    yield made
    made.database.close()


def _copy(source: Path, target: Path) -> StoreCopy:
    return copy_store(Place(source), Place(target), CLOCK)


def _run(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "records.db", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_every_table_of_every_room_is_copied_by_its_key() -> None:
    tables = {copied.name: copied for copied in copied_tables()}
    rooms = {name: table for name, table in room_metadata().tables.items() if name != KEYRING}
    assert set(tables) == set(rooms)
    for name, table in rooms.items():
        assert [each.name for each in tables[name].table.columns] != []
        assert {each.name for each in tables[name].table.columns} == {each.name for each in table.columns}
        assert {each.name for each in tables[name].key} == {each.name for each in table.primary_key.columns}


def test_what_a_collector_has_set_aside_and_a_record_names_is_copied(store: SmallStore, tmp_path: Path) -> None:
    """So a blob lies for a moment that was looked for before it was set aside, and named afterwards."""
    for blob in store.blobs.list(limit=3):
        store.blobs.aside.set_aside(blob.digest, new_id())
    assert _copy(store.home, tmp_path / "copy").blobs.n_blobs == 30
    assert state_of(tmp_path / "copy") == state_of(store.home)


def test_a_copy_is_equal_and_a_store_of_its_own(store: SmallStore, tmp_path: Path) -> None:
    done = _copy(store.home, tmp_path / "copy")
    assert state_of(tmp_path / "copy") == state_of(store.home)
    assert not (tmp_path / "copy" / UNFINISHED_COPY).exists()
    assert (done.blobs.n_blobs, done.blobs.n_sent) == (30, 30)
    assert {each.name: each.n_rows for each in done.records.tables}["ingested_part"] == 30
    again = SmallStore(tmp_path / "copy")
    again.change(100)
    report = again.database.read(verify_chain)
    again.database.close()
    assert (report.sound, report.head.position) == (True, done.records.head.position + 1)


def test_a_second_copy_writes_what_changed_and_takes_out_what_is_gone(store: SmallStore, tmp_path: Path) -> None:
    _copy(store.home, tmp_path / "copy")
    store.change(77)
    _run(
        store.home,
        "UPDATE job SET state = 'done', result = '[1]' WHERE id = 'j0'",
        "DELETE FROM job WHERE id IN ('j1', 'j2')",
        "UPDATE job SET id = 'j1' WHERE id = 'j3'",  # its unique key moves to another row
    )
    done = _copy(store.home, tmp_path / "copy")
    assert state_of(tmp_path / "copy") == state_of(store.home)
    written = {each.name: each.n_written for each in done.records.tables if each.n_written}
    assert written == {"event": 1, "ingested_part": 1, "prediction_part": 1, "job": 2}
    assert done.blobs.n_sent == 1
    assert not [each for each in _copy(store.home, tmp_path / "copy").records.tables if each.n_written]


def test_wherever_a_copy_is_interrupted_it_says_so_and_goes_on(store: SmallStore, tmp_path: Path) -> None:
    for at in (1, 4, 17, 40, 61, 83, 500):
        left = at

        def told(_what: str, _done: int, _total: int) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

        target = tmp_path / str(at)
        try:
            copy_store(Place(store.home), Place(target), CLOCK, told)
        except KeyboardInterrupt:
            assert (target / UNFINISHED_COPY).exists()
            _copy(store.home, target)
        assert state_of(target) == state_of(store.home)
        if left > 0:
            break
    assert at == 500


def test_another_store_is_never_written_over(store: SmallStore, tmp_path: Path) -> None:
    other = small_store(tmp_path / "other", 3)
    other.database.close()
    before = state_of(other.home)
    with pytest.raises(ConflictError, match="no earlier part of a copy"):
        _copy(store.home, other.home)
    _copy(store.home, tmp_path / "copy")
    went_on = SmallStore(tmp_path / "copy")
    went_on.change(99)
    went_on.database.close()
    with pytest.raises(ConflictError, match="no earlier part of a copy"):
        _copy(store.home, tmp_path / "copy")
    assert state_of(other.home) == before
    with pytest.raises(UsageError, match="lie in each other"):
        _copy(store.home, store.home)
    with pytest.raises(UsageError, match="no store"):
        _copy(tmp_path / "nowhere", tmp_path / "more")
    with pytest.raises(UsageError, match="URL"):
        copy_store(Place(store.home), Place(tmp_path / "more", records="gopher://x"), CLOCK)


def test_a_row_that_came_out_otherwise_is_found(store: SmallStore, tmp_path: Path) -> None:
    def tamper(what: str, done: int, _total: int) -> None:
        if what == "checking" and done == 0:
            _run(tmp_path / "copy", "UPDATE job SET attempt = 7 WHERE id = 'j4'")

    with pytest.raises(DamagedError, match="table job"):
        copy_store(Place(store.home), Place(tmp_path / "copy"), CLOCK, tamper)
    assert (tmp_path / "copy" / UNFINISHED_COPY).exists()


def test_a_chain_that_is_not_sound_is_not_passed_on_in_silence(store: SmallStore, tmp_path: Path) -> None:
    _run(store.home, "UPDATE event SET actor = 'eve' WHERE position = 5")
    with pytest.raises(DamagedError, match="chain of events is not sound"):
        _copy(store.home, tmp_path / "copy")


def test_a_damaged_blob_is_not_passed_on(store: SmallStore, tmp_path: Path) -> None:
    blob = next((store.home / "blobs").glob("??/*"))
    blob.chmod(0o600)
    blob.write_bytes(b"other")
    with pytest.raises(DamagedError, match="damaged"):
        _copy(store.home, tmp_path / "copy")


def test_an_empty_store_is_copied(tmp_path: Path) -> None:
    SmallStore(tmp_path / "empty").database.close()
    done = _copy(tmp_path / "empty", tmp_path / "copy")
    assert done.records.head.position == 0
    shutil.rmtree(tmp_path / "copy")


def test_what_is_written_meanwhile_is_not_half_in_the_copy(store: SmallStore, tmp_path: Path) -> None:
    def write(what: str, done: int, _total: int) -> None:
        if what in ("event", "prediction_part") and done == 0:
            store.change(500 if what == "event" else 501)

    copy_store(Place(store.home), Place(tmp_path / "copy"), CLOCK, write)
    with closing(sqlite3.connect(tmp_path / "copy" / "records.db")) as connection:
        for table in ("ingested_part", "prediction_part", "event"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (30,)
    _copy(store.home, tmp_path / "copy")
    assert state_of(tmp_path / "copy") == state_of(store.home)


class _Impatient:
    """A place for blobs in which eight must be on their way before one of them comes through, soon."""

    def __init__(self, blobs: LocalBlobs) -> None:
        self._blobs, self._gate = blobs, Barrier(8, timeout=3)

    def list(self, after: str = "", limit: int = 1000) -> Sequence[StoredBlob]:
        return self._blobs.list(after, limit)

    def put_stream(self, source: BinaryIO, digest: str) -> StoredBlob:
        self._gate.wait()
        return self._blobs.put_stream(source, digest)


def test_small_blobs_are_sent_many_at_a_time_and_none_after_an_interruption(tmp_path: Path) -> None:
    source, target = LocalBlobs(tmp_path / "source"), LocalBlobs(tmp_path / "target")
    digests = {source.put(b"blob %d" % number) for number in range(32)}
    large = source.put(bytes(3 << 20))
    told: list[tuple[str, int, int]] = []
    with pytest.raises(BrokenBarrierError):  # the large one goes alone
        copy_blobs(source, _Impatient(target), lambda *at: told.append(at))  # type: ignore[arg-type]
    assert {each.digest for each in target.list()} == digests
    assert [at for _, at, _ in told] == list(range(32))
    done = copy_blobs(source, target)
    assert (done.n_blobs, done.n_sent, done.sent_bytes) == (33, 1, 3 << 20)
    assert target.get(large) == bytes(3 << 20)


def test_a_copy_that_is_broken_off_sends_no_more_than_what_is_on_its_way(tmp_path: Path) -> None:
    source, target = LocalBlobs(tmp_path / "source"), LocalBlobs(tmp_path / "target")
    for number in range(600):
        source.put(b"blob %d" % number)

    def stop(_what: str, at: int, _total: int) -> None:
        if at == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_blobs(source, target, stop)
    n_there = len(target.list())
    assert 3 <= n_there <= 256
    assert copy_blobs(source, target).n_sent == 600 - n_there
