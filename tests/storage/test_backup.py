"""Backups: equal when nobody writes, a prefix of what was acknowledged when somebody does, and never half of one."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.storage.small_store import SEGMENT, SmallStore, blobs_of, log_of, rows_of, small_store, state_of
from tidemill.core import ConflictError, DamagedError, Event, SystemClock, UnavailableError, UsageError, new_id
from tidemill.storage import InFlight
from tidemill.storage.blobs.collection import BlobCollection, CollectedFolder
from tidemill.storage.copies.backup import back_up
from tidemill.storage.copies.backup_manifest import backups_in
from tidemill.storage.copies.restoring import check_backup, restore
from tidemill.storage.schema import open_database
from tidemill.storage.verification import verify_chain

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def store(home: Path) -> Iterator[SmallStore]:
    made = small_store(home)
    yield made
    made.database.close()


def test_a_backup_is_sound_and_restores_to_an_equal_store(store: SmallStore, tmp_path: Path) -> None:
    backup = back_up(store.home, tmp_path / "backups", NOW)
    assert backup.folder.name == "2026-11-21T000000Z"
    report = check_backup(backup.folder)
    assert (report.sound, report.findings) == (True, ())
    assert backup.manifest.n_blobs == backup.n_new_blobs == 12
    assert backup.manifest.tables["ingested_part"] == 12
    restored = tmp_path / "restored"
    restore(backup.folder, restored)
    assert state_of(restored) == state_of(store.home)
    assert not (restored / "logs").exists()
    assert {each.name for each in restored.iterdir() if not each.name.startswith(".backups.")} == {
        "records.db", "online.db", "blobs", "predictions", "serving", "clock",
    }  # fmt: skip
    again = SmallStore(restored)
    again.change(100)
    assert again.database.read(verify_chain).head.position == backup.manifest.position + 1
    again.database.close()
    assert check_backup(backup.folder).sound  # nothing is shared with what was restored


@pytest.mark.parametrize("link", [True, False])
def test_what_a_collector_has_set_aside_and_a_record_names_is_backed_up(
    store: SmallStore, tmp_path: Path, link: bool
) -> None:
    """So a blob lies for a moment that was looked for before it was set aside, and named afterwards."""
    was = state_of(store.home)
    for blob in store.blobs.list(limit=3):
        store.blobs.aside.set_aside(blob.digest, new_id())
    backup = back_up(store.home, tmp_path / "backups", NOW, link=link)
    assert (backup.manifest.n_blobs, check_backup(backup.folder).sound) == (12, True)
    restore(backup.folder, tmp_path / "restored")
    assert state_of(tmp_path / "restored") == was


def test_a_collection_beside_a_backup_deletes_nothing_that_came_since_it_began(
    store: SmallStore, tmp_path: Path
) -> None:
    collection = BlobCollection(
        CollectedFolder(store.blobs), SystemClock(), list, InFlight(store.home / "in_flight").since
    )

    def told(_what: str, _done: int, _total: int) -> None:
        collection.collect(timedelta(0))  # nothing is named here

    backup = back_up(store.home, tmp_path / "backups", NOW, told=told)
    assert (backup.manifest.n_blobs, check_backup(backup.folder).sound) == (12, True)


def test_a_further_backup_takes_what_is_new_and_each_stands_alone(store: SmallStore, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    first = back_up(store.home, folder, NOW, link=False)
    was = state_of(store.home)
    store.change(50)
    second = back_up(store.home, folder, NOW, link=False)
    third = back_up(store.home, folder, NOW, link=False)
    assert [each.n_new_blobs for each in (first, second, third)] == [12, 1, 0]
    assert second.folder.name == "2026-11-21T000000Z-2"
    for name in ("blobs", "serving/default/late/models/ab/model.txt"):
        assert _inodes(first.folder / name) <= _inodes(second.folder / name)
    assert not _inodes(first.folder) & _inodes(store.home)
    shutil.rmtree(second.folder)
    restore(first.folder, tmp_path / "old")
    restore(folder, tmp_path / "new")
    assert state_of(tmp_path / "old") == was
    assert state_of(tmp_path / "new") == state_of(store.home)


def _inodes(place: Path) -> set[int]:
    return {each.stat().st_ino for each in (place, *place.rglob("*")) if each.is_file()}


def test_blobs_are_shared_with_the_store_where_one_disk_holds_both(store: SmallStore, tmp_path: Path) -> None:
    backup = back_up(store.home, tmp_path / "backups", NOW)
    assert _inodes(backup.folder / "blobs") == _inodes(store.home / "blobs") - {
        each.stat().st_ino for each in (store.home / "blobs").glob("*") if each.is_file()
    }
    assert _inodes(backup.folder) & _inodes(store.home) == _inodes(backup.folder / "blobs")


@pytest.mark.parametrize("n_backups", [2])
def test_a_backup_under_load_is_a_prefix_of_what_was_acknowledged(
    store: SmallStore, tmp_path: Path, n_backups: int
) -> None:
    command = [sys.executable, "-m", "tests.storage.small_store", str(store.home), "12"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        try:
            for number in range(n_backups):
                for _ in range(30):
                    acknowledged = json.loads(writer.stdout.readline())
                back_up(store.home, tmp_path / "backups", NOW)
                restored = tmp_path / f"restored {number}"
                restore(tmp_path / "backups", restored)
                _check_prefix(restored, at_least=acknowledged)
        finally:
            writer.kill()


def _check_prefix(home: Path, at_least: int) -> None:
    rows = rows_of(home)
    n_changes = len(rows["ingested_part"])
    assert [row[2] for row in rows["ingested_part"]] == [f"{number:06}" for number in range(n_changes)]
    assert n_changes > at_least
    assert len(rows["prediction_part"]) == n_changes
    database = open_database(home / "records.db", SystemClock())
    report = database.read(verify_chain)
    database.close()
    assert (report.sound, report.n_entries) == (True, n_changes)
    named, held = {row[8] for row in rows["ingested_part"]}, blobs_of(home)
    assert named <= set(held)
    assert all(name == digest for name, digest in held.items())
    assert (home / SEGMENT).stat().st_size >= max(row[4] for row in rows["prediction_part"])
    logged = [each for each in log_of(home) if each.startswith(b"prediction ")]
    assert logged == [f"prediction {number}".encode() for number in range(len(logged))]
    assert len(logged) >= n_changes


class _Stop:
    """Interrupts at the n-th time that it is told how far it is."""

    def __init__(self, at: int, error: BaseException) -> None:
        self.left = at
        self._error = error

    def __call__(self, _what: str, _done: int, _total: int) -> None:
        self.left -= 1
        if self.left == 0:
            raise self._error


def test_wherever_a_backup_is_interrupted_nothing_counts_and_the_next_goes_on(
    store: SmallStore, tmp_path: Path
) -> None:
    folder, state = tmp_path / "backups", state_of(store.home)
    for at in range(1, 100):
        stop = _Stop(at, KeyboardInterrupt())
        try:
            back_up(store.home, folder, NOW, told=stop)
        except KeyboardInterrupt:
            assert backups_in(folder) == []
            with pytest.raises(UsageError, match="none that was finished"):
                restore(folder, tmp_path / "none")
            continue
        break
    assert at > 15
    restore(folder, tmp_path / "restored")
    assert state_of(tmp_path / "restored") == state


def test_what_a_killed_backup_left_half_written_is_not_in_the_next(store: SmallStore, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    half, gone = folder / ".unfinished" / "blobs" / "ab", "ab" + 62 * "0"
    half.mkdir(parents=True)
    (half / ".0123.part").write_bytes(b"ha")
    (half / gone[2:]).write_bytes(b"deleted since")
    (folder / ".unfinished" / "records.db").write_bytes(b"half")
    backup = back_up(store.home, folder, NOW)
    assert set(blobs_of(backup.folder)) == set(blobs_of(store.home))
    assert check_backup(backup.folder).sound
    assert not list(backup.folder.rglob(".*.part"))


def test_a_full_disk_is_one_line_and_the_next_backup_goes_on(store: SmallStore, tmp_path: Path) -> None:
    for at in (1, 5, 14):
        with pytest.raises(UnavailableError, match=r"not finished: No space left.*goes on where it was"):
            back_up(store.home, tmp_path / "backups", NOW, told=_Stop(at, OSError(28, os.strerror(28))))
    assert check_backup(back_up(store.home, tmp_path / "backups", NOW).folder).sound


def test_every_flipped_byte_of_a_backup_is_found(store: SmallStore, tmp_path: Path) -> None:
    backup = back_up(store.home, tmp_path / "backups", NOW, link=False).folder
    files = [file for file in sorted(backup.rglob("*")) if file.is_file() and file.stat().st_size]
    chance = random.Random(7)
    for number in range(40):
        file = chance.choice(files)
        whole = file.read_bytes()
        at, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        file.chmod(0o600)
        file.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        with pytest.raises((DamagedError, UsageError)):
            restore(backup, tmp_path / f"restored {number}")
        assert not (tmp_path / f"restored {number}").exists()
        try:
            assert not check_backup(backup).sound, f"{file} at {at}"
        except (DamagedError, UsageError):
            assert file.name == "backup.json"
        file.write_bytes(whole)
    assert check_backup(backup).sound


def test_a_missing_file_is_found(store: SmallStore, tmp_path: Path) -> None:
    backup = back_up(store.home, tmp_path / "backups", NOW).folder
    blob = next(iter(sorted((backup / "blobs").glob("??/*"))))
    blob.unlink()
    assert check_backup(backup).findings == (f"the blob {blob.parent.name}{blob.name[:10]} is missing",)
    with pytest.raises(DamagedError, match="missing"):
        restore(backup, tmp_path / "restored")


def test_restoring_goes_on_and_never_into_what_holds_something(store: SmallStore, tmp_path: Path) -> None:
    backup, home = back_up(store.home, tmp_path / "backups", NOW).folder, tmp_path / "restored"
    home.mkdir()
    for at in range(1, 100):
        try:
            restore(backup, home, _Stop(at, KeyboardInterrupt()))
        except KeyboardInterrupt:
            assert list(home.iterdir()) == []
            continue
        break
    assert at > 15
    assert state_of(home) == state_of(store.home)
    with pytest.raises(ConflictError, match="is not empty"):
        restore(backup, home)
    assert state_of(home) == state_of(store.home)


def test_a_place_that_cannot_be_written_is_not_blamed_on_the_backup(store: SmallStore, tmp_path: Path) -> None:
    backup = back_up(store.home, tmp_path / "backups", NOW)
    with pytest.raises(UnavailableError, match="was not restored"):
        restore(backup.folder, Path("/proc/no-such-place"))
    (backup.folder / "records.db").unlink()
    with pytest.raises(DamagedError, match=r"records\.db is missing"):
        restore(backup.folder, tmp_path / "again")


def test_one_folder_holds_the_backups_of_one_store(store: SmallStore, tmp_path: Path) -> None:
    back_up(store.home, tmp_path / "backups", NOW)
    other = small_store(tmp_path / "other")
    other.database.close()
    with pytest.raises(ConflictError, match="another store"):
        back_up(other.home, tmp_path / "backups", NOW)
    with pytest.raises(UsageError, match="lies in the store"):
        back_up(store.home, store.home / "backups", NOW)
    with pytest.raises(UsageError, match="no records"):
        back_up(tmp_path / "nowhere", tmp_path / "more", NOW)
    with pytest.raises(UsageError, match="is not a backup"):
        restore(tmp_path / "nowhere", tmp_path / "restored")


def test_a_damaged_blob_of_the_store_is_not_copied_silently(store: SmallStore, tmp_path: Path) -> None:
    blob = next((store.home / "blobs").glob("??/*"))
    blob.chmod(0o600)
    blob.write_bytes(b"other")
    with pytest.raises(DamagedError, match="is damaged"):
        back_up(store.home, tmp_path / "backups", NOW, link=False)


def test_a_backup_keeps_no_writer_waiting_and_is_of_one_moment(store: SmallStore, tmp_path: Path) -> None:
    many = partial(_emit_many, count=20_000)  # some megabytes: the copy takes several steps
    store.database.write(many)
    written: list[int] = []

    def told(what: str, done: int, _total: int) -> None:
        if what == "records.db" and done and len(written) < 5:
            store.change(200 + len(written))
            written.append(done)

    backup = back_up(store.home, tmp_path / "backups", NOW, told=told)
    assert len(written) > 1
    connection = sqlite3.connect(backup.folder / "records.db")
    assert connection.execute("SELECT count(*) FROM ingested_part").fetchone() == (12,)
    connection.close()


def _emit_many(tx: object, count: int) -> None:
    for number in range(count):
        tx.emit("ann", "default", Event("thing.done", f"s{number}", {"n": number}))  # type: ignore[attr-defined]
