"""A store of an older Tidemill is brought up to date when it is opened: rows kept, old events sealed, a copy beside.

`store_0001.sql` is the dump of a store that Tidemill of schema 0001 wrote: a release, its events and a queued job;
`store_0002.sql` of one of schema 0002: requests, labels, windows, a turn of the loop and two versions.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tidemill.core import Event, SystemClock
from tidemill.storage.followers import read_after
from tidemill.storage.queue import Queue
from tidemill.storage.schema import known_versions, migrate, open_database
from tidemill.storage.verification import verify_chain
from tools.schema import schema_of

_DUMP = Path(__file__).with_name("store_0001.sql")
_TABLES = ("run", "step_run", "step_result", "model_version", "model_alias", "gate_verdict", "endpoint")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "records.db"
    connection = sqlite3.connect(file)
    connection.executescript(_DUMP.read_text("utf-8"))
    connection.close()
    return file


def _rows(path: Path, query: str) -> list[dict[str, object]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute(query)]
    connection.close()
    return rows


def test_every_row_is_kept_and_the_tables_are_those_of_a_fresh_store(path: Path, tmp_path: Path) -> None:
    before = {table: _rows(path, f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in _TABLES}
    points = _rows(path, "SELECT run_id, key, step, value, substr(at, 1, 19) AS at FROM run_metric ORDER BY 1, 2, 3")
    open_database(path, SystemClock()).close()
    open_database(tmp_path / "fresh.db", SystemClock()).close()
    assert schema_of(path) == schema_of(tmp_path / "fresh.db")
    for table, old in before.items():
        new = _rows(path, f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        assert old
        assert [{name: row[name] for name in old[0]} for row in new] == old
    assert points
    in_series = "run_last_metric AS last JOIN metric_point AS point ON point.series = last.series"
    at = "strftime('%Y-%m-%dT%H:%M:%S', point.at / 1000, 'unixepoch') AS at"
    kept = f"SELECT run_id, key, point.step AS step, point.value AS value, {at} FROM {in_series} ORDER BY 1, 2, 3"
    assert _rows(path, kept) == points
    assert _rows(path, "SELECT * FROM tidemill_migration") == [{"version_num": known_versions()[-1]}]
    copy = path.with_name("records.db.0001.copy")
    assert _rows(copy, "SELECT * FROM tidemill_migration") == [{"version_num": "0001"}]
    assert _rows(copy, "SELECT count(*) AS n FROM event") == [{"n": 9}]


def test_old_events_are_sealed_in_their_order_with_their_words_and_new_ones_follow(path: Path) -> None:
    before = _rows(path, "SELECT * FROM event ORDER BY sequence")
    database = open_database(path, SystemClock())
    report = database.read(verify_chain)
    assert (report.sound, report.n_entries) == (True, 9)
    for number, (event, row) in enumerate(
        zip(database.read(lambda tx: read_after(tx, "default", "f")), before, strict=True)
    ):
        assert event.position == number + 1
        assert event.data == json.loads(str(row["data"]))
        assert [event.id, event.kind, event.subject, event.actor, event.at] == [
            row[name] for name in ("id", "kind", "subject", "actor", "at")
        ]
    database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s")))
    assert database.read(verify_chain).head.position == 10


def test_a_store_with_a_turned_loop_keeps_every_row_and_its_chain(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_DUMP.with_name("store_0002.sql").read_text("utf-8"))
    tables = ("label", "prediction", "loop_turn", "loop_progress", "monitoring_window", "model_version", "event", "job")
    before = {table: _rows(path, f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables}
    database = open_database(path, SystemClock())
    open_database(tmp_path / "fresh.db", SystemClock()).close()
    assert schema_of(path) == schema_of(tmp_path / "fresh.db")
    for table, old in before.items():
        new = _rows(path, f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        assert old
        assert [{name: row[name] for name in old[0]} for row in new] == old
    database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s")))
    report = database.read(verify_chain)
    assert (report.sound, report.n_entries) == (True, len(before["event"]) + 1)
    database.close()


def test_a_queued_job_is_worked_on_afterwards(path: Path) -> None:
    job = Queue(open_database(path, SystemClock())).claim("w", timedelta(seconds=30))
    assert job is not None
    assert job.payload["pipeline"] == "lateness"


def test_events_left_unsealed_by_a_crash_after_the_migration_are_sealed_by_the_next_write(path: Path) -> None:
    migrate(path)  # and no more
    database = open_database(path, SystemClock())
    (finding,) = database.read(verify_chain).findings
    assert (finding.kind, finding.sentence[:20]) == ("unsealed", "9 events are not sea")
    database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s")))
    report = database.read(verify_chain)
    assert (report.sound, report.n_entries) == (True, 10)


def test_more_old_events_than_one_piece_and_one_that_is_no_json_are_sealed(path: Path) -> None:
    connection = sqlite3.connect(path)
    columns = "project_id, id, kind, subject, actor, at, data"
    rows = [("default", f"e{n}", "thing.done", "s", "ann", "2013", '{"auc": NaN, "b": [1, 2]}') for n in range(2500)]
    connection.executemany(f"INSERT INTO event ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    report = open_database(path, SystemClock()).read(verify_chain)
    assert (report.sound, report.n_entries) == (True, 2509)


def test_many_processes_may_open_an_old_store_at_once(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tidemill.core import SystemClock\n"
        "from tidemill.storage.schema import open_database\n"
        "open_database(Path(sys.argv[1]), SystemClock())\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0] * 3
    assert open_database(path, SystemClock()).read(verify_chain).n_entries == 9
