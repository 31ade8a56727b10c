"""The scheduler as a process: one at a time, clean ends, and a project that comes, breaks and changes."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.loop.test_service import drift
from tests.loop.world import DECLARED
from tests.small_project import ANN, open_project, release, write_project
from tidemill.core import ManualClock, StoredClock
from tidemill.loop import Progress
from tidemill.release import run_and_release
from tidemill.server.scheduler import Scheduler
from tidemill.workspace import Workspace

WITHIN_S = 30.0
START = datetime(2013, 3, 4, tzinfo=UTC)


@dataclass
class Running:
    """A scheduler that runs, and what it has said."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text()

    def hears(self, words: str) -> None:
        eventually(lambda: words in self.said(), words)


@contextmanager
def scheduler(folder: Path, name: str = "one") -> Iterator[Running]:
    log = folder / f"{name}.log"
    with log.open("wb") as file:
        command = [sys.executable, "-m", "tidemill.server.scheduler", "--folder", str(folder)]
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        yield Running(process, log)
    finally:
        process.kill()
        process.wait()


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watched")
    write_project(folder)
    module = folder / "parcels.py"
    head = module.read_text().partition("gate = [")[0]
    module.write_text(head + DECLARED.replace("RETRAIN", "tm.on_drift()").lstrip())
    (folder / "tidemill.toml").write_text('module = "parcels.py"\nclock = "clock"\n')
    clock = StoredClock(folder / "clock")
    clock.set(START)
    workspace, project = open_project(folder, clock)
    run_and_release(workspace, project, ANN, None)
    workspace.database.close()
    return folder


@pytest.fixture
def yard(released: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(released, tmp_path / "yard")
    workspace, _ = open_project(tmp_path / "yard")
    yield workspace
    workspace.database.close()


def progress(workspace: Workspace) -> Progress | None:
    return next(iter(workspace.loop.progress(ANN)), None)


def move(workspace: Workspace, by: timedelta) -> datetime:
    clock = workspace.clock
    assert isinstance(clock, StoredClock)
    clock.set(clock.now() + by)
    return clock.now()


def test_it_follows_the_clock_fires_and_ends_when_told(yard: Workspace) -> None:
    with scheduler(yard.folder) as running:
        eventually(lambda: progress(yard) is not None, "the first pass")
        now = move(yard, timedelta(days=1))
        eventually(lambda: (found := progress(yard)) is not None and found.reached_at == now, "the next day")
        drift(yard, 0)
        eventually(lambda: len(yard.loop.turns(ANN, "late")) == 1, "a turn")
        running.hears("late: a turn is running")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(WITHIN_S) == 0
    assert "Traceback" not in running.said()


def test_a_second_waits_for_the_first(yard: Workspace) -> None:
    with scheduler(yard.folder, "one") as first, scheduler(yard.folder, "two") as second:
        eventually(lambda: "watching" in first.said() + second.said(), "one at work")
        works, waits = (first, second) if "watching" in first.said() else (second, first)
        with scheduler(yard.folder, "three") as third:
            waits.hears("begun")
            third.hears("begun")
            assert "watching" not in waits.said() + third.said()
            third.process.send_signal(signal.SIGTERM)
            assert third.process.wait(WITHIN_S) == 0, "one that waits ends when it is told to"
        works.process.kill()
        waits.hears("watching late")


def test_a_pass_that_fails_is_said_and_made_again(yard: Workspace) -> None:
    clock = yard.clock
    assert isinstance(clock, StoredClock)
    with scheduler(yard.folder) as running:
        eventually(lambda: progress(yard) is not None, "the first pass")
        now = clock.now()
        clock.path.write_text("soon\n")
        running.hears("holds no instant")
        clock.set(now + timedelta(days=1))
        eventually(lambda: (found := progress(yard)) is not None and found.reached_at > now, "the pass made again")
        assert running.process.poll() is None


def test_it_waits_for_a_project_and_takes_edits(tmp_path: Path) -> None:
    with scheduler(tmp_path) as running:
        running.hears("waiting for a project")
        write_project(tmp_path)
        running.hears("watching late")
        module = tmp_path / "parcels.py"
        module.write_text(module.read_text() + "this is no python\n")
        running.hears("starting afresh")
        running.hears("cannot be imported")
        write_project(tmp_path)
        eventually(lambda: running.said().count("watching late") == 2, "the project again")
        assert running.process.poll() is None


def test_an_edited_endpoint_is_recorded(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    module = tmp_path / "parcels.py"
    with scheduler(tmp_path) as running:
        running.hears("watching late")
        module.write_text(module.read_text().replace('description="arrives late"', 'description="comes late"'))
        eventually(lambda: workspace.deployments.get(ANN, "late").description == "comes late", "the edit")
    workspace.database.close()


def test_a_snapshot_that_cannot_be_written_does_not_stop_the_loop(
    yard: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, _ = open_project(yard.folder, ManualClock(START))
    shutil.rmtree(workspace.home / "serving")
    shutil.rmtree(workspace.home / "blobs")
    made = Scheduler(workspace)
    eventually(lambda: not made.pass_once(), "the trouble")
    found = progress(workspace)
    assert found is not None
    assert (found.reached_at, found.said) == (START, "")
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "the endpoints: " in line]
    assert "There is no" in line or "not" in line, line
    workspace.database.close()
