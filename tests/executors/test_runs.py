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
