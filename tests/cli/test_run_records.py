"""`tidemill logs`, `tidemill steps` and `tidemill plan`: what runs said, took and will take."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.projects import ANN, Sandbox, open_sandbox
from tests.pipelines.test_forecast import PROJECT, record_plan
from tidemill.cli import main
from tidemill.pipelines.executors.port import LogLine
from tidemill.tracking import NewRun

WITHIN_S = 60.0


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    opened = open_sandbox(tmp_path / "project")
    opened.write(PROJECT.replace("FACTOR", "2"))
    yield opened
    opened.workspace.database.close()


@pytest.fixture
def tidemill(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the command on the sandbox; return exit code, stdout and stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--folder", str(sandbox.folder)])
        told = capsys.readouterr()
        return int(str(ended.value.code)), told.out, told.err

    return call


def say(sandbox: Sandbox, run_id: str, *told: tuple[str, str]) -> None:
    with sandbox.workspace.step_logs.writer("default", run_id) as writer:
        for task, text in told:
            writer(LogLine(task, time.time(), "stdout", text))


def test_logs_show_what_each_step_wrote(sandbox: Sandbox, tidemill: Any) -> None:
    run = sandbox.run()
    say(sandbox, run.run_id, ("0.1", "10 rows"), ("1.2", "fit \x1b[31m"), ("1[7].1", "of one"))
    assert tidemill("logs", run.run_id)[1].splitlines() == [
        "load  10 rows",
        "train (try 2)  fit \\x1b[31m",
        "train[7]  of one",
    ]
    assert tidemill("logs", run.run_id, "load")[1] == "10 rows\n"
    assert tidemill("logs", run.run_id, "2", "--element", "7")[1] == "[7]  of one\n"
    told = json.loads(tidemill("logs", run.run_id, "train", "--json")[1])
    assert [line["text"] for line in told["lines"]] == ["fit \x1b[31m", "of one"]
    assert told["failures"] == []
    code, _, wrong = tidemill("logs", run.run_id, "trian")
    assert (code, wrong) == (
        1,
        f"error: run {run.run_id} has no step 'trian'. Did you mean 'train'? It has: load, train, judge, report\n",
    )
    assert tidemill("logs")[1] == tidemill("logs", run.run_id)[1]
    assert tidemill("logs", "nope")[0] == 1


def test_logs_end_with_the_traceback_of_what_failed(sandbox: Sandbox, tidemill: Any) -> None:
    sandbox.write(PROJECT.replace("return FACTOR", "return 1 / 0"))
    assert tidemill("run")[0] == 1
    (run,) = sandbox.workspace.tracking.list_runs(ANN)
    _, out, _ = tidemill("logs", run.id)
    assert out.splitlines()[0].startswith("step 'train' failed at project.py:6: ZeroDivisionError")
    assert 'project.py", line 6, in factor' in out
    assert [each["step"] for each in json.loads(tidemill("logs", run.id, "--json")[1])["failures"]] == ["train"]


def test_logs_follow_a_run_to_its_end(sandbox: Sandbox) -> None:
    run_id = sandbox.workspace.tracking.start_run(ANN, NewRun("trained", "trained")).id
    say(sandbox, run_id, ("0.1", "first"))
    command = [sys.executable, "-m", "tidemill", "logs", run_id, "--follow", "--json", "-C", str(sandbox.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["text"] == "first"
        say(sandbox, run_id, ("0.1", "second"))
        assert json.loads(process.stdout.readline())["text"] == "second"
        sandbox.workspace.tracking.end_run(ANN, run_id)
        assert json.loads(process.stdout.readline()) == {"failures": []}
        assert process.wait(WITHIN_S) == 0


def test_steps_are_found_and_what_they_returned_is_shown(sandbox: Sandbox, tidemill: Any) -> None:
    run = sandbox.run()
    sandbox.run(title="some")
    found = json.loads(tidemill("steps", "--step", "train", "--since", "7d", "--json")[1])
    assert [step["state"] for step in found["steps"]] == ["reused", "executed"]
    whole = json.loads(tidemill("steps", run.run_id, "--json")[1])
    assert (whole["totals"]["n_executed"], len(whole["steps"])) == (4, 4)
    out = tidemill("steps", run.run_id)[1]
    assert out.splitlines()[0].split() == [
        "run", "step", "state", "started", "took", "cpu", "memory", "wrote", "cost", "why",
    ]  # fmt: skip
    assert out.splitlines()[-1].startswith("4 of 4 steps executed in ")
    assert json.loads(tidemill("steps", run.run_id, "--output", "4/result", "--json")[1])["text"] == "all: 90.0"
    code, _, wrong = tidemill("steps", run.run_id, "--output", "result")
    assert (code, "name it as NUMBER/NAME" in wrong) == (2, True)
    assert tidemill("steps", "--since", "yesterday")[0] == 2
    assert tidemill("steps", "--state", "done")[0] == 2


def test_a_plan_says_by_its_exit_code_whether_something_would_run(sandbox: Sandbox, tidemill: Any) -> None:
    code, out, _ = tidemill("plan", "--exit-code")
    assert (code, out.splitlines()[-1]) == (
        3,
        "1 would run, 3 may run, 0 reused; of 4 nothing is known: they have not run before",
    )
    sandbox.run()
    code, out, _ = tidemill("plan", "--exit-code")
    assert (code, out.splitlines()[-1]) == (0, "nothing would run: all 4 steps are as they were")
    code, out, _ = tidemill("plan", "-p", "title=some", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["schema"], told["totals"]["n_run"], told["steps"][3]["why"]) == (
        "tidemill.plan/1",
        1,
        "changed: input: title",
    )


def test_a_plan_is_checked_against_its_run(sandbox: Sandbox, tidemill: Any) -> None:
    found = sandbox.workspace.run_records.forecast(ANN, sandbox.plan())
    run = sandbox.run()
    record_plan(sandbox, run.run_id, found)
    for asked in ([], ["trained"], [run.run_id]):
        code, out, _ = tidemill("plan", "--check", *asked, "--exit-code")
        assert code == 0
        assert out.splitlines()[-1].startswith(f"run {run.run_id}: 4 of 4 steps as planned; ")
    told = json.loads(tidemill("plan", "--check", "--json")[1])
    assert (told["schema"], told["n_otherwise"]) == ("tidemill.plan-check/1", 0)
    again = sandbox.run()
    record_plan(sandbox, again.run_id, found)
    assert tidemill("plan", "--check", "--exit-code")[0] == 3
    assert tidemill("plan", "--check", "-p", "n=1")[0] == 2


def test_a_run_sends_its_lineage_at_its_end(sandbox: Sandbox, tidemill: Any, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    (sandbox.folder / "tidemill.toml").write_text(f'module = "project.py"\nopenlineage = "file:{events}"\n')
    assert tidemill("run")[0] == 0
    kinds = [json.loads(line)["eventType"] for line in events.read_text("utf-8").splitlines()]
    assert kinds == ["START", *["START", "COMPLETE"] * 4, "COMPLETE"]
