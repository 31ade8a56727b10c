"""What becomes of steps: maps, branches, retries, time-outs, caught errors, wrong results; and what is recorded."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.projects import ANN, Sandbox
from tidemill.app import open_workspace
from tidemill.core import UsageError, load_settings
from tidemill.pipelines import Failure, Only, PipelineRun, RunCancelled, RunOptions, StepError

HEAD = """
import random
import time
from pathlib import Path
from typing import Any, NamedTuple
import numpy as np
import tidemill as tm

CALLS = Path(__file__).parent / "calls.txt"

def note(what: Any) -> None:
    with CALLS.open("a") as file:
        file.write(f"{what}\\n")
"""
FLOW = (
    HEAD
    + """
class Two(NamedTuple):
    low: int
    name: str

@tm.step
def numbers(n: int) -> list[int]:
    return list(range(n))

@tm.step
def double(x: int, k: int = 2) -> int:
    note(f"double {x}")
    return k * x

@tm.step
def halves(x: int) -> Two:
    return Two(x // 2, str(x))

@tm.step
def total(xs: list[int]) -> int:
    return sum(xs)

@tm.step
def big(x: int) -> bool:
    return x > 20

@tm.pipeline
def p(n: int = 4):
    doubled = double.map(numbers(n))
    again = double.map(doubled, k=3)
    lows, names = halves.map([1, 2, 3])
    mark = tm.when(big(total(again)), then=lambda: double(100), otherwise=lambda: double(200))
    return {"again": again, "lows": lows, "names": names, "mark": mark, "none": total(double.map([]))}
"""
)


def _step(body: str, options: str = "", returns: str = "") -> str:
    return (
        f"{HEAD}\n@tm.step({options})\ndef work(x=1){returns}:\n    {body}\n@tm.pipeline\ndef p():\n    return work()\n"
    )


def _calls(sandbox: Sandbox) -> list[str]:
    file = sandbox.folder / "calls.txt"
    return file.read_text().splitlines() if file.exists() else []


def test_maps_are_collected_and_branches_chosen(sandbox: Sandbox) -> None:
    sandbox.write(FLOW)
    run = sandbox.run()
    assert run.result == {"again": [0, 6, 12, 18], "lows": [0, 1, 1], "names": ["1", "2", "3"], "mark": 200, "none": 0}
    states = {step.position: step.state for step in run.steps}
    assert [states[at] for at in (6, 7, 8)] == ["executed", "skipped", "executed"]
    elements = sandbox.workspace.pipelines.elements(ANN, run.run_id, 1)
    assert [(each.element, each.state) for each in elements] == [(at, "executed") for at in range(4)]
    assert [each.element for each in sandbox.workspace.pipelines.elements(ANN, run.run_id, 1, after=1, limit=1)] == [2]


def test_each_element_is_reused_by_its_own_key(sandbox: Sandbox) -> None:
    sandbox.write(FLOW)
    sandbox.run()
    before = len(_calls(sandbox))
    again = sandbox.run()
    assert (again.n_executed(), len(_calls(sandbox))) == (0, before)
    more = sandbox.run(n=5)
    assert more.result["again"] == [0, 6, 12, 18, 24]
    assert _calls(sandbox)[before:] == ["double 4", "double 8"]
    noted = {step.position: (step.n_elements, step.note) for step in more.steps}
    assert noted[1] == (5, "1 of 5 elements executed")


def test_the_graph_is_recorded_with_what_was_planned(sandbox: Sandbox) -> None:
    sandbox.write(FLOW)
    run = sandbox.run()
    graph = sandbox.workspace.pipelines.graph(ANN, run.run_id)
    assert graph is not None
    assert [node.name for node in graph.nodes] == [step.step for step in run.steps]
    assert graph.nodes[1].depends_on == (0,)
    assert graph.nodes[6].guards == ((5, "result", True),)
    assert graph.nodes[1].line.startswith("project.py:")
    assert [each["action"] for each in graph.forecast][:2] == ["run", "unknown"]


def test_a_step_is_tried_again_and_then_given_up(sandbox: Sandbox) -> None:
    body = "note('try')\n    if len(CALLS.read_text().split()) < 3:\n        raise OSError('away')\n    return x"
    sandbox.write(_step(body, "retries=2, backoff=0.01"))
    (step,) = sandbox.run().steps
    assert (step.attempt, step.state, len(_calls(sandbox))) == (3, "executed", 3)
    assert "tried again after: step 'work' failed at project.py:" in step.note
    sandbox.write(_step("note('more')\n    raise OSError('away')", "retries=2, backoff=0.01, retry_on=(ValueError,)"))
    with pytest.raises(StepError, match="OSError: away"):
        sandbox.run()
    assert _calls(sandbox).count("more") == 1


def test_a_caught_error_is_a_failure_and_what_follows_goes_on(sandbox: Sandbox) -> None:
    sandbox.write(
        HEAD + "@tm.step(catch=(ValueError,))\ndef work(x: int) -> int:\n    if x == 2:\n"
        "        raise ValueError('two')\n    return x\n"
        "@tm.step\ndef told(found) -> list[str]:\n    return [type(each).__name__ for each in found]\n"
        "@tm.pipeline\ndef p():\n    return told([work(2), work(3)]), work.map([1, 2]), "
        "tm.when(work(2), lambda: work(5))\n"
    )  # fmt: skip
    run = sandbox.run()
    kinds, mapped, chosen = run.result
    assert (kinds, mapped[0], chosen) == (["Failure", "int"], 1, None)
    assert isinstance(mapped[1], Failure)
    assert (mapped[1].kind, mapped[1].message) == ("ValueError", "step 'work' failed at project.py:17: ValueError: two")
    assert [step.state for step in run.steps][:2] == ["caught", "executed"]
    again = sandbox.run()
    assert again.steps[0].state == "caught"  # a failure is no result to reuse
    assert [each.state for each in sandbox.workspace.pipelines.elements(ANN, again.run_id, 3)] == ["reused", "caught"]


@pytest.mark.parametrize("body", ["time.sleep(30)", "while True:\n        pass"])
@pytest.mark.parametrize("in_thread", [False, True])
def test_a_step_that_takes_too_long_is_ended(sandbox: Sandbox, body: str, in_thread: bool) -> None:
    if in_thread:
        body = body.replace("time.sleep(30)", "for _ in range(3000):\n        time.sleep(0.01)")
    sandbox.write(_step(body, "timeout=0.2"))
    told: list[BaseException] = []

    def run() -> None:
        try:
            sandbox.run()
        except StepError as error:
            told.append(error)

    if in_thread:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(60)
    else:
        run()
    assert str(told[0]) == "step 'work' took longer than its timeout of 0.2 s"


@pytest.mark.parametrize(
    ("body", "returns", "told"),
    [
        ("return 'a'", " -> int", "it declares int and returned a str 'a'"),
        ("return None", " -> int", "it declares int and returned None"),
        ("return [1, 'a']", " -> list[int]", "it declares list[int] and returned a list"),
        ("pass", " -> list[int]", "it declares list[int] and returned None"),
    ],
)
def test_a_result_of_another_type_fails_the_step(sandbox: Sandbox, body: str, returns: str, told: str) -> None:
    sandbox.write(_step(body, returns=returns))
    with pytest.raises(StepError, match=r"^step 'work' failed: TypeError: ") as failed:
        sandbox.run()
    assert str(failed.value).endswith(told)
    assert sandbox.workspace.tracking.list_runs(ANN)[0].status == "failed"


def test_lists_that_are_none_or_of_other_lengths_fail_the_step(sandbox: Sandbox) -> None:
    more = "@tm.step\ndef alone() -> Any:\n    return 5\n@tm.step\ndef work(x: Any) -> Any:\n    return x\n"
    sandbox.write(HEAD + more + "@tm.pipeline\ndef p():\n    return work.map(alone())\n")
    with pytest.raises(StepError, match=r"step 'work' failed: it is mapped over a int, which is no list"):
        sandbox.run()


def test_a_seed_makes_chance_the_same_and_is_part_of_the_key(sandbox: Sandbox) -> None:
    sandbox.write(_step("return [random.random(), float(np.random.rand())]", "seed=7, cache=False"))
    first, second = sandbox.run(), sandbox.run()
    assert first.result == second.result
    sandbox.write(_step("return [random.random(), float(np.random.rand())]", "seed=8"))
    assert sandbox.run().result != first.result
    sandbox.write(_step("return [random.random(), float(np.random.rand())]", "seed=9"))
    assert sandbox.states() == ["executed"]


def test_a_step_of_higher_priority_goes_first(sandbox: Sandbox) -> None:
    sandbox.write(
        HEAD + "@tm.step\ndef work(x):\n    note(x)\n"
        "@tm.pipeline\ndef p():\n    work('later')\n    work.options(priority=5)('first')\n    work('last')\n"
    )  # fmt: skip
    sandbox.run()
    assert _calls(sandbox) == ["first", "later", "last"]


def test_one_step_alone_on_what_a_past_run_has_made(sandbox: Sandbox) -> None:
    sandbox.write(FLOW)
    before = sandbox.run()
    n_calls = len(_calls(sandbox))
    run = _only(sandbox, "total", before.run_id, number="5")
    assert ([step.step for step in run.steps], run.result, len(_calls(sandbox))) == (["total"], 36, n_calls)
    mapped = _only(sandbox, "3", before.run_id)
    assert (mapped.result, len(_calls(sandbox))) == ([0, 6, 12, 18], n_calls + 4)
    assert _only(sandbox, "7", before.run_id).result == 200  # whatever its tm.when would say
    with pytest.raises(UsageError, match=r"calls 'double' .* times; name it by number"):
        _only(sandbox, "double", before.run_id)
    with pytest.raises(UsageError, match=r"has no step 'totl'. Did you mean 'total'"):
        _only(sandbox, "totl", before.run_id)


def _only(sandbox: Sandbox, step: str, run_id: str, number: str = "") -> PipelineRun:
    options = RunOptions(only=Only(number or step, run_id))
    return sandbox.workspace.pipelines.run(ANN, sandbox.plan(), sandbox.folder, options)


def test_a_cancelled_run_ends_in_the_midst_of_a_step_and_can_be_gone_on_with(sandbox: Sandbox) -> None:
    sandbox.write(
        HEAD + "@tm.step\ndef quick() -> int:\n    note('quick')\n    return 1\n"
        "@tm.step\ndef slow(x: int) -> int:\n    note('slow')\n    if CALLS.read_text().count('slow') == 1:\n"
        "        for _ in range(6000):\n            time.sleep(0.01)\n    return x\n"
        "@tm.pipeline\ndef p():\n    return slow(quick())\n"
    )  # fmt: skip
    runner = sandbox.workspace.pipelines
    timer = threading.Thread(target=_cancel_once_slow, args=(sandbox,))
    timer.start()
    with pytest.raises(RunCancelled, match="was cancelled by ann"):
        runner.run(ANN, sandbox.plan(), sandbox.folder)
    timer.join()
    assert sandbox.workspace.tracking.list_runs(ANN)[0].status == "killed"
    assert (sandbox.run().result, _calls(sandbox)) == (1, ["quick", "slow", "slow"])


def _cancel_once_slow(sandbox: Sandbox) -> None:
    pause = threading.Event()
    for _ in range(3000):
        if "slow" in _calls(sandbox):
            (run,) = sandbox.workspace.tracking.list_runs(ANN)
            sandbox.workspace.pipelines.cancel(ANN, run.id)
            return
        pause.wait(0.02)


def test_pools_are_checked_before_anything_runs_and_given_back(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.write(_step("return x", "gpus=1, pool='gpu'"))
    with pytest.raises(UsageError, match="draws from pool 'gpu', which is not there"):
        sandbox.run()
    assert _with_pools(sandbox, {"gpu": {"gpus": 1}}).result == 1
    with pytest.raises(UsageError, match=r"needs 1 gpus of pool 'gpu', which has 0.5"):
        _with_pools(sandbox, {"gpu": {"gpus": 0.5}})
    assert _with_pools(sandbox, {"gpu": {"gpus": 1}}, use_cache=False).n_executed() == 1


def _with_pools(sandbox: Sandbox, pools: dict[str, dict[str, float]], **options: Any) -> PipelineRun:
    asked = replace(RunOptions(pools=pools), **options)
    return sandbox.workspace.pipelines.run(ANN, sandbox.plan(), sandbox.folder, asked)


def test_one_step_alone_reads_the_data_that_the_past_run_has_read(sandbox: Sandbox) -> None:
    data = sandbox.folder / "shops.csv"
    data.write_text("shop,at\na,2026-01-01 00:00:00\n")
    sandbox.write(
        HEAD + "shops = tm.source(name='shops', files='shops.csv', key='shop', event_time='at')\n"
        "@tm.step\ndef count(shops) -> int:\n    return shops.rows.collect().height\n"
        "@tm.pipeline\ndef p():\n    return count(shops)\n"
    )  # fmt: skip
    before = sandbox.run()
    data.write_text("shop,at\na,2026-01-01 00:00:00\nb,2026-01-02 00:00:00\n")
    assert (before.result, sandbox.run().result) == (1, 2)
    again = _only(sandbox, "count", before.run_id)
    assert (again.result, again.steps[0].inputs[0]["reference"]) == (1, before.steps[0].inputs[0]["reference"])
    data.unlink()
    plan = sandbox.workspace.pipelines.plan(ANN, sandbox.load().pipeline(None), sandbox.folder, data_of=before.run_id)
    run = sandbox.workspace.pipelines.run(ANN, plan, sandbox.folder, RunOptions(only=Only("count", before.run_id)))
    assert run.result == 1


def test_a_map_takes_what_its_elements_take(sandbox: Sandbox) -> None:
    sandbox.write(FLOW)
    sandbox.workspace.database.close()
    (sandbox.folder / "tidemill.toml").write_text('module = "project.py"\n[prices]\ncpu_hour = 3600.0\n')
    priced = Sandbox(sandbox.folder, open_workspace(sandbox.folder, load_settings(sandbox.folder, environ={})))
    run = priced.run(n=3)
    mapped = run.steps[1]
    assert mapped.outputs[0]["size_bytes"] == len("0") + len("2") + len("4")
    assert mapped.cpu_seconds is not None
    assert mapped.cost is not None
    assert mapped.cost > 0
    assert mapped.executor == "in-process"
    assert mapped.host


def test_the_executor_of_the_settings_is_that_of_every_run_that_names_none(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "tidemill.toml").write_text('module = "project.py"\nexecutor = "pool"\n')
    workspace = open_workspace(folder, load_settings(folder, environ={}))
    sandbox = Sandbox(folder, workspace)
    sandbox.write(HEAD + "import os\n@tm.step(timeout='60s')\ndef pid() -> int:\n    return os.getpid()\n"
                  "@tm.pipeline\ndef p():\n    return pid()\n")  # fmt: skip
    run = sandbox.run()
    assert (run.steps[0].executor, run.result != os.getpid()) == ("pool", True)
    here = workspace.pipelines.run(ANN, sandbox.plan(), folder, RunOptions(executor="in-process", use_cache=False))
    assert here.result == os.getpid()
    workspace.executors.close()
