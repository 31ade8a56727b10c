"""Shares of named pools, across processes: no more is held than there is, and all is given back whatever ends a run."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.pipelines.killed_runs import begun
from tests.pipelines.projects import ANN, Sandbox, open_sandbox, wait_for
from tidemill.pipelines import PipelineRun, RunCancelled, RunOptions, StepError
from tidemill.pipelines._tables import pool_claim_table
from tidemill.pipelines.running import pools

PROJECT = """
import time
from pathlib import Path
import tidemill as tm

HERE = Path(__file__).parent

@tm.step(cache=False, gpus=1, pool="gpu")
def work(name: str) -> str:
    (HERE / f"{name} began").write_text("")
    if name == "wrong":
        raise ValueError(name)
    for _ in range(6000):
        if name != "first" or (HERE / "go").exists():
            break
        time.sleep(0.01)
    return name

@tm.pipeline
def p(name: str):
    return work(name)
"""
QUOTAS = {"gpu": {"gpus": 1.0}}


def _run(sandbox: Sandbox, name: str) -> PipelineRun:
    options = RunOptions(pools=QUOTAS)
    return sandbox.workspace.pipelines.run(ANN, sandbox.plan(name=name), sandbox.folder, options)


def _n_claims(sandbox: Sandbox) -> int:
    count = sa.select(sa.func.count()).select_from(pool_claim_table)
    return int(sandbox.workspace.database.read(lambda tx: tx.scalar(count)) or 0)


@pytest.fixture
def held(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let another process hold the whole pool, with a lease that does not run out; return its id."""
    monkeypatch.setattr(pools, "LEASE", timedelta(days=1))
    sandbox.write(PROJECT)
    pid = begun(lambda: _run(open_sandbox(sandbox.folder), "first"))
    wait_for(sandbox.folder / "first began")
    return pid


def test_what_a_killed_process_has_held_is_given_back_to_a_run_that_waits_for_it(sandbox: Sandbox, held: int) -> None:
    plan = sandbox.plan(name="second")  # what was dead before a plan is seen to by the plan
    os.kill(held, signal.SIGKILL)
    os.waitpid(held, 0)
    assert _n_claims(sandbox) == 1
    run = sandbox.workspace.pipelines.run(ANN, plan, sandbox.folder, RunOptions(pools=QUOTAS))
    assert (run.result, _n_claims(sandbox)) == ("second", 0)


def test_a_run_waits_for_what_another_process_holds(sandbox: Sandbox, held: int) -> None:
    told: list[PipelineRun] = []
    waiting = threading.Thread(target=lambda: told.append(_run(sandbox, "second")))
    waiting.start()
    runs = sandbox.workspace.tracking
    pause = threading.Event()
    while len(runs.list_runs(ANN)) < 2:
        pause.wait(0.02)
    pause.wait(0.3)
    assert not (sandbox.folder / "second began").exists()
    (sandbox.folder / "go").write_text("")
    waiting.join(60)
    assert (told[0].result, os.waitpid(held, 0)[1], _n_claims(sandbox)) == ("second", 0, 0)


def test_a_cancelled_run_and_one_that_failed_hold_nothing(sandbox: Sandbox) -> None:
    sandbox.write(PROJECT)
    with pytest.raises(StepError):
        _run(sandbox, "wrong")
    assert _n_claims(sandbox) == 0

    def cancel() -> None:
        wait_for(sandbox.folder / "first began")
        newest = sandbox.workspace.tracking.list_runs(ANN)[0]
        sandbox.workspace.pipelines.cancel(ANN, newest.id)

    cancelling = threading.Thread(target=cancel)
    cancelling.start()
    with pytest.raises(RunCancelled):
        _run(sandbox, "first")
    cancelling.join()
    assert _n_claims(sandbox) == 0
