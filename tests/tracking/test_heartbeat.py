"""Runs of machines that are gone, in records that several machines share."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from tests.postgres import postgres, postgres_url
from tidemill.access import Caller, Role
from tidemill.core import ManualClock, SystemClock
from tidemill.storage.records import Database
from tidemill.storage.schema import open_database
from tidemill.tracking import NewRun, Tracking
from tidemill.tracking.heartbeat import LEASE, Heartbeat

__all__ = ["postgres", "postgres_url"]
ANN = Caller("ann", role=Role.ADMIN)
OTHER = """
import sys
from pathlib import Path
from tests.tracking.test_heartbeat import ANN
from tidemill.core import SystemClock
from tidemill.storage.schema import open_database
from tidemill.tracking import NewRun, Tracking
tracking = Tracking(open_database(sys.argv[1], SystemClock(), Path(sys.argv[2])))
print(tracking.start_run(ANN, NewRun("e", "away")).id, flush=True)
sys.stdin.read()
"""


def _on(url: str, folder: Path) -> Database:
    return open_database(url, SystemClock(), folder)


def test_the_run_of_a_machine_that_is_gone_is_settled_after_its_lease(postgres_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", OTHER, postgres_url, str(tmp_path / "other")]
    away = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert away.stdout is not None
    run_id = away.stdout.readline().strip()
    away.send_signal(signal.SIGKILL)
    away.communicate()
    database, clock = _on(postgres_url, tmp_path / "here"), ManualClock(SystemClock().now())
    tracking = Tracking(database, Heartbeat(database, machine_clock=clock))
    assert tracking.settle_dead_runs() == []
    clock.advance(LEASE + timedelta(minutes=1))
    assert tracking.settle_dead_runs() == [run_id]
    assert tracking.settle_dead_runs() == []
    run = tracking.get_run(ANN, run_id).run
    assert (run.status, run.error) == ("killed", "its machine was not heard of")
    database.close()


def test_the_run_of_a_machine_that_lives_is_left_alone(postgres_url: str, tmp_path: Path) -> None:
    lease = timedelta(seconds=3)
    there, here = _on(postgres_url, tmp_path / "other"), _on(postgres_url, tmp_path / "here")
    working = Tracking(there, Heartbeat(there, lease))
    looking = Tracking(here, Heartbeat(here, lease))
    runs = [working.start_run(ANN, NewRun("e", name)) for name in "ab"]
    until = time.monotonic() + 2 * lease.total_seconds()
    while time.monotonic() < until:
        assert looking.settle_dead_runs() == []
        time.sleep(0.5)
    for run in runs:
        working.end_run(ANN, run.id)
    left = here.read(looking._heartbeat.silent)
    assert left == []
    there.close()
    here.close()
