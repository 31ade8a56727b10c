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


def _digests(sandbox: Sandbox) -> list[str]:
    run = sandbox.run()
    assert run.n_executed() == 0
    return [output["digest"] for step in run.steps for output in step.outputs]


def _kill_and_go_on(folder: Path, points: list[int], whole: list[str]) -> None:
    sandbox = _new(folder)
    for at in points:
        before, done = calls(sandbox), committed(sandbox)
        code = run_killed(folder, at)
        again = calls(sandbox) - before
        assert not set(again) & done, f"killed at {points}: {again} were committed and executed again"
        assert all(count == 1 for count in again.values())
        if not os.WIFSIGNALED(code):
            assert code == 0
            break
        assert os.WTERMSIG(code) == signal.SIGKILL
    before, done = calls(sandbox), committed(sandbox)
    sandbox.run()
    again = calls(sandbox) - before
    assert not set(again) & done, f"killed at {points}: {again} were committed and executed again"
    assert max(calls(sandbox).values()) <= len(points) + 1
    assert _digests(sandbox) == whole
    states = {run.status for run in sandbox.workspace.tracking.list_runs(ANN)}
    assert states <= {"killed", "finished"}


def _trials(folder: Path, n_kills: int) -> None:
    chance = random.Random(SEED)
    unbroken = _new(folder / "whole")
    most = n_points(unbroken.folder)
    whole = _digests(unbroken)
    trial = 0
    while n_kills > 0:
        points = [chance.randint(1, most) for _ in range(min(n_kills, chance.choice((1, 1, 2, 5))))]
        _kill_and_go_on(folder / str(trial), points, whole)
        n_kills -= len(points)
        trial += 1


def test_killed_runs_go_on_where_they_stood(tmp_path: Path) -> None:
    _trials(tmp_path, N_KILLS)


@pytest.mark.long
def test_many_killed_runs_go_on_where_they_stood(tmp_path: Path) -> None:
    _trials(tmp_path, N_LONG)
