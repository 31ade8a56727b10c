"""Stamps: another value after each commit, of whatever process, and nothing but one round trip."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg

from tests.postgres import Server, postgres, postgres_url
from tidemill.core import Event, SystemClock
from tidemill.storage.schema import open_database
from tidemill.storage.stamps import stamp_of

__all__ = ["postgres", "postgres_url"]
INSERT = (
    "INSERT INTO event (project_id, id, kind, subject, actor, at, data) "
    "VALUES ('default', '1', 'thing.done', 's', 'ann', '2013', '{}')"
)


def _later(database: object, stamp: object) -> bool:
    time.sleep(0.03)
    return stamp_of(database) != stamp  # type: ignore[arg-type]


def test_a_file_shows_that_it_was_written_to(tmp_path: Path) -> None:
    database = open_database(tmp_path / "records.db", SystemClock())
    before = stamp_of(database)
    assert not _later(database, before)
    database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s")))
    assert _later(database, before)


def test_a_server_shows_each_commit_also_of_what_was_numbered_first(postgres_url: str, tmp_path: Path) -> None:
    database = open_database(postgres_url, SystemClock(), tmp_path)
    with psycopg.connect(postgres_url) as other:
        other.execute(INSERT)
        while_open = stamp_of(database)
        other.commit()
        assert _later(database, while_open)
    database.close()


def test_a_server_that_is_away_has_no_stamp(tmp_path: Path, postgres: Server) -> None:
    url = postgres.fresh()
    database = open_database(url, SystemClock(), tmp_path)
    assert stamp_of(database) is not None
    postgres.drop(url)
    time.sleep(0.03)
    assert stamp_of(database) is None
    database.close()
