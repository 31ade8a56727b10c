"""Tables in backups, restores and copies: whole versions of them, whatever is written or vacuumed meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.storage.small_store import SmallStore, small_store
from tidemill.core import ConflictError, SystemClock
from tidemill.storage.copies.backup import back_up
from tidemill.storage.copies.restoring import check_backup, restore
from tidemill.storage.stores import Place, copy_store
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.storage.tables.object_table_files import open_table_files
from tidemill.storage.tables.table_copies import copy_tables

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CLOCK = SystemClock()


@pytest.fixture
def store(home: Path) -> Iterator[SmallStore]:
    made = small_store(home, 2)
    tables = tables_of(home)
    tables.create("a/b", {"n": pl.Int64})
    for number in range(3):
        tables.append("a/b", pl.DataFrame({"n": [number]}), once=f"k{number}")
    yield made
    made.database.close()


def tables_of(home: Path | str) -> DeltaTables:
    place = str(home) if "://" in str(home) else str(Path(home) / "tables")
    return DeltaTables(open_table_files(place), CLOCK)


def numbers_of(tables: DeltaTables) -> list[int]:
    return sorted(tables.read("a/b").collect()["n"].to_list())


def test_a_backup_restores_tables_with_their_versions_and_keys(store: SmallStore, tmp_path: Path) -> None:
    first = back_up(store.home, tmp_path / "backups", NOW)
    tables_of(store.home).append("a/b", pl.DataFrame({"n": [9]}))
    second = back_up(store.home, tmp_path / "backups", NOW)
    assert check_backup(first.folder).sound
    part = min((second.folder / "tables").rglob("part-*"))
    assert part.stat().st_nlink == 2, "what is in the backup before is shared with it"
    restore(second.folder, tmp_path / "again")
    again = tables_of(tmp_path / "again")
    assert numbers_of(again) == [0, 1, 2, 9]
    assert again.read("a/b", version=2).collect().height == 2
    assert again.append("a/b", pl.DataFrame({"n": [0]}), once="k0") == 4
    part.chmod(0o600)
    part.write_bytes(b"spoilt")
    assert not check_backup(second.folder).sound


def test_backups_under_load_hold_a_whole_version(store: SmallStore, tmp_path: Path) -> None:
    done = threading.Event()
    errors: list[Exception] = []

    def work() -> None:
        tables, number = tables_of(store.home), 3
        try:
            while not done.is_set():
                tables.append("a/b", pl.DataFrame({"n": [number]}))
                if number % 5 == 0:
                    tables.compact("a/b")
                    tables.vacuum("a/b")
                number += 1
        except Exception as error:  # noqa: BLE001 - any error at all fails the test
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        backups = [back_up(store.home, tmp_path / "backups", NOW).folder for _ in range(3)]
    finally:
        done.set()
        thread.join(60)
    assert not errors
    for number, folder in enumerate(backups):
        assert check_backup(folder).sound
        restore(folder, tmp_path / f"again{number}")
        found = numbers_of(tables_of(tmp_path / f"again{number}"))
        assert found == list(range(len(found)))
        assert len(found) >= 3


def test_tables_are_copied_to_a_bucket_and_back_and_brought_up_to_date(
    store: SmallStore, tmp_path: Path, s3_url: str
) -> None:
    there = Place(tmp_path / "there", tables=s3_url)
    done = copy_store(Place(store.home), there, CLOCK)
    assert (done.tables.n_tables, done.tables.n_sent) == (1, 7)
    assert numbers_of(tables_of(s3_url)) == [0, 1, 2]
    assert copy_store(Place(store.home), there, CLOCK).tables.n_sent == 0
    tables_of(store.home).append("a/b", pl.DataFrame({"n": [3]}))
    assert copy_store(Place(store.home), there, CLOCK).tables.n_sent == 2
    copy_store(there, Place(tmp_path / "back"), CLOCK)
    assert numbers_of(tables_of(tmp_path / "back")) == [0, 1, 2, 3]
    assert tables_of(tmp_path / "back").read("a/b", version=2).collect().height == 2


def test_a_table_that_went_on_by_itself_is_not_written_over(store: SmallStore, tmp_path: Path) -> None:
    copy_store(Place(store.home), Place(tmp_path / "copy"), CLOCK)
    tables_of(tmp_path / "copy").append("a/b", pl.DataFrame({"n": [7]}))
    tables_of(store.home).append("a/b", pl.DataFrame({"n": [8]}))
    source, target = (open_table_files(str(each / "tables")) for each in (store.home, tmp_path / "copy"))
    with pytest.raises(ConflictError, match="'a/b' of the target is another one or has gone on"):
        copy_tables(source, target)
    assert numbers_of(tables_of(tmp_path / "copy")) == [0, 1, 2, 7]
