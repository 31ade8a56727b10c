"""Runs that ask: who may answer, what happens when nobody does, and going on after the answer."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.pipelines.projects import ANN, Sandbox
from tidemill.access import Role
from tidemill.core import ConflictError, ForbiddenError, NotFoundError
from tidemill.pipelines import PipelineRun, RunApproval, RunOptions, RunParked, StepError
from tidemill.storage.events import EventQuery
from tidemill.storage.queue import NewJob, Queue, park_job

_LEASE = timedelta(seconds=30)
PROJECT = """
import tidemill as tm

@tm.step
def score() -> int:
    return 7

@tm.step
def ship(x: int) -> str:
    return f"shipped {x}"

@tm.step
def keep(x: int) -> str:
    return f"kept {x}"

@tm.pipeline
def p():
    x = score()
    ok = tm.approval("Ship it?", show=x, role="deployer"OPTIONS)
    return tm.when(ok, then=lambda: ship(x), otherwise=lambda: keep(x))
"""


def _project(sandbox: Sandbox, options: str = "") -> None:
    sandbox.write(PROJECT.replace("OPTIONS", options))


def _run(sandbox: Sandbox, **options: Any) -> PipelineRun:
    asked = replace(RunOptions(), **options)
    return sandbox.workspace.pipelines.run(ANN, sandbox.plan(), sandbox.folder, asked)


def _parked(sandbox: Sandbox, **options: Any) -> str:
    with pytest.raises(RunParked) as parked:
        _run(sandbox, park=True, **options)
    return parked.value.run_id


@pytest.mark.parametrize(("approved", "result"), [(True, "shipped 7"), (False, "kept 7")])
def test_a_run_waits_for_the_answer_and_goes_by_it(sandbox: Sandbox, approved: bool, result: str) -> None:
    _project(sandbox)
    statuses: list[str] = []

    def answer(asked: RunApproval) -> None:
        def later() -> None:
            pause = threading.Event()
            for _ in range(1500):
                statuses.append(sandbox.workspace.tracking.get_run(ANN, asked.run_id).run.status)
                if statuses[-1] == "paused":
                    break
                pause.wait(0.02)
            sandbox.workspace.pipelines.answer(ANN, asked.run_id, asked.position, approved, "by eye")

        threads.append(threading.Thread(target=later))
        threads[-1].start()

    threads: list[threading.Thread] = []
    run = _run(sandbox, on_ask=answer)
    threads[0].join()
    assert (run.result, statuses[-1]) == (result, "paused")
    (asked,) = sandbox.workspace.pipelines.approvals(ANN, run.run_id)
    assert (asked.state, asked.answered_by, asked.note) == ("approved" if approved else "refused", "ann", "by eye")
    kinds = [event.kind for event in sandbox.workspace.audit.list(ANN, EventQuery())]
    assert ("run.approved" if approved else "run.refused") in kinds
    assert sandbox.workspace.tracking.get_run(ANN, run.run_id).run.status == "finished"


def test_only_the_role_that_is_named_may_answer_and_only_once(sandbox: Sandbox) -> None:
    _project(sandbox)
    run_id = _parked(sandbox)
    runner = sandbox.workspace.pipelines
    with pytest.raises(ForbiddenError, match="this needs deployer"):
        runner.answer(replace(ANN, name="eve", role=Role.EDITOR), run_id, 1, True)
    with pytest.raises(NotFoundError):
        runner.answer(ANN, run_id, 5, True)
    assert runner.approvals(ANN, run_id)[0].state == "asked"
    runner.answer(ANN, run_id, 1, True)
    with pytest.raises(ConflictError, match="is approved since"):
        runner.answer(ANN, run_id, 1, False)


@pytest.mark.parametrize("options", [{}, {"executor": "pool", "n_workers": 1}], ids=["here", "pool"])
def test_a_parked_run_holds_no_process_and_goes_on_as_the_same_run(sandbox: Sandbox, options: dict[str, Any]) -> None:
    _project(sandbox)
    run_id = _parked(sandbox, **options)
    tracking = sandbox.workspace.tracking
    assert tracking.settle_dead_runs() == []
    assert tracking.get_run(ANN, run_id).run.status == "paused"
    sandbox.workspace.pipelines.answer(ANN, run_id, 1, True)
    run = _run(sandbox, resume=run_id, park=True, **options)
    assert (run.run_id, run.result) == (run_id, "shipped 7")
    steps = sandbox.workspace.pipelines.steps(ANN, run_id)
    assert [step.state for step in steps] == ["reused", "executed", "executed", "skipped", "executed"]


def test_an_approval_is_not_asked_for_again_by_a_run_that_goes_on(sandbox: Sandbox) -> None:
    _project(sandbox)
    run_id = _parked(sandbox)
    sandbox.workspace.pipelines.answer(ANN, run_id, 1, True)
    assert _run(sandbox, park=True).result == "shipped 7"  # another run, since nobody took up the first
    sandbox.workspace.pipelines.cancel(ANN, run_id)
    assert sandbox.workspace.tracking.get_run(ANN, run_id).run.status == "killed"


@pytest.mark.parametrize(("otherwise", "result"), [("refuse", "kept 7"), ("approve", "shipped 7"), ("fail", None)])
def test_nobody_answers_in_time(sandbox: Sandbox, otherwise: str, result: str | None) -> None:
    _project(sandbox, f', timeout="1s", otherwise="{otherwise}"')
    if result is None:
        with pytest.raises(StepError, match=r"nobody answered 'Ship it\?' until"):
            _run(sandbox)
    else:
        assert _run(sandbox).result == result


def test_a_job_that_waits_for_an_answer_is_no_workers(sandbox: Sandbox) -> None:
    _project(sandbox)
    run_id = _parked(sandbox)
    database, queue = sandbox.workspace.database, sandbox.workspace.queue
    job_id = database.write(lambda tx: queue.enqueue(tx, "default", "ann", NewJob("pipeline_run", {})))
    job = queue.claim("worker", _LEASE)
    assert job is not None
    database.write(lambda tx: park_job(tx, job, None, {"resume": run_id}))
    assert queue.claim("worker", _LEASE) is None
    sandbox.workspace.tracking.set_tags(ANN, run_id, {"job_id": job_id})
    sandbox.workspace.pipelines.answer(ANN, run_id, 1, True)
    again = queue.claim("worker", _LEASE)
    assert again is not None
    assert again.payload == {"resume": run_id}
    _leave(queue)


def _leave(queue: Queue) -> None:
    queue.leave("worker")
