"""A store is moved to PostgreSQL and a bucket, and back, and is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storage.small_store import SmallStore, small_store, state_of
from tidemill.core import ConflictError, Event, SystemClock
from tidemill.storage.schema import open_database
from tidemill.storage.stores import Place, copy_store
from tidemill.storage.verification import verify_chain

CLOCK = SystemClock()


def test_to_postgres_and_a_bucket_and_back_is_the_same_store(
    home: Path, tmp_path: Path, postgres_url: str, s3_url: str
) -> None:
    small_store(home, 30).database.close()
    there, back = Place(tmp_path / "there", records=postgres_url, blobs=s3_url), Place(tmp_path / "back")
    for at in (5, 60, 10**9):  # broken off twice
        left = at

        def told(_what: str, _done: int, _total: int) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

        try:
            moved = copy_store(Place(home), there, CLOCK, told)
        except KeyboardInterrupt:
            assert at < 10**9
    brought = copy_store(there, back, CLOCK)
    assert [(each.name, each.n_rows, each.digest) for each in moved.records.tables] == [
        (each.name, each.n_rows, each.digest) for each in brought.records.tables
    ]
    assert state_of(back.home) == state_of(home)
    database = open_database(postgres_url, CLOCK, there.home)
    database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s")))
    copy_store(there, back, CLOCK)
    report = database.read(verify_chain)
    database.close()
    assert (report.sound, report.head.position) == (True, 31)
    with pytest.raises(ConflictError, match="no earlier part of a copy"):
        copy_store(Place(home), there, CLOCK)
    again = SmallStore(back.home)
    again.change(100)
    assert again.database.read(verify_chain).head.position == 32
    again.database.close()
