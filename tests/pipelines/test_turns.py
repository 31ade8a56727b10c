"""Two runs of one pipeline at once: what the pipeline says is done."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from tests.pipelines.projects import ANN, Sandbox, wait_for
from tidemill.core import UsageError
from tidemill.pipelines import PipelineRun, RunCancelled, RunOptions, RunSkipped

PROJECT = """
import time
from pathlib import Path
import tidemill as tm

HERE = Path(__file__).parent

@tm.step(cache=False)
def work(name: str) -> str:
    (HERE / f"{name} began").write_text("")
    for _ in range(6000):
        if name != "first" or (HERE / "go").exists():
            break
        time.sleep(0.01)
    return name

@tm.pipeline(concurrency="POLICY")
def p(name: str):
    return work(name)
"""


class _First:
    """A run in a thread of its own, which goes on when it is told."""

    def __init__(self, sandbox: Sandbox, policy: str) -> None:
        self._sandbox = sandbox
        sandbox.write(PROJECT.replace("POLICY", policy))
        self._told: list[PipelineRun | BaseException] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        wait_for(sandbox.folder / "first began")

    def _run(self) -> None:
        try:
            self._told.append(self._sandbox.run(name="first"))
        except RunCancelled as error:
            self._told.append(error)

    def go(self) -> None:
        (self._sandbox.folder / "go").write_text("")

    def end(self) -> PipelineRun | BaseException:
        self.go()
        self._thread.join(60)
        return self._told[0]


def test_a_second_run_waits_for_its_turn_and_says_for_which(sandbox: Sandbox) -> None:
    first, said = _First(sandbox, "queue"), list[str]()

    def told(line: str) -> None:
        said.append(line)
        first.go()

    plan = sandbox.plan(name="second")
    second = sandbox.workspace.pipelines.run(ANN, plan, sandbox.folder, RunOptions(on_wait=told))
    ended = first.end()
    assert isinstance(ended, PipelineRun)
    assert said == [f"waits for run {ended.run_id} of pipeline 'p' to end"]
    assert second.steps[0].started_at > (ended.steps[0].ended_at or "")


def test_a_second_run_is_skipped_and_the_command_says_so(sandbox: Sandbox) -> None:
    first = _First(sandbox, "skip")
    with pytest.raises(RunSkipped, match="is at work, and it says skip"):
        sandbox.run(name="second")
    command = [sys.executable, "-m", "tidemill", "run", "--folder", str(sandbox.folder), "-p", "name=third"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    assert isinstance(first.end(), PipelineRun)
    assert len(sandbox.workspace.tracking.list_runs(ANN)) == 1
    assert sandbox.run(name="fourth").result == "fourth"


def test_a_second_run_cancels_the_older_one(sandbox: Sandbox) -> None:
    first = _First(sandbox, "cancel-older")
    assert sandbox.run(name="second").result == "second"
    assert isinstance(first.end(), RunCancelled)
    assert [run.status for run in sandbox.workspace.tracking.list_runs(ANN)] == ["finished", "killed"]


def test_another_word_is_refused_at_its_definition(sandbox: Sandbox) -> None:
    sandbox.write(PROJECT.replace("POLICY", "queued"))
    with pytest.raises(UsageError, match=r"is 'queued'. Did you mean 'queue'\? Use one of allow, queue"):
        sandbox.plan(name="first")
