"""Processes that log are killed at any moment: every call that had returned is stored after the next sync."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.recording.nursery import Nursery, Request, counted
from tests.recording.stored import Stored
from tidemill.core import new_id


@pytest.mark.parametrize("n_kills", [30, pytest.param(500, marks=pytest.mark.long)])
def test_what_was_logged_before_a_kill_is_stored_by_the_next_sync(
    n_kills: int, nursery: Nursery, stored: Stored, tmp_path: Path
) -> None:
    chance = random.Random(n_kills)
    for number in range(n_kills):
        request = Request(str(stored.home), str(tmp_path / "record"), new_id())
        child = nursery.bear(request)
        # The first kills come while the run begins, when nothing may be written yet.
        time.sleep(chance.uniform(0, 0.02 if number % 5 == 0 else 0.15))
        os.kill(child, signal.SIGKILL)
        nursery.ended()
        _check_all_is_stored(stored, request, killed=True)


def _check_all_is_stored(stored: Stored, request: Request, *, killed: bool) -> None:
    acknowledged = counted(Path(request.record))
    stored.sync()
    if not acknowledged:
        return
    steps = [point.step for point in stored.points(request.run_id, request.key)]
    assert steps == list(range(len(steps)))
    assert len(steps) >= acknowledged
    detail = stored.run(request.run_id)
    assert detail.params[f"{request.key}_0"] == "0"
    assert (detail.run.status, detail.run.error) == (("killed", "its process ended") if killed else ("finished", None))
    again = stored.sync()
    assert (again.n_journals, again.n_points, again.waiting) == (0, 0, {})
    assert stored.waiting() == []


def test_two_processes_log_to_one_run_and_one_is_killed(nursery: Nursery, stored: Stored, tmp_path: Path) -> None:
    run_id = new_id()
    first = Request(str(stored.home), str(tmp_path / "first"), run_id, key="first", n_points=3000)
    other = Request(str(stored.home), str(tmp_path / "other"), run_id, key="other")
    nursery.bear(first)
    child = nursery.bear(other)
    deadline = time.monotonic() + 30
    while counted(Path(other.record)) < 1000 or counted(Path(first.record)) < 3000:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    nursery.ended()
    stored.sync()
    assert len(stored.points(run_id, "first")) == 3000
    assert len(stored.points(run_id, "other")) >= counted(Path(other.record))
    assert stored.run(run_id).run.status in {"finished", "killed"}
    assert stored.waiting() == []


@pytest.mark.long
def test_32_writers_are_killed_at_random(nursery: Nursery, stored: Stored, tmp_path: Path) -> None:
    chance = random.Random(32)
    for _ in range(4):
        requests = [Request(str(stored.home), str(tmp_path / f"record_{at}"), new_id()) for at in range(32)]
        children = [nursery.bear(request) for request in requests]
        for child in chance.sample(children, len(children)):
            time.sleep(chance.uniform(0, 0.2))
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        nursery.ended()
        for request in requests:
            _check_all_is_stored(stored, request, killed=True)
    assert stored.store.database.read(lambda tx: tx.scalar(sa.text("PRAGMA integrity_check"))) == "ok"
