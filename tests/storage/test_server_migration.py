"""A store in PostgreSQL is migrated by `tidemill migrate` only, and is as old or as new whatever happens meanwhile."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.cli.test_commands import tidemill
from tests.postgres import Server, postgres
from tests.storage.old_servers import DUMP, old_store, seen, version_of
from tidemill.core import ConflictError, SystemClock, UnavailableError, UsageError
from tidemill.storage.copies.copying import copy_records
from tidemill.storage.followers import catch_up
from tidemill.storage.schema import known_versions, open_database
from tidemill.storage.server_migration import migrate_server, plan_server
from tidemill.storage.verification import verify_chain

__all__ = ["postgres"]
NEW = known_versions()[-1]


@pytest.fixture
def old(postgres: Server) -> Iterator[str]:
    """A store of schema 0002."""
    url = old_store(postgres)
    yield url
    postgres.drop(url)


def _sound(url: str, folder: Path) -> bool:
    database = open_database(url, SystemClock(), folder)
    catch_up(database)
    report = database.read(verify_chain)
    database.close()
    return report.sound and report.n_entries > 0


def test_opening_refuses_an_old_one_and_names_the_command(old: str, tmp_path: Path) -> None:
    before = seen(old)
    with pytest.raises(ConflictError, match=r"has schema 0002 .* needs \d+: .* 'tidemill migrate'") as caught:
        open_database(old, SystemClock(), tmp_path)
    assert "\n" not in str(caught.value)
    assert seen(old) == before


def test_the_command_plans_tries_and_migrates(old: str, tmp_path: Path) -> None:
    (tmp_path / "tidemill.toml").write_text(f'records = "{old}"\n')
    refused = tidemill(tmp_path, "runs")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert "run 'tidemill migrate'" in refused.stderr
    before = seen(old)
    planned = tidemill(tmp_path, "migrate", "--plan")
    assert "0002" in planned.stdout, planned.stderr
    assert f"{NEW} " in planned.stdout
    tried = tidemill(tmp_path, "migrate", "--dry-run")
    assert "thrown away; the store is as it was" in tried.stdout, tried.stderr
    assert seen(old) == before
    done = tidemill(tmp_path, "migrate")
    assert f"the store went to schema {NEW}" in done.stdout, done.stderr
    assert "there is nothing to do" in tidemill(tmp_path, "migrate").stdout
    assert tidemill(tmp_path, "runs").returncode == 0
    assert _sound(old, tmp_path)


def test_rows_and_tables_are_those_of_a_store_copied_after_its_own_migration(
    old: str, postgres: Server, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "records.db")) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
    source, url = open_database(tmp_path / "records.db", SystemClock()), postgres.fresh()
    target = open_database(url, SystemClock(), tmp_path)
    copy_records(source, target)
    source.close()
    target.close()
    migrate_server(old, SystemClock())
    assert {**seen(old), "follower": ""} == {**seen(url), "follower": ""}
    assert _sound(url, tmp_path)
    postgres.drop(url)


def test_several_at_once_are_safe(old: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(migrate_server, old, SystemClock()) for _ in range(3)]
        assert all(not each.result(60).rehearsed for each in done)
    assert version_of(old) == NEW


def test_an_empty_database_is_created_by_opening_and_is_none_to_migrate(postgres: Server, tmp_path: Path) -> None:
    url = postgres.empty()
    with pytest.raises(UsageError, match="no store"):
        plan_server(url, SystemClock())
    open_database(url, SystemClock(), tmp_path).close()
    assert plan_server(url, SystemClock()).steps == ()
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE tidemill_migration SET version_num = '9999'")
    with pytest.raises(ConflictError, match=r"newer Tidemill \(schema 9999\).*pip install -U"):
        plan_server(url, SystemClock())
    postgres.drop(url)


def test_who_keeps_a_table_is_not_waited_for_without_end(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidemill.storage.postgres_records._PATIENCE_S", 0.3)
    monkeypatch.setattr("tidemill.storage.postgres_schema._LONGEST_WAIT", "200ms")
    with psycopg.connect(old) as other:
        other.execute("LOCK TABLE run")
        with pytest.raises(UnavailableError, match="busy"):
            migrate_server(old, SystemClock())
    assert version_of(old) == "0002"


@pytest.mark.parametrize(
    ("when", "stride"),
    [
        ("before", 11),
        ("after", 13),
        ("committed", 1),
        pytest.param("before", 1, marks=pytest.mark.long),
        pytest.param("after", 1, marks=pytest.mark.long),
    ],
)
def test_killed_at_any_statement_it_is_as_old_or_as_new(when: str, stride: int, old: str, tmp_path: Path) -> None:
    before = seen(old)
    command = [sys.executable, "-m", "tests.storage.server_migration_faults", old, when, str(stride)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    tries = [json.loads(line) for line in done.stdout.splitlines()]
    after = tries[-1][3]
    for number, ended, version, left in tries:
        assert ended in {-signal.SIGKILL, 0}
        assert left == (before if version == "0002" else after), (when, number)
    assert tries[-1][1:3] == [0, NEW]
    if when == "committed":
        assert tries[-2][1:3] == [-signal.SIGKILL, NEW]
    else:
        assert len(tries) > 8 // stride + 1
        assert {version for _, ended, version, _ in tries if ended} == {"0002"}
    assert _sound(old, tmp_path)


def _stopped_at(postgres: Server, url: str, number: int) -> bool:
    """Stop the server at the n-th statement of a migration; tell whether it came to that."""
    before, left, reached = seen(url), [number], []

    def stop(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            postgres.stop_at_once()
            postgres.start()
            reached.append(seen(url))

    sa.event.listen(sa.Engine, "before_cursor_execute", stop)
    try:
        migrate_server(url, SystemClock())
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", stop)
    assert all(each == before for each in reached)
    assert version_of(url) == NEW
    return bool(reached)


@pytest.mark.parametrize("number", [3, 9])
def test_a_server_stopped_at_once_meanwhile_leaves_it_old_and_the_command_goes_on(
    number: int, old: str, postgres: Server
) -> None:
    assert _stopped_at(postgres, old, number)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_server_stopped_at_any_statement_leaves_it_old_and_the_command_goes_on(postgres: Server) -> None:
    number, reached = 0, True
    while reached:
        number += 1
        url = old_store(postgres)
        reached = _stopped_at(postgres, url, number)
        postgres.drop(url)
    assert number > 8


def test_an_older_program_refuses_a_newer_store(old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_server(old, SystemClock())
    monkeypatch.setattr("tidemill.storage.postgres_schema.known_versions", lambda: ["0001", "0002"])
    with pytest.raises(ConflictError, match=rf"newer Tidemill \(schema {NEW}\); this one knows up to 0002") as caught:
        open_database(old, SystemClock(), tmp_path)
    assert "\n" not in str(caught.value)
