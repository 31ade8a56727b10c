"""A run whose process is killed: running again goes on, repeats nothing that was committed, and comes to the same."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from tests.pipelines.killed_runs import PROJECT, calls, committed, n_points, run_killed
from tests.pipelines.projects import ANN, Sandbox, open_sandbox

SEED = 20260
N_KILLS = 50
N_LONG = 500


def _new(folder: Path) -> Sandbox:
    sandbox = open_sandbox(folder)
    sandbox.write(PROJECT)
    return sandbox


def _digests(sandbox: Sandbox, salt: int = 0) -> list[str]:
    run = sandbox.run(salt=salt)
    assert run.n_executed() == 0
    return [output["digest"] for step in run.steps for output in step.outputs]


def _kill_and_go_on(sandbox: Sandbox, points: list[int], salt: int, whole: list[str]) -> None:
    """Kill runs at these points. salt: makes the keys of this trial its own, so that one store serves them all."""
    (sandbox.folder / "calls.txt").unlink(missing_ok=True)
    done: set[str] = set()
    for at in points:
        before = calls(sandbox)
        code = run_killed(sandbox.folder, at, salt)
        again = calls(sandbox) - before
        assert not set(again) & done, f"killed at {points}: {again} were committed and executed again"
        assert all(count == 1 for count in again.values())
        done |= committed(sandbox, sandbox.workspace.tracking.list_runs(ANN)[:1])
        if not os.WIFSIGNALED(code):
            assert code == 0
            break
        assert os.WTERMSIG(code) == signal.SIGKILL
    before = calls(sandbox)
    run = sandbox.run(salt=salt)
    again = calls(sandbox) - before
    assert not set(again) & done, f"killed at {points}: {again} were committed and executed again"
    assert max(calls(sandbox).values()) <= len(points) + 1
    assert [output["digest"] for step in run.steps for output in step.outputs] == whole


def _trials(folder: Path, n_kills: int) -> None:
    chance = random.Random(SEED)
    sandbox = _new(folder / "project")
    most = n_points(sandbox.folder)
    whole = _digests(sandbox)
    trial = 0
    while n_kills > 0:
        trial += 1
        points = [chance.randint(1, most) for _ in range(min(n_kills, chance.choice((2, 5, 8))))]
        _kill_and_go_on(sandbox, points, trial, whole)
        n_kills -= len(points)
    sandbox.run()
    assert {run.status for run in sandbox.workspace.tracking.list_runs(ANN, limit=2000)} <= {"killed", "finished"}


def test_killed_runs_go_on_where_they_stood(tmp_path: Path) -> None:
    _trials(tmp_path, N_KILLS)


@pytest.mark.long
def test_many_killed_runs_go_on_where_they_stood(tmp_path: Path) -> None:
    _trials(tmp_path, N_LONG)
