"""Records: transactions, events, many writers, stores of other times."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from tidemill.core import ConflictError, DamagedError, Event, SystemClock, TidemillError
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.records import Database, Transaction
from tidemill.storage.schema import known_versions, migrate, open_database
from tools.schema import differences, schema_of


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_database(tmp_path / "records.db", SystemClock())


def _emit(subject: str):  # type: ignore[no-untyped-def]
    return lambda tx: tx.emit("ann", "default", Event("thing.done", subject))


def _subjects(database: Database) -> list[str]:
    events = database.read(lambda tx: read_events(tx, "default", EventQuery(limit=1000)))
    return [event.subject for event in events]


def test_a_write_that_raises_leaves_nothing_behind(database: Database) -> None:
    def write(tx: Transaction) -> None:
        tx.emit("ann", "default", Event("thing.done", "half"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(write)
    assert _subjects(database) == []
    database.write(_emit("whole"))
    assert _subjects(database) == ["whole"]


def test_a_read_keeps_nothing_and_sees_one_state(database: Database) -> None:
    database.write(_emit("first"))

    def read(tx: Transaction) -> tuple[int, int]:
        query = sa.text("SELECT count(*) FROM event")
        before = tx.scalar(query)
        database.write(_emit("second"))
        return before, tx.scalar(query)

    assert database.read(read) == (1, 1)
    database.read(_emit("never"))
    assert _subjects(database) == ["second", "first"]


def test_events_are_read_newest_first_by_project_subject_and_kind(database: Database) -> None:
    for number in range(5):
        database.write(_emit(f"s{number}"))
    database.write(lambda tx: tx.emit("bob", "other", Event("thing.done", "foreign")))

    def read(query: EventQuery) -> list[str]:
        return [event.subject for event in database.read(lambda tx: read_events(tx, "default", query))]

    assert read(EventQuery(limit=2)) == ["s4", "s3"]
    assert read(EventQuery(before=3)) == ["s1", "s0"]
    assert read(EventQuery(subject="s2")) == ["s2"]
    assert read(EventQuery(kind_prefix="thing")) == ["s4", "s3", "s2", "s1", "s0"]
    assert read(EventQuery(kind_prefix="th%")) == []


def test_threads_and_processes_write_without_a_lock_error(database: Database, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tidemill.core import Event, SystemClock\n"
        "from tidemill.storage.schema import open_database\n"
        "db = open_database(Path(sys.argv[1]), SystemClock())\n"
        "for n in range(60): db.write(lambda tx: tx.emit('p', 'default', Event('thing.done', f'{sys.argv[2]}-{n}')))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "records.db"), str(number)])
        for number in range(4)
    ]
    errors: list[Exception] = []

    def work(name: str) -> None:
        try:
            for number in range(60):
                database.write(_emit(f"{name}-{number}"))
        except Exception as error:  # noqa: BLE001 - any error at all fails the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    assert errors == []
    assert len(set(_subjects(database))) == 480


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tidemill.core import Event, SystemClock\n"
        "from tidemill.storage.schema import open_database\n"
        "db = open_database(Path(sys.argv[1]), SystemClock())\n"
        "n = 0\n"
        "while True:\n"
        "    db.write(lambda tx: tx.emit('p', 'default', Event('thing.done', str(n))))\n"
        "    print(n, flush=True); n += 1\n"
    )
    path = tmp_path / "records.db"
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(100)]
    process.kill()
    acknowledged += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    stored = _subjects(open_database(path, SystemClock()))
    assert set(acknowledged) <= set(stored)
    assert len(stored) <= len(acknowledged) + 1


def test_a_fresh_store_is_what_the_migrations_and_the_rooms_say(tmp_path: Path) -> None:
    fresh, migrated = tmp_path / "fresh.db", tmp_path / "migrated.db"
    open_database(fresh, SystemClock())
    migrate(migrated)
    assert schema_of(fresh) == schema_of(migrated)
    assert differences(migrated) == []


def test_a_store_of_a_newer_version_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    open_database(path, SystemClock()).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE tidemill_migration SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ConflictError, match=r"written by a newer Tidemill .*9999.*pip install -U") as caught:
        open_database(path, SystemClock())
    assert known_versions()[-1] in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"no database at all, only text that is long enough to look at", b"SQLite format 3\0" + b"x" * 4096]
)
def test_a_file_that_is_no_store_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "records.db"
    path.write_bytes(content)
    with pytest.raises(TidemillError, match="not a Tidemill store"):
        open_database(path, SystemClock())
    assert path.read_bytes() == content


def test_a_healthy_store_on_a_full_disk_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    database = open_database(path, SystemClock())
    database.write(_emit("kept"))
    database.close()
    # A limit on file sizes refuses SQLite's shared memory file as a full disk does, and needs no rights.
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from tidemill.core import SystemClock, TidemillError\n"
        "from tidemill.storage.schema import open_database\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))\n"
        "try:\n    open_database(Path(sys.argv[1]), SystemClock())\n"
        "except TidemillError as error:\n    print(error.code, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("unavailable "), done.stdout + done.stderr
    assert "free space" in done.stdout
    assert _subjects(open_database(path, SystemClock())) == ["kept"]


def test_a_place_that_cannot_hold_a_store_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(TidemillError, match="taken"):
        open_database(tmp_path / "taken" / "records.db", SystemClock())
    assert (tmp_path / "taken").read_text() == "a file"


def test_another_programs_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    with pytest.raises(DamagedError, match="another program"):
        open_database(path, SystemClock())


def test_many_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tidemill.core import SystemClock\n"
        "from tidemill.storage.schema import open_database\n"
        "open_database(Path(sys.argv[1]), SystemClock())\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "new" / "r.db")]) for _ in range(6)]
    assert [process.wait(60) for process in processes] == [0] * 6
