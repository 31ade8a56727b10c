"""A run whose process is killed, or its worker, or both: running again goes on, repeats nothing that was committed,
and comes to the same."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from tests.pipelines.killed_runs import PROJECT, calls, committed, n_points, run_killed
from tests.pipelines.projects import ANN, Sandbox, open_sandbox
from tidemill.pipelines import RunOptions, StepError

SEED = 20260
N_KILLS = 50
N_LONG = 500
#: Steps in the midst of which a worker ends, or the runner with it, one after the other.
MIDST = ("numbers", "square 3", "halves", "added")


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


def _with_workers(folder: Path, whole: list[str]) -> None:
    """End workers in the midst of steps, alone and together with the runner, once for each step."""
    sandbox, options = _new(folder), RunOptions(executor="pool", n_workers=1)
    timed = PROJECT.replace("@tm.step(", "@tm.step(timeout='600s', ")  # what has a time-out stays in a worker
    sandbox.write(timed.replace("@tm.step\n", "@tm.step(timeout='600s')\n"))
    for both in (False, True):
        salt = 1 + both
        (sandbox.folder / "calls.txt").unlink(missing_ok=True)
        for name in MIDST:
            before = calls(sandbox)
            (sandbox.folder / "end.txt").write_text(f"{name}\n{os.getpid()}\n{'both' if both else ''}")
            if both:
                code = run_killed(sandbox.folder, 0, salt, options)
                assert os.WIFSIGNALED(code)
            else:
                with pytest.raises(StepError, match=r"its process|was killed|ended"):
                    sandbox.workspace.pipelines.run(ANN, sandbox.plan(salt=salt), sandbox.folder, options)
            again = calls(sandbox) - before
            assert name in again
            assert all(count == 1 for count in again.values())
        (sandbox.folder / "end.txt").unlink()
        run = sandbox.workspace.pipelines.run(ANN, sandbox.plan(salt=salt), sandbox.folder, options)
        assert [output["digest"] for step in run.steps for output in step.outputs] == whole
        counts = calls(sandbox)
        assert {name: counts[name] for name in MIDST} == dict.fromkeys(MIDST, 2)
    sandbox.workspace.executors.close()


def test_killed_runs_go_on_where_they_stood(tmp_path: Path) -> None:
    _trials(tmp_path, N_KILLS)


@pytest.mark.long
def test_many_killed_runs_go_on_where_they_stood(tmp_path: Path) -> None:
    _trials(tmp_path, N_LONG)


@pytest.mark.long
def test_killed_workers_and_runners_with_them_end_in_the_same(tmp_path: Path) -> None:
    unbroken = _new(tmp_path / "whole")
    unbroken.run()
    _with_workers(tmp_path / "pool", _digests(unbroken))
