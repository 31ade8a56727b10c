"""Runs on a pool: the same results and errors as in this process, whatever dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.projects import ANN, Sandbox, open_sandbox
from tidemill.pipelines import RunOptions, StepError

PROJECT = """
import os
import tidemill as tm

@tm.step
def numbers(n: int) -> list:
    return list(range(n))

@tm.step
def square(x: int) -> int:
    print("squaring", x)
    return x * x

@tm.step(retries=1)
def die_once(xs: list, mark: str) -> list:
    if not os.path.exists(mark):
        open(mark, "w").close()
        os._exit(3)
    return xs

@tm.step
def fail(x: int) -> int:
    return worse(x)

def worse(x):
    raise ValueError(f"{x} is no good")

@tm.pipeline
def work(n: int = 6, mark: str = ""):
    return die_once(square.map(numbers(n)), mark)

SEEN = []

@tm.step
def remember(x: int) -> int:
    SEEN.append(x)
    return x

@tm.step
def recall(x: int) -> int:
    return len(SEEN) + x

@tm.step
def peek(path: str) -> str:
    with open(path) as file:
        return file.read()

@tm.step
def is_large(n: int) -> bool:
    print("token is", os.environ["A_SECRET_TOKEN"])
    return n > 3

@tm.pipeline
def inner(n: int):
    return square.map(numbers(n))

@tm.pipeline
def all_kinds(path: str, n: int = 4):
    large = is_large(n)
    chosen = tm.when(large, then=lambda: inner(n), otherwise=lambda: numbers(n))
    return chosen, recall(remember(n)), peek(path)

@tm.pipeline
def recalls(n: int = 1):
    return recall(remember(n))

@tm.pipeline
def broken(x: int = 3):
    return fail(x)
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A project whose steps square numbers, die and fail; its pool is kept from run to run."""
    opened = open_sandbox(tmp_path_factory.mktemp("runs") / "project")
    opened.write(PROJECT)
    opened.workspace.executors.keep()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_SECRET_TOKEN", "s3cr3t-of-ours")
        yield opened
    opened.workspace.executors.close()
    opened.workspace.database.close()


def test_a_run_on_a_pool_gives_what_one_here_gives_though_a_process_dies(sandbox: Sandbox, tmp_path: Path) -> None:
    runner, plan = sandbox.workspace.pipelines, sandbox.plan("work", mark=str(tmp_path / "mark"))
    pool = runner.run(ANN, plan, sandbox.folder, RunOptions(executor="pool", n_workers=1))
    assert pool.result == [0, 1, 4, 9, 16, 25]
    here = runner.run(ANN, plan, sandbox.folder, RunOptions(use_cache=False))
    assert [step.outputs for step in here.steps] == [step.outputs for step in pool.steps]
    (died,) = [step for step in pool.steps if step.step == "die_once"]
    assert died.attempt == 2
    assert "ended itself with exit code 3" in died.note
    again = runner.run(ANN, plan, sandbox.folder, RunOptions(executor="pool"))
    assert again.n_executed() == 0


def test_an_error_in_a_process_is_shown_as_one_here(sandbox: Sandbox) -> None:
    shown = []
    for executor in ("pool", "in-process"):
        plan = sandbox.plan("broken")
        with pytest.raises(StepError, match=r"step 'fail' failed at project\.py:\d+: ValueError: 3 is no good") as told:
            sandbox.workspace.pipelines.run(ANN, plan, sandbox.folder, RunOptions(executor=executor, n_workers=1))
        shown.append((str(told.value), told.value.details))
    assert shown[0] == shown[1]
    assert 'raise ValueError(f"{x} is no good")' in shown[0][1]


def test_runs_of_every_kind_leave_the_same_records_on_a_pool(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nested, mapped and chosen steps, reads and changes that nothing declares, and secrets in what steps write."""
    told, workspace = [], sandbox.workspace
    file = tmp_path / "undeclared.txt"
    for executor in ("pool", "in-process"):
        file.write_text("the same")
        sandbox.write(PROJECT)  # imported anew: nothing is remembered
        plan = sandbox.plan("all_kinds", path=str(file))
        options = RunOptions(use_cache=False, executor=executor, n_workers=1)
        run = workspace.pipelines.run(ANN, plan, sandbox.folder, options)
        assert run.result == ([0, 1, 4, 9], 5, "the same")
        steps = workspace.pipelines.steps(ANN, run.run_id)
        elements = [
            (each.element, each.state, each.cache_key, each.outputs)
            for step in steps
            for each in workspace.pipelines.elements(ANN, run.run_id, step.position)
        ]
        lines = [line.text for line in workspace.step_logs.lines(ANN, run.run_id)]
        # Of several reasons the first: a process also tells how it differs from what was planned.
        notes = ["; not reusable: ".join(step.note.split("; not reusable: ")[:2]) for step in steps]
        kinds = [
            (step.step, step.kind, step.path, step.state, step.cache_key, note)
            for step, note in zip(steps, notes, strict=True)
        ]
        told.append((kinds, [step.outputs for step in steps], elements, sorted(lines)))
    for pool, here in zip(*told, strict=True):
        assert list(zip(pool, here, strict=True)) == [(each, each) for each in here]
    by_step = {step: note for step, *_, note in told[0][0]}
    assert "undeclared.txt, which is no input" in by_step["peek"]
    assert "it changed project.SEEN while it ran" in by_step["remember"]
    assert "token is [redacted]" in told[0][3]


def test_a_global_that_an_earlier_run_changed_in_a_process_makes_no_later_result(sandbox: Sandbox) -> None:
    results = []
    for number in (1, 2):
        sandbox.write(PROJECT)
        plan = sandbox.plan("recalls", n=number)
        run = sandbox.workspace.pipelines.run(ANN, plan, sandbox.folder, RunOptions(executor="pool", n_workers=1))
        results.append(run.result)
    assert results == [2, 3]
