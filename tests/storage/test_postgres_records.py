"""What is particular to records in PostgreSQL: lost connections, doubtful commits, sealing, passwords, opening."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.postgres import Server
from tests.storage.cut_commits import CommitCutter
from tidemill.core import ConflictError, DamagedError, Event, SystemClock, TidemillError, UnavailableError, UsageError
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.followers import advance, catch_up, read_after
from tidemill.storage.postgres_records import OutcomeUnknownError, PostgresDatabase
from tidemill.storage.records import Transaction
from tidemill.storage.schema import known_versions, open_database
from tidemill.storage.verification import verify_chain

END_SELF = sa.text("SELECT pg_terminate_backend(pg_backend_pid())")
INSERT = (
    "INSERT INTO event (project_id, id, kind, subject, actor, at, data) "
    "VALUES ('default', %s, 'thing.done', %s, 'ann', '2013', '{}')"
)


@pytest.fixture
def database(postgres_url: str, tmp_path: Path) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(postgres_url, tmp_path, SystemClock())
    yield database
    database.close()


def _emit(tx: Transaction, subject: str = "s") -> None:
    tx.emit("ann", "default", Event("thing.done", subject))


def _follow(database: PostgresDatabase) -> list[str]:
    catch_up(database)

    def follow(tx: Transaction) -> list[str]:
        found = read_after(tx, "default", "f")
        if found:
            advance(tx, "default", "f", found[-1].position or 0)
        return [event.subject for event in found]

    return database.write(follow)


def _subjects(database: PostgresDatabase) -> set[str]:
    listed = database.read(lambda tx: read_events(tx, "default", EventQuery(limit=100_000)))
    return {event.subject for event in listed}


def test_a_row_that_was_numbered_first_and_commits_last_is_sealed_last(
    database: PostgresDatabase, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as late:
        late.execute(INSERT, ("1" * 32, "late"))
        database.write(lambda tx: _emit(tx, "early"))
        assert _follow(database) == ["early"]
        late.commit()
    assert _follow(database) == ["late"]
    assert database.read(verify_chain).sound
    sequences = database.read(lambda tx: tx.rows(sa.text("SELECT sequence FROM event ORDER BY position")))
    assert [row["sequence"] for row in sequences] == [2, 1]


def test_a_sealer_that_stands_still_does_not_stop_those_who_follow(
    database: PostgresDatabase, postgres_url: str
) -> None:
    database.write(_emit)
    with psycopg.connect(postgres_url) as stopped:
        stopped.execute("SELECT pg_advisory_xact_lock(%s)", (0x7469646501,))
        assert database.seal() == 0
        assert _follow(database) == []
        database.write(_emit)
    assert _follow(database) == ["s", "s"]


def test_sealing_is_bounded_when_asked_and_complete_when_not(database: PostgresDatabase) -> None:
    def many(tx: Transaction) -> None:
        for number in range(5000):
            _emit(tx, str(number))

    database.write(many)
    assert database.seal(limit=1) == 2000
    assert database.read(verify_chain).n_entries == 2000
    assert database.seal() == 3000
    report = database.read(verify_chain)
    assert (report.sound, report.n_entries) == (True, 5000)


def test_a_connection_lost_before_the_commit_is_made_anew(database: PostgresDatabase) -> None:
    tries = []

    def write(tx: Transaction) -> None:
        tries.append(1)
        if len(tries) == 1:
            tx.execute(END_SELF)
        _emit(tx)

    database.write(write)
    assert len(tries) == 2
    assert _subjects(database) == {"s"}


def test_a_connection_lost_in_the_commit_says_that_nobody_knows(database: PostgresDatabase, postgres_url: str) -> None:
    def write(tx: Transaction) -> None:
        pid = tx.scalar(sa.text("SELECT pg_backend_pid()"))
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    with pytest.raises(OutcomeUnknownError, match="whether the change was kept is not known") as caught:
        database.write(write)
    assert isinstance(caught.value, UnavailableError)
    database.write(_emit)


@pytest.mark.parametrize("how", ["before", "after"])
def test_a_lost_commit_is_settled_by_its_event_and_done_once(how: str, postgres_url: str, tmp_path: Path) -> None:
    with CommitCutter(postgres_url) as cutter:
        database = PostgresDatabase(cutter.url, tmp_path, SystemClock())
        calls = []

        def write(tx: Transaction) -> str:
            calls.append(1)
            _emit(tx, "once")
            return "done"

        database.write(_emit)
        cutter.cut = how
        assert database.write(write) == "done"
        assert cutter.n_cut == 1
        assert len(calls) == (1 if how == "after" else 2)
        listed = database.read(lambda tx: read_events(tx, "default", EventQuery(limit=9)))
        assert [event.subject for event in listed].count("once") == 1
        cutter.cut = how
        with pytest.raises(OutcomeUnknownError, match="whether the change was kept is not known"):
            database.write(lambda tx: tx.execute(sa.text("UPDATE job SET state = state")))
        database.close()


def test_acknowledged_writes_survive_a_server_stopped_at_once_under_load(
    postgres: Server, database: PostgresDatabase
) -> None:
    stop, acknowledged, doubtful, errors = threading.Event(), [], [], set()

    def write(name: int) -> None:
        number = 0
        while not stop.is_set():
            subject = f"{name}/{number}"
            number += 1
            try:
                database.write(lambda tx, subject=subject: _emit(tx, subject))  # type: ignore[misc]
                acknowledged.append(subject)
            except OutcomeUnknownError:
                doubtful.append(subject)
            except UnavailableError as error:
                errors.add(str(error))
                stop.wait(0.01)

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, name) for name in range(4)]
        stop.wait(0.4)
        postgres.stop_at_once()
        stop.wait(0.1)
        postgres.start()
        stop.wait(0.4)
        stop.set()
        for each in writing:
            each.result(60)
    stored = _subjects(database)
    assert acknowledged
    assert errors
    assert set(acknowledged) <= stored
    assert stored <= {*acknowledged, *doubtful}
    assert all("\n" not in error and "try again" in error for error in errors)
    catch_up(database, None)
    report = database.read(verify_chain)
    assert (report.sound, report.n_entries) == (True, len(stored))


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://ann:s3cret@127.0.0.1:1/x", UnavailableError),
        ("postgresql://ann@127.0.0.1:1/x?password=s3cret", UnavailableError),
        ("postgresql://ann:s3cret@127.0.0.1:port/x", UsageError),
        ("mysql://ann:s3cret@host/x", UsageError),
        ("postgresql://ann:s3cret@host", UsageError),
    ],
)
def test_no_error_names_the_password(url: str, kind: type[TidemillError], tmp_path: Path) -> None:
    with pytest.raises(kind) as caught:
        open_database(url, SystemClock(), tmp_path)
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "s3cret" not in f"{chain} {chain!r}"
        chain = chain.__cause__ or chain.__context__
    assert "\n" not in str(caught.value)


def test_a_store_of_a_newer_tidemill_and_another_programs_database_are_refused(
    postgres: Server, postgres_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE tidemill_migration SET version_num = '9999'")
    with pytest.raises(ConflictError, match=r"newer Tidemill .*9999.*pip install -U"):
        open_database(postgres_url, SystemClock(), tmp_path)
    url = postgres.empty()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE theirs (x INTEGER)")
    with pytest.raises(DamagedError, match="another program"):
        open_database(url, SystemClock(), tmp_path)
    postgres.drop(url)


def test_many_may_open_a_new_database_at_once(postgres: Server, tmp_path: Path) -> None:
    url = postgres.empty()
    with ThreadPoolExecutor(3) as pool:
        opened = [pool.submit(open_database, url, SystemClock(), tmp_path) for _ in range(3)]
        for each in opened:
            each.result(60).close()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT version_num FROM tidemill_migration").fetchall() == [(known_versions()[-1],)]
    postgres.drop(url)


def test_a_connection_that_was_in_use_when_all_were_closed_is_closed_when_it_is_given_back(
    postgres_url: str, tmp_path: Path
) -> None:
    database = PostgresDatabase(postgres_url, tmp_path, SystemClock())
    used: list[Any] = []
    in_use, closed = threading.Event(), threading.Event()

    def read(tx: Transaction) -> None:
        used.append(tx._connection.connection.driver_connection)
        in_use.set()
        assert closed.wait(30)

    reader = threading.Thread(target=lambda: database.read(read))
    reader.start()
    assert in_use.wait(30)
    database.close()
    closed.set()
    reader.join()
    assert used[0].closed
    assert database.read(lambda tx: tx.scalar(sa.text("SELECT 1"))) == 1
    assert database.read(lambda tx: tx.scalar(sa.text("SELECT 2"))) == 2
    database.close()
