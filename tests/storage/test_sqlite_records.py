"""Records in SQLite: shared commits, fair turns between processes, disks that fail, opening without scans."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from tidemill.core import Event, SystemClock, UnavailableError
from tidemill.storage import FileLock
from tidemill.storage.followers import read_after
from tidemill.storage.records import Transaction
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_records import SqliteDatabase
from tidemill.storage.verification import verify_chain

_HEAD = (
    "import sys, threading\nfrom pathlib import Path\nimport sqlalchemy as sa\n"
    "from tidemill.core import Event, SystemClock, TidemillError, UnavailableError\n"
    "from tidemill.storage.schema import open_database\n"
    "def emit(subject): return lambda tx: tx.emit('p', 'default', Event('thing.done', subject))\n"
    "database = open_database(Path(sys.argv[1]), SystemClock())\n"
)


_OF_A_FEW_ROWS = ("sqlite_master", "tidemill_migration")


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    return open_database(tmp_path / "records.db", SystemClock())


def _emit(subject: str) -> Callable[[Transaction], None]:
    return lambda tx: tx.emit("ann", "default", Event("thing.done", subject))


def _subjects(database: SqliteDatabase) -> list[str]:
    return [event.subject for event in database.read(lambda tx: read_after(tx, "default", "test", limit=5000))]


def _commits(path: Path) -> int:
    """Return how many commits the write-ahead log holds: the last page of each tells the size of the database."""
    log = path.with_name(f"{path.name}-wal").read_bytes()
    (page,) = struct.unpack(">I", log[8:12])
    salt, starts = log[16:24], range(32, len(log) - page, page + 24)
    return sum(log[at + 8 : at + 16] == salt and log[at + 4 : at + 8] != bytes(4) for at in starts)


def _together(database: SqliteDatabase, writes: list[Callable[[Transaction], Any]]) -> list[Any]:
    """Write from a thread each, all of which wait already when the first may go; return results or errors."""
    outcomes: list[Any] = [None] * len(writes)

    def write(index: int) -> None:
        try:
            outcomes[index] = database.write(writes[index])
        except Exception as error:  # noqa: BLE001 - it is looked at
            outcomes[index] = error

    threads = [threading.Thread(target=write, args=(index,)) for index in range(len(writes))]
    with FileLock(database.path.with_name(f"{database.path.name}.lock")):
        for thread in threads:
            thread.start()
            time.sleep(0.01)  # in this order
        time.sleep(0.1)
    for thread in threads:
        thread.join(30)
    return outcomes


def test_threads_that_write_at_once_share_a_commit(database: SqliteDatabase) -> None:
    database.write(_emit("before"))
    before = _commits(database.path)
    _together(database, [_emit(str(number)) for number in range(20)])
    assert _commits(database.path) - before < 10  # one or two, but for a machine too busy to run 20 in a few ms
    assert _subjects(database) == ["before", *map(str, range(20))]


def test_one_that_raises_is_undone_alone_and_none_is_called_again(database: SqliteDatabase) -> None:
    called: list[int] = []

    def write(number: int) -> Callable[[Transaction], int]:
        def function(tx: Transaction) -> int:
            called.append(number)
            tx.emit("ann", "default", Event("thing.done", str(number)))
            tx.execute(sa.text(f"INSERT INTO follower VALUES ('default', 'f{number}', {number})"))
            if number % 3 == 0:
                raise ValueError(str(number))
            if number % 3 == 1:
                tx.execute(sa.text(f"INSERT INTO follower VALUES ('default', 'f{number}', 0)"))
            return number

        return function

    outcomes = _together(database, [write(number) for number in range(12)])
    for number, outcome in enumerate(outcomes):
        kind = (ValueError, sa.exc.IntegrityError, int)[number % 3]
        assert isinstance(outcome, kind), (number, outcome)
    assert called == list(range(12))
    assert [outcomes[number] for number in (2, 5, 8, 11)] == [2, 5, 8, 11]
    kept = database.read(lambda tx: tx.rows(sa.text("SELECT name FROM follower ORDER BY position")))
    assert [row["name"] for row in kept] == ["f2", "f5", "f8", "f11"]
    assert _subjects(database) == ["2", "5", "8", "11"]
    report = database.read(verify_chain)
    assert (report.sound, report.n_entries) == (True, 4)


def test_each_sees_what_those_before_it_wrote_and_their_events(database: SqliteDatabase) -> None:
    def write(tx: Transaction) -> tuple[int, int]:
        before = tx.scalar(sa.text("SELECT count(*) FROM event")), tx.head().position
        tx.emit("ann", "default", Event("thing.done", "s"))
        return before

    assert _together(database, [write] * 10) == [(number, number) for number in range(10)]


def test_an_interrupted_leader_takes_nobody_with_it(database: SqliteDatabase) -> None:
    def interrupt(tx: Transaction) -> None:
        tx.emit("ann", "default", Event("thing.done", "interrupted"))
        raise KeyboardInterrupt

    interrupted: list[bool] = []

    def lead() -> None:
        try:
            database.write(interrupt)
        except KeyboardInterrupt:
            interrupted.append(True)

    with FileLock(database.path.with_name(f"{database.path.name}.lock")):
        thread = threading.Thread(target=lead)
        thread.start()
        time.sleep(0.1)
        others = [threading.Thread(target=database.write, args=(_emit(str(number)),)) for number in range(3)]
        for other in others:
            other.start()
            time.sleep(0.02)
    for each in (thread, *others):
        each.join(30)
    assert interrupted == [True]
    assert _subjects(database) == ["0", "1", "2"]


def test_a_write_within_a_write_is_refused_and_does_not_wait_for_itself(database: SqliteDatabase) -> None:
    def nested(tx: Transaction) -> None:
        _emit("outer")(tx)
        database.write(_emit("inner"))

    with pytest.raises(RuntimeError, match="a write within a write"):
        database.write(nested)
    database.write(_emit("after"))
    assert _subjects(database) == ["after"]


def test_processes_count_together_and_lose_no_update(database: SqliteDatabase) -> None:
    script = (
        _HEAD + "import json\n"
        "def count(tx):\n"
        "    found = []\n"
        "    for name in (sys.argv[2], 'shared'):\n"
        "        at = tx.scalar(sa.text(f\"SELECT position FROM follower WHERE name = '{name}'\")) + 1\n"
        "        tx.execute(sa.text(f\"UPDATE follower SET position = {at} WHERE name = '{name}'\"))\n"
        "        found.append(at)\n"
        "    return found\n"
        "print(json.dumps([database.write(count) for _ in range(100)]))\n"
    )
    names = [f"p{number}" for number in range(5)]

    def prepare(tx: Transaction) -> None:
        for name in (*names, "shared"):
            tx.execute(sa.text(f"INSERT INTO follower VALUES ('default', '{name}', 0)"))

    database.write(prepare)
    command = [sys.executable, "-c", script, str(database.path)]
    processes = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in names]
    histories = [json.loads(process.communicate(timeout=100)[0]) for process in processes]
    for history in histories:  # each process alone: its own counter by ones, the shared one upwards
        assert [own for own, _ in history] == list(range(1, 101))
        assert all(one < other for (_, one), (_, other) in pairwise(history))
    assert sorted(shared for history in histories for _, shared in history) == list(range(1, 501))
    stored = database.read(lambda tx: tx.rows(sa.text("SELECT name, position FROM follower")))
    assert {row["name"]: row["position"] for row in stored} == dict.fromkeys(names, 100) | {"shared": 500}


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_or_stopped_waiter_keeps_nobody_from_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = (
        "import sys; from pathlib import Path; from tidemill.storage import FileLock\n"
        "print('waits', flush=True)\nwith FileLock(Path(sys.argv[1])): print('has it', flush=True)\n"
    )
    waiters = []
    lock = FileLock(path)
    with lock:
        for _ in range(2):
            waiter = subprocess.Popen(
                [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            assert waiter.stdout is not None
            assert waiter.stdout.readline() == "waits\n"
            waiters.append(waiter)
        time.sleep(0.2)
        waiters[0].kill()
        waiters[1].send_signal(signal.SIGSTOP)
        # Until it has stopped it may take the lock once more, and whoever stops with a lock holds it.
        _until(lambda: psutil.Process(waiters[1].pid).status() == psutil.STATUS_STOPPED)
    began = time.monotonic()
    for _ in range(20):
        with FileLock(path), FileLock(tmp_path / "other"):
            pass
    assert time.monotonic() - began < 20
    waiters[1].send_signal(signal.SIGCONT)
    assert waiters[1].communicate(timeout=30)[0] == "has it\n"
    waiters[0].communicate()


def test_a_full_store_refuses_in_one_line_keeps_nothing_by_halves_and_goes_on(database: SqliteDatabase) -> None:
    database.write(_emit("before"))

    def limit(tx: Transaction, n_pages: int) -> None:
        tx.execute(sa.text(f"PRAGMA max_page_count = {n_pages}"))  # of the one connection that the pool lends here

    pages = int(database.read(lambda tx: tx.scalar(sa.text("PRAGMA page_count"))))
    database.read(lambda tx: limit(tx, pages + 2))

    def large(tx: Transaction) -> None:
        for number in range(500):
            tx.emit("ann", "default", Event("thing.done", f"large {number} " + "x" * 200))

    with pytest.raises(UnavailableError, match="full") as caught:
        database.write(large)
    assert "\n" not in str(caught.value)
    database.check_writable()
    assert _subjects(database) == ["before"]
    database.read(lambda tx: limit(tx, pages + 10))
    one, refused, other = _together(database, [_emit("one"), large, _emit("other")])
    assert (one, type(refused), other) == (None, UnavailableError, None)
    database.read(lambda tx: limit(tx, 1 << 30))
    database.write(_emit("after"))
    assert _subjects(database) == ["before", "one", "other", "after"]
    assert database.read(verify_chain).sound


def test_writes_go_on_when_a_full_disk_has_room_again(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    mount = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=2m none "$1" && exec "$2" -c "$3" "$1/records.db"']
    if not _works(["unshare", "-m", "sh", "-c", 'mount -t tmpfs none "$1"', "sh", str(tmp_path)]):
        record_property("fault method", "no tmpfs can be mounted here: a full disk was tried by a limit on pages only")
        return
    script = _HEAD + (
        "ballast = Path(sys.argv[1]).with_name('ballast'); ballast.write_bytes(bytes(600_000))\n"
        "kept = []\n"
        "def write(name):\n"
        "    database.write(emit(name + ' ' + 'x' * 250)); kept.append(name)\n"
        "refused = ''\n"
        "try:\n"
        "    for number in range(10_000): write(str(number))\n"
        "except UnavailableError as error: refused = str(error)\n"
        "assert 'full' in refused, refused\n"
        "def stored(): return database.read(lambda tx: [row['subject'].split()[0]\n"
        "    for row in tx.rows(sa.text('SELECT subject FROM event ORDER BY position'))])\n"
        "assert stored() == kept, (len(stored()), len(kept))\n"
        "database.check_writable(); ballast.unlink()\n"
        "threads = [threading.Thread(target=write, args=(f'more{n}',)) for n in range(20)]\n"
        "[each.start() for each in threads]; [each.join() for each in threads]\n"
        "assert sorted(stored()) == sorted(kept) and 'more19' in kept\n"
        "from tidemill.storage.verification import verify_chain\n"
        "assert database.read(verify_chain).sound; print(len(kept))\n"
    )
    command = [*mount, "sh", str(tmp_path), sys.executable, script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


def test_a_commit_that_the_disk_did_not_keep_ends_writing_and_not_reading(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    if not _works(["strace", "-f", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO", "true"]):
        record_property("fault method", "no strace here: a failed fsync was tried inside the process only")
        return
    script = _HEAD + (
        "refused = []\n"
        "def write(name):\n"
        "    try: database.write(emit(name))\n"
        "    except UnavailableError as error: refused.append(str(error))\n"
        "write('before'); print('ready', flush=True); sys.stdin.readline()\n"
        "threads = [threading.Thread(target=write, args=(str(n),)) for n in range(6)]\n"
        "[each.start() for each in threads]; [each.join() for each in threads]\n"
        "print('failed', flush=True); sys.stdin.readline()\n"
        "write('after'); print(len(refused)); print(refused[0]); print(refused[-1])\n"
        "print(database.read(lambda tx: tx.scalar(sa.text('SELECT count(*) FROM event'))))\n"
    )
    path = tmp_path / "records.db"
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    inject = ["strace", "-f", "-p", str(child.pid), "-o", str(tmp_path / "trace"), "-e"]
    tracer = subprocess.Popen(
        [*inject, "inject=fdatasync,fsync:error=EIO"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    assert "attached" in tracer.stderr.readline()
    child.stdin.write("go\n")
    child.stdin.flush()
    assert child.stdout.readline() == "failed\n"
    tracer.send_signal(signal.SIGINT)
    tracer.communicate(timeout=30)  # from here on the disk is well again, as it may seem after a failed fsync
    out, _ = child.communicate("on\n", timeout=30)
    count, first, last, n_events = out.splitlines()
    assert (count, n_events) == ("7", "1")
    for said in (first, last):
        assert "takes no more writes in this process, reads go on" in said
        assert "SQLITE_IOERR_FSYNC" in said
    again = open_database(path, SystemClock())  # a process started again
    again.write(_emit("again"))
    assert _subjects(again)[-1] == "again"
    assert again.read(verify_chain).sound


class _BadDisk(sqlite3.Connection):
    """A connection whose commits fail as on a disk that has lost what it was given."""

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        if arguments[0] == "COMMIT":
            super().execute("ROLLBACK")  # as SQLite does itself
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = 1034, "SQLITE_IOERR_FSYNC"
            raise error
        return super().execute(*arguments)


def test_a_failed_commit_fails_all_that_shared_it_and_each_was_called_once(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.write(_emit("before"))
    database.close()
    called: list[str] = []

    def write(name: str) -> Callable[[Transaction], None]:
        def function(tx: Transaction) -> None:
            called.append(name)
            tx.emit("ann", "default", Event("thing.done", name))

        return function

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3.dbapi2, "connect", partial(sqlite3.connect, factory=_BadDisk))
        outcomes = _together(database, [write(str(number)) for number in range(6)])
    assert all(isinstance(each, UnavailableError) for each in outcomes)
    assert len({id(each) for each in outcomes}) == 6
    assert len(called) == len(set(called))
    database.close()
    with pytest.raises(UnavailableError, match="no more writes"):
        database.check_writable()
    with pytest.raises(UnavailableError, match="start this process again"):
        database.write(_emit("after"))
    assert _subjects(database) == ["before"]


class _FailingFile(sqlite3.Connection):
    """A connection whose log cannot be moved into the file: the sync of the file fails."""

    error = ("SQLITE_IOERR_FSYNC", 1034)

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        if "wal_checkpoint" in arguments[0]:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname, error.sqlite_errorcode = self.error
            raise error
        return super().execute(*arguments)


class _FullDisk(_FailingFile):
    """One whose file has no room to grow."""

    error = ("SQLITE_FULL", 13)


def _emit_much(tx: Transaction) -> None:
    for number in range(50):
        tx.emit("ann", "default", Event("thing.done", f"much {number}", {"text": "x" * 4000}))


def test_a_sync_that_fails_when_the_log_is_moved_ends_writing_and_loses_nothing(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself would say nothing, and try again, and be told that all is well."""
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3.dbapi2, "connect", partial(sqlite3.connect, factory=_FailingFile))
        kept = 0
        with suppress(UnavailableError):
            while kept < 3000:
                database.write(_emit_much)
                kept += 50
        with pytest.raises(UnavailableError, match=r"takes no more writes .*SQLITE_IOERR_FSYNC"):
            database.check_writable()
        assert 0 < kept < 3000
        assert len(_subjects(database)) == kept
        database.close()
    again = open_database(database.path, SystemClock())
    again.write(_emit("after"))
    assert len(_subjects(again)) == kept + 1


