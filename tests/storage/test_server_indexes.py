"""The check of the chain on PostgreSQL: an index that lost rows is found, and what could not be compared is said."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tidemill.core import Event, SystemClock
from tidemill.storage.followers import catch_up
from tidemill.storage.records import Database, Transaction
from tidemill.storage.schema import open_database
from tidemill.storage.verification import verify_chain

# In the place of the extension, which the server of the tests comes without: it finds an index damaged.
_FUNCTION = """
CREATE FUNCTION "an odd one".bt_index_check(index regclass, heapallindexed boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF index::text = 'event_by_subject' THEN
        RAISE EXCEPTION 'heap tuple (0,1) lacks a match' USING ERRCODE = 'XX002';
    END IF;
END $$
"""
_EXTENSION = """
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
SELECT 99999, 'amcheck', 10, oid, false, '1' FROM pg_namespace WHERE nspname = 'an odd one'
"""
_AMCHECK = ('CREATE SCHEMA "an odd one"', _FUNCTION, _EXTENSION)
_BACK = ("DELETE FROM pg_extension WHERE oid = 99999",)


def _put(database: Database, n: int) -> None:
    def put(tx: Transaction) -> None:
        for _ in range(n):
            tx.emit("ann", "default", Event("thing.done", "s"))

    database.write(put)
    catch_up(database, None)


def _do(url: str, statements: tuple[str, ...]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_without_amcheck_the_report_says_what_was_not_compared(postgres_url: str, tmp_path: Path) -> None:
    database = open_database(postgres_url, SystemClock(), tmp_path)
    _put(database, 5)
    report = database.read(verify_chain)
    assert (report.sound, report.n_entries) == (True, 5)
    assert "indexes were not compared" in report.notes[0]
    assert "CREATE EXTENSION amcheck" in report.notes[0]
    database.close()


def test_what_amcheck_finds_is_a_finding(postgres_url: str, tmp_path: Path) -> None:
    database = open_database(postgres_url, SystemClock(), tmp_path)
    _put(database, 5)
    _do(postgres_url, _AMCHECK)
    report = database.read(verify_chain)
    _do(postgres_url, _BACK)
    (finding,) = report.findings
    assert (report.notes, finding.kind) == ((), "damaged")
    assert "event_by_subject is damaged: heap tuple (0,1) lacks a match" in finding.sentence
    database.close()


def test_an_index_that_lost_the_last_entries_is_found_without_amcheck(postgres_url: str, tmp_path: Path) -> None:
    """The chain that it gives is sound, and too short."""
    database = open_database(postgres_url, SystemClock(), tmp_path)
    _put(database, 50)
    index = "WHERE indexrelid IN ('event_by_position'::regclass, 'event_by_follower'::regclass)"
    _do(postgres_url, (f"UPDATE pg_index SET indisready = false {index}",))
    _put(database, 7)
    name = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]
    _do(
        postgres_url, (f"UPDATE pg_index SET indisready = true {index}", f"ALTER DATABASE {name} SET enable_sort = off")
    )
    database.close()
    report = database.read(verify_chain)
    assert report.n_entries == 50
    assert [finding.kind for finding in report.findings] == ["damaged"]
    assert "holds 57 sealed ones and gave 50" in report.findings[0].sentence
    database.close()
