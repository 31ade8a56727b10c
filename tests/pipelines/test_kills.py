"""A run whose process is killed, or its worker, or both: running again goes on and comes to the same.

What was committed is never repeated.
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.pipelines.killed_runs import PROJECT, begun, calls, committed, n_points, run_here, run_killed
from tests.pipelines.projects import ANN, Sandbox, open_sandbox
from tidemill.pipelines import RunOptions

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


#: Steps in the midst of which a worker ends, or the runner with it.
MIDST = ("numbers", "square 3", "halves", "added")


def _slow(text: str) -> str:
    """Let each step last, and stay in a worker: what has a time-out does."""
    write = '        file.write(name + "\\n")\n'
    assert write in text
    lasting = text.replace(write, f"{write}    time.sleep(0.15)\n")
    timed = lasting.replace("@tm.step\n", "@tm.step()\n").replace("@tm.step(", "@tm.step(timeout='600s', ")
    return f"import time\n{timed}"


def _kill_in_the_midst(sandbox: Sandbox, name: str, *, runner_too: bool) -> None:
    """Begin a run on a pool, and kill its worker while it is in a step, and the runner when asked to."""
    before, options = calls(sandbox), RunOptions(executor="pool", n_workers=1)
    runner = begun(lambda: run_here(sandbox.folder, options))
    deadline = time.monotonic() + 60
    while not (calls(sandbox) - before)[name]:
        assert time.monotonic() < deadline, f"{name} did not begin: {calls(sandbox) - before}"
        time.sleep(0.005)
    workers = psutil.Process(runner).children(recursive=True)
    assert workers, "a step with a time-out is in a worker"
    if runner_too:
        os.kill(runner, signal.SIGKILL)
    for worker in workers:
        with suppress(psutil.NoSuchProcess):
            worker.kill()
    code = os.waitpid(runner, 0)[1]
    assert os.WIFSIGNALED(code) if runner_too else os.waitstatus_to_exitcode(code) == 1


@pytest.mark.parametrize(
    "runner_too", [pytest.param(False, id="worker", marks=pytest.mark.long), pytest.param(True, id="both")]
)
def test_a_run_whose_worker_is_killed_goes_on_where_it_stood(tmp_path: Path, runner_too: bool) -> None:
    whole = _new(tmp_path / "whole")
    whole.run()
    sandbox = _new(tmp_path / "killed")
    sandbox.write(_slow(PROJECT))
    done: set[str] = set()
    for name in MIDST:
        before = calls(sandbox)
        _kill_in_the_midst(sandbox, name, runner_too=runner_too)
        again = calls(sandbox) - before
        assert all(count == 1 for count in again.values())
        assert not set(again) & done, f"killed in {name}: {again} were committed and executed again"
        done |= committed(sandbox, sandbox.workspace.tracking.list_runs(ANN)[:1])
        assert name not in done
    run = sandbox.run()
    assert [output["digest"] for step in run.steps for output in step.outputs] == _digests(whole)
    assert max(calls(sandbox).values()) == 2