def test_a_full_disk_when_the_log_is_moved_ends_nothing(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log has room still, and is moved when the file has."""
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3.dbapi2, "connect", partial(sqlite3.connect, factory=_FullDisk))
        for _ in range(40):
            database.write(_emit_much)
        assert len(_subjects(database)) == 2000
        database.close()
    database.write(_emit("after"))


def test_the_log_is_moved_into_the_file_again_and_again(database: SqliteDatabase) -> None:
    """So it does not grow with the number of writes."""
    log = database.path.with_name("records.db-wal")
    for _ in range(80):
        database.write(_emit_much)
    assert log.stat().st_size < 8_000_000
    assert database.path.stat().st_size > 16_000_000


def test_opening_a_store_and_its_first_write_scan_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "records.db"
    open_database(path, SystemClock()).close()
    said: list[str] = []
    connect = sqlite3.connect

    def traced(*args: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **more)
        connection.set_trace_callback(said.append)
        return connection

    with monkeypatch.context() as patch:
        for module in (sqlite3, sqlite3.dbapi2):
            patch.setattr(module, "connect", traced)
        database = open_database(path, SystemClock())
        database.write(_emit("first"))
        database.close()
    selected = [statement for statement in said if statement.lstrip().upper().startswith("SELECT")]
    assert len(selected) >= 4
    plans = connect(path)
    for statement in selected:
        steps = [str(row[3]) for row in plans.execute(f"EXPLAIN QUERY PLAN {statement}")]
        scans = [step for step in steps if step.startswith("SCAN") and step.split()[1] not in _OF_A_FEW_ROWS]
        assert not scans, (statement, scans)
    plans.close()


def _works(command: list[str]) -> bool:
    if os.name == "nt" or shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
