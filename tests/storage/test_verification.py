"""The chain of events: what is changed behind the store's back is found, told once, and where it is."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.core import Event, ManualClock, canonical_json
from tidemill.storage.records import Transaction
from tidemill.storage.schema import open_database
from tidemill.storage.sealing import GENESIS, Head
from tidemill.storage.sqlite_records import SqliteDatabase
from tidemill.storage.verification import ChainReport, verify_chain

N = 90
CLOCK = ManualClock(datetime(2013, 3, 1, tzinfo=UTC))
_INDEX = "event_by_follower"
_COLUMNS = ("project_id", "id", "kind", "subject", "actor", "at", "data", "hash")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chain") / "records.db"
    database = open_database(path, CLOCK)
    for first in range(0, N, 10):
        database.write(partial(_emit_many, numbers=range(first, first + 10)))
    database.close()
    return path


def _emit_many(tx: Transaction, numbers: Sequence[int]) -> None:
    for number in numbers:
        data = {"n": number, "text": 'a "quoted"\n', "at": None}
        tx.emit("ann", "default" if number % 3 else "other", Event("thing.done", f"thing é/{number}", data))


@contextmanager
def _tampered(original: Path) -> Iterator[sqlite3.Connection]:
    path = original.with_name("tampered.db")
    for old in original.parent.glob("tampered.db*"):
        old.unlink()
    shutil.copy(original, path)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _check(original: Path, against: Head | None = None) -> ChainReport:
    database = SqliteDatabase(original.with_name("tampered.db"), CLOCK)
    try:
        return database.read(lambda tx: verify_chain(tx, against))
    finally:
        database.close()


def _kinds(report: ChainReport) -> list[tuple[str, int]]:
    return [(finding.kind, finding.position) for finding in report.findings]


def _renumber(connection: sqlite3.Connection, after: int, by: int) -> None:
    connection.execute("UPDATE event SET position = position + ? WHERE position > ?", (by, after))


def test_an_untouched_chain_is_sound_and_anybody_can_hash_it(original: Path) -> None:
    with _tampered(original) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT *, json(data) AS parsed FROM event ORDER BY position").fetchall()
    report = _check(original)
    assert (report.sound, report.n_entries, report.head) == (True, N, Head(N, rows[-1]["hash"]))
    previous = GENESIS
    for position, row in enumerate(rows, 1):
        content = {name: row[name] for name in ("id", "kind", "subject", "actor", "at")}
        content |= {"position": position, "project": row["project_id"]}
        text = canonical_json(content | {"data": json.loads(row["data"])}).decode()
        previous = hashlib.sha256((previous + text).encode()).hexdigest()
        assert row["hash"] == previous


@settings(max_examples=60, deadline=None)
@given(position=st.integers(1, N), column=st.sampled_from(_COLUMNS), text=st.text(max_size=5) | st.binary(max_size=5))
def test_a_flipped_field_is_one_finding_at_its_place(
    original: Path, position: int, column: str, text: str | bytes
) -> None:
    with _tampered(original) as connection:
        before = connection.execute(f"SELECT {column} FROM event WHERE position = ?", (position,)).fetchone()[0]
        if before == text:
            return
        connection.execute(f"UPDATE event SET {column} = ? WHERE position = ?", (text, position))
    assert _kinds(_check(original)) == [("changed", position)]


@settings(max_examples=40, deadline=None)
@given(position=st.integers(1, N), column=st.sampled_from(_COLUMNS), data=st.data())
def test_a_flipped_bit_is_found_even_when_the_field_is_no_text_any_more(
    original: Path, position: int, column: str, data: st.DataObject
) -> None:
    with _tampered(original) as connection:
        query = f"SELECT CAST({column} AS BLOB) FROM event WHERE position = ?"
        stored = bytearray(connection.execute(query, (position,)).fetchone()[0])
        bit = data.draw(st.integers(0, 8 * len(stored) - 1))
        stored[bit // 8] ^= 1 << bit % 8
        change = f"UPDATE event SET {column} = CAST(? AS TEXT) WHERE position = ?"
        connection.execute(change, (bytes(stored), position))
    assert _kinds(_check(original)) == [("changed", position)]


@settings(max_examples=30, deadline=None)
@given(first=st.integers(1, N - 2), length=st.integers(1, 30), renumbered=st.booleans())
def test_removed_entries_are_one_finding(original: Path, first: int, length: int, renumbered: bool) -> None:
    length = min(length, N - 2 - first + 1)  # two entries stay behind them, or it is a cut tail
    last = first + length - 1
    with _tampered(original) as connection:
        connection.execute("DELETE FROM event WHERE position BETWEEN ? AND ?", (first, last))
        if renumbered:
            _renumber(connection, last, -length)
    report = _check(original)
    assert _kinds(report) == [("removed", first)]
    words = "entry" if length == 1 else f"{length} entries" if renumbered else f"{first} to {last}"
    assert words in report.findings[0].sentence


@settings(max_examples=30, deadline=None)
@given(position=st.integers(1, N - 1), renumbered=st.booleans(), count=st.integers(1, 3))
def test_entries_put_in_are_found(original: Path, position: int, renumbered: bool, count: int) -> None:
    with _tampered(original) as connection:
        if renumbered:
            _renumber(connection, position - 1, count)
        for number in range(count):
            connection.execute(
                "INSERT INTO event (project_id, id, kind, subject, actor, at, data, position, hash) "
                "VALUES ('default', ?, 'gate.passed', 'delay', 'eve', '2013', '{}', ?, ?)",
                (f"forged{number}", position + (number if renumbered else 0), "f" * 64),
            )
    report = _check(original)
    assert {kind for kind, _ in _kinds(report)} == {"inserted"}
    assert report.n_findings == count
    assert "gate.passed of delay" in report.findings[0].sentence


@settings(max_examples=30, deadline=None)
@given(first=st.integers(1, N - 10), order=st.permutations(range(8)), payload_only=st.booleans())
def test_reordered_entries_are_one_finding(
    original: Path, first: int, order: Sequence[int], payload_only: bool
) -> None:
    if list(order) == sorted(order):
        return
    moved = [place for place, index in enumerate(order) if place != index]
    with _tampered(original) as connection:
        names = ", ".join(_COLUMNS)
        rows = connection.execute(
            f"SELECT {names} FROM event WHERE position BETWEEN ? AND ? ORDER BY position",
            (first, first + 7),
        ).fetchall()
        if payload_only:
            marks = ", ".join(f"{name} = ?" for name in _COLUMNS)
            connection.execute("UPDATE event SET id = 'x' || id WHERE position BETWEEN ? AND ?", (first, first + 7))
            for place, index in enumerate(order):
                connection.execute(f"UPDATE event SET {marks} WHERE position = ?", (*rows[index], first + place))
        else:
            connection.execute(
                "UPDATE event SET position = -position WHERE position BETWEEN ? AND ?", (first, first + 7)
            )
            for place, index in enumerate(order):
                connection.execute(
                    "UPDATE event SET position = ? WHERE position = ?", (first + place, -(first + index))
                )
    report = _check(original)
    assert _kinds(report) == [("reordered", first + moved[0])]
    assert f"{first + moved[0]} to {first + moved[-1]}" in report.findings[0].sentence


@settings(max_examples=15, deadline=None)
@given(left=st.integers(0, N - 1))
def test_a_cut_tail_is_found_by_the_numbers_and_by_an_exported_head(original: Path, left: int) -> None:
    with _tampered(original) as connection:
        head = Head(N, connection.execute("SELECT hash FROM event WHERE position = ?", (N,)).fetchone()[0])
        connection.execute("DELETE FROM event WHERE position > ?", (left,))
    report = _check(original)
    assert _kinds(report) == [("cut", left + 1)]
    assert report.head.position == left
    assert _kinds(_check(original, head)) == [("cut", left + 1)]
    with _resumed(original) as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'event'", (left,))
    assert _check(original).sound
    assert _kinds(_check(original, head)) == [("cut", left + 1)]


@contextmanager
def _resumed(original: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(original.with_name("tampered.db"), isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def test_a_tail_that_was_cut_and_written_on_is_found(original: Path) -> None:
    with _tampered(original) as connection:
        head = Head(80, connection.execute("SELECT hash FROM event WHERE position = 80").fetchone()[0])
        connection.execute("DELETE FROM event WHERE position > 70")
    database = SqliteDatabase(original.with_name("tampered.db"), CLOCK)
    database.write(partial(_emit_many, numbers=range(30)))
    database.close()
    assert _kinds(_check(original)) == [("removed", 71)]
    assert _kinds(_check(original, head)) == [("removed", 71), ("rewritten", 80)]


def test_an_exported_head_stays_part_of_a_chain_that_grows(original: Path) -> None:
    with _tampered(original):
        head = _check(original).head
    database = SqliteDatabase(original.with_name("tampered.db"), CLOCK)
    database.write(partial(_emit_many, numbers=[1]))
    database.close()
    assert _check(original, head).sound
    assert _check(original, Head(0, GENESIS)).sound
    assert _kinds(_check(original, Head(head.position, "0" * 64))) == [("rewritten", N)]


def test_an_event_written_past_the_store_is_called_unsealed(original: Path) -> None:
    with _tampered(original) as connection:
        connection.execute(
            "INSERT INTO event (project_id, id, kind, subject, actor, at, data) "
            "VALUES ('default', 'x', 'gate.passed', 'delay', 'eve', '2013', '{}')"
        )
    report = _check(original)
    assert _kinds(report) == [("unsealed", N + 1)]
    assert f"number {N + 1}" in report.findings[0].sentence


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from("fdisp"), st.integers(1, N)), min_size=1, max_size=6))
def test_whatever_is_done_together_is_never_called_sound(original: Path, steps: list[tuple[str, int]]) -> None:
    doing: dict[str, Callable[[sqlite3.Connection, int], object]] = {
        "f": lambda c, at: c.execute("UPDATE event SET actor = actor || '.' WHERE position = ?", (at,)),
        "d": lambda c, at: c.execute("DELETE FROM event WHERE position = ?", (at,)),
        "i": lambda c, at: c.execute(
            "INSERT INTO event (project_id, id, kind, subject, actor, at, data, position) "
            "SELECT project_id, hex(randomblob(9)), kind, subject, actor, at, data, position "
            "FROM event WHERE position = ?",
            (at,),
        ),
        "s": lambda c, at: c.execute("UPDATE event SET hash = hash || '0' WHERE position >= ?", (at,)),
        "p": lambda c, at: c.execute("UPDATE event SET position = position + 0.5 WHERE position = ?", (at,)),
    }
    with _tampered(original) as connection:
        changes = sum(doing[step](connection, at).rowcount for step, at in steps)  # type: ignore[attr-defined]
    assert _check(original).sound == (changes == 0)


def test_a_store_where_all_is_changed_is_told_entry_by_entry(original: Path) -> None:
    with _tampered(original) as connection:
        connection.execute("UPDATE event SET data = '{}', hash = 'x'")
    report = _check(original)
    assert (report.n_findings, len(report.findings)) == (N, N)


def test_an_index_that_a_bad_disk_has_changed_is_found_though_every_entry_fits(original: Path) -> None:
    with _tampered(original) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'position', 'kind') WHERE name = ?", (_INDEX,))
    (finding,) = _check(original).findings
    assert finding.kind == "damaged"
    assert _INDEX in finding.sentence
