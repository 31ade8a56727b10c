"""Following the events: sealed ones only, each once, in order, whatever dies in between."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from tidemill.core import Event, SystemClock, canonical_json
from tidemill.storage.followers import advance, head, position_of, read_after
from tidemill.storage.records import Transaction
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_records import SqliteDatabase
from tidemill.storage.verification import verify_chain

_WRITE = """
import sys
from pathlib import Path
from tidemill.core import Event, SystemClock
from tidemill.storage.schema import open_database
database = open_database(Path(sys.argv[1]), SystemClock())
for number in range(int(sys.argv[3])):
    database.write(lambda tx: tx.emit(sys.argv[2], "default", Event("thing.done", f"{sys.argv[2]}/{number}")))
"""
_FOLLOW = """
import sys
from pathlib import Path
import sqlalchemy as sa
from tidemill.core import Event, SystemClock
from tidemill.storage.followers import advance, read_after
from tidemill.storage.schema import open_database
database = open_database(Path(sys.argv[1]), SystemClock())

def follow(tx):
    for event in read_after(tx, "default", "loop", {"thing.done"}, limit=3):
        tx.execute(sa.text("INSERT INTO effect VALUES (:at)"), {"at": event.position})
        tx.emit("loop", "default", Event("effect.done", event.subject))
        advance(tx, "default", "loop", event.position)

while True:
    database.write(follow)
    print(flush=True)
"""


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    return open_database(tmp_path / "records.db", SystemClock())


def _emit(database: SqliteDatabase, subject: str, kind: str = "thing.done", project: str = "default") -> None:
    database.write(lambda tx: tx.emit("ann", project, Event(kind, subject)))


def _after(database: SqliteDatabase, kinds: set[str] | None = None, limit: int = 1000) -> list[str]:
    return [event.subject for event in database.read(lambda tx: read_after(tx, "default", "f", kinds, limit))]


def test_a_follower_reads_its_projects_events_after_its_position_in_order(database: SqliteDatabase) -> None:
    for number in range(3):
        _emit(database, f"s{number}")
        _emit(database, "foreign", project="other")
        _emit(database, "noise", kind="run.started")
    assert _after(database, {"thing.done"}) == ["s0", "s1", "s2"]
    assert _after(database, set()) == []
    assert _after(database, limit=3) == ["s0", "noise", "s1"]
    database.write(lambda tx: advance(tx, "default", "f", 4))
    assert _after(database, {"thing.done"}) == ["s2"]
    assert database.read(lambda tx: read_after(tx, "default", "another", {"thing.done"}))[0].position == 1
    database.write(lambda tx: advance(tx, "default", "f", 2))
    assert database.read(lambda tx: position_of(tx, "default", "f")) == 4
    assert database.read(head) == 9


def test_what_a_transaction_emits_is_read_after_it_and_a_failed_one_leaves_no_gap(database: SqliteDatabase) -> None:
    def write(tx: Transaction) -> None:
        tx.emit("ann", "default", Event("thing.done", "own"))
        assert read_after(tx, "default", "f") == []
        assert head(tx) == 0

    def fail(tx: Transaction) -> None:
        write(tx)
        raise KeyError

    with pytest.raises(KeyError):
        database.write(fail)
    database.write(write)
    assert [event.position for event in database.read(lambda tx: read_after(tx, "default", "f"))] == [1]


def test_an_event_that_json_cannot_hold_is_refused_where_it_is_made(database: SqliteDatabase) -> None:
    with pytest.raises(ValueError, match="JSON"):
        database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s", {"auc": float("nan")})))
    database.write(
        lambda tx: tx.emit("ann", "default", Event("thing.done", "s", {"pair": (1, 2), "by": {2: "b", 10: "a"}}))
    )
    (event,) = database.read(lambda tx: read_after(tx, "default", "f"))
    stored = database.read(lambda tx: tx.scalar(sa.text("SELECT data FROM event")))
    assert stored == canonical_json(json.loads(stored)).decode()
    assert event.data == {"pair": [1, 2], "by": {"2": "b", "10": "a"}}
    assert database.read(verify_chain).sound


def test_two_processes_writing_make_one_chain_without_gaps(database: SqliteDatabase) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITE, str(database.path), name, "2000"]) for name in ("one", "two")
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    report = database.read(verify_chain)
    assert (report.sound, report.n_entries, report.head.position) == (True, 4000, 4000)
    positions = database.read(lambda tx: [event.position for event in read_after(tx, "default", "f", limit=5000)])
    assert positions == list(range(1, 4001))


def test_a_follower_killed_at_any_moment_does_each_effect_once(database: SqliteDatabase) -> None:
    database.write(lambda tx: tx.execute(sa.text("CREATE TABLE effect (position INTEGER)")))
    for number in range(120):
        _emit(database, f"s{number}")
    chance = random.Random(7)
    while database.read(partial(position_of, project="default", name="loop")) < 120:
        follower = subprocess.Popen([sys.executable, "-c", _FOLLOW, str(database.path)], stdout=subprocess.PIPE)
        assert follower.stdout is not None
        for _ in range(chance.randint(1, 12)):
            follower.stdout.readline()
        follower.send_signal(signal.SIGKILL)
        follower.wait()
        follower.stdout.close()
    effects = database.read(lambda tx: [row["position"] for row in tx.rows(sa.text("SELECT position FROM effect"))])
    assert effects == list(range(1, 121))
    assert database.read(verify_chain).sound
