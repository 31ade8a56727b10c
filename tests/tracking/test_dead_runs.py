"""Runs whose process has ended are settled; a living process's runs, and another machine's, never."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tidemill.access import Caller, Role
from tidemill.core import SystemClock
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_records import SqliteDatabase
from tidemill.tracking import NewRun, Tracking

ANN = Caller("ann", role=Role.ADMIN)
NEW = NewRun("tide", "tide")
_ABANDON = """
import os, sys
from pathlib import Path
from tests.tracking.test_dead_runs import NEW
from tidemill.access import Caller, Role
from tidemill.core import SystemClock
from tidemill.storage.schema import open_database
from tidemill.tracking import Tracking
Tracking(open_database(Path(sys.argv[1]), SystemClock())).start_run(Caller("eve", "other", Role.ADMIN), NEW)
os._exit(0)
"""


@pytest.fixture
def database(home: Path) -> SqliteDatabase:
    return open_database(home / "records.db", SystemClock())


def test_a_run_of_this_process_is_left_alone_by_every_thread_and_opening(database: SqliteDatabase) -> None:
    tracking, other = Tracking(database), Tracking(open_database(database.path, SystemClock()))
    run = tracking.start_run(ANN, NEW)
    found: list[list[str]] = [tracking.settle_dead_runs(), other.settle_dead_runs()]
    thread = threading.Thread(target=lambda: found.append(other.settle_dead_runs()))
    thread.start()
    thread.join()
    assert found == [[], [], []]
    tracking.end_run(ANN, run.id)
    assert other.settle_dead_runs() == []
    assert tracking.get_run(ANN, run.id).run.status == "finished"


def test_a_run_of_a_process_that_ended_is_killed_in_whatever_project(database: SqliteDatabase) -> None:
    caller = Caller("eve", "other", Role.ADMIN)
    subprocess.run([sys.executable, "-c", _ABANDON, str(database.path)], check=True)
    tracking = Tracking(database)
    (run,) = tracking.list_runs(caller)
    assert run.status == "running"
    assert tracking.settle_dead_runs() == [run.id]
    settled = tracking.get_run(caller, run.id).run
    assert (settled.status, settled.error) == ("killed", "its process ended")


def test_a_run_of_another_machine_is_left_alone(database: SqliteDatabase) -> None:
    tracking = Tracking(database)
    run = tracking.start_run(ANN, NEW)
    lock = database.path.parent / "runs" / f"{run.id}.lock"
    here = lock.read_text()
    lock.unlink()
    lock.write_text("elsewhere\n00000000-0000-0000-0000-000000000000")
    assert tracking.settle_dead_runs() == []
    lock.write_text(here)
    assert tracking.settle_dead_runs() == [run.id]
