"""Why a step was reused or executed: the exact part of its key, and how to make again what is gone."""

from __future__ import annotations

import json

import pytest

from tests.pipelines.projects import ANN, Sandbox
from tidemill.cli import main
from tidemill.core import NotFoundError, UsageError

PROJECT = """
import tidemill as tm

RATE = 2

def helper(x):
    return x + 1

@tm.step
def first(x: int) -> list:
    return [helper(x)] * 3000

@tm.step
def second(rows: list) -> int:
    return len(rows) * RATE

@tm.pipeline
def p(x: int = 1):
    return second(first(x))
"""


def test_why_names_the_part_of_the_key_that_differs_and_the_run_it_was_reused_from(sandbox: Sandbox) -> None:
    why = sandbox.workspace.evidence.why_step
    sandbox.write(PROJECT)
    one = sandbox.run().run_id
    sandbox.write(PROJECT.replace("x + 1", "x + 2"))
    two = sandbox.run().run_id
    first, second = why(ANN, two)
    assert (first.outcome, first.compared_with) == ("miss", one)
    assert [each.part for each in first.differences] == ["code: function project.helper"]
    assert [each.part for each in second.differences] == ["input: rows"]
    assert second.differences[0].sentence().startswith("input: rows: was step 1 result (")
    sandbox.write(PROJECT.replace("x + 1", "x + 2").replace("RATE = 2", "RATE = 3"))
    three = sandbox.run().run_id
    (hit,) = why(ANN, three[:31], "first")
    assert (hit.outcome, hit.reused_from, hit.differences) == ("hit", two, ())
    (miss,) = why(ANN, three, "2")
    assert [each.part for each in miss.differences] == ["code: value project.RATE"]


def test_why_says_what_makes_a_result_not_reusable(sandbox: Sandbox) -> None:
    sandbox.write("import tidemill as tm\n@tm.step(cache=False)\ndef f() -> int:\n    return 1\n"
                  "@tm.pipeline\ndef p():\n    return f()\n")  # fmt: skip
    (why,) = sandbox.workspace.evidence.why_step(ANN, sandbox.run().run_id)
    assert why.doubts == ("its step says cache=False",)


def test_unknown_runs_and_steps_are_refused_in_one_line(sandbox: Sandbox) -> None:
    sandbox.write(PROJECT)
    run = sandbox.run().run_id
    sandbox.run()
    evidence = sandbox.workspace.evidence
    with pytest.raises(NotFoundError, match="no run with steps has an id that begins with 'ffff'"):
        evidence.why_step(ANN, "ffff")
    with pytest.raises(NotFoundError, match="first"):
        evidence.why_step(ANN, run, "frist")
    with pytest.raises(UsageError, match="2 runs or more begin with"):
        evidence.why_step(ANN, run[:2])


def test_an_output_that_is_gone_says_which_run_made_it_and_how_to_make_it_again(sandbox: Sandbox) -> None:
    sandbox.write(PROJECT)
    run = sandbox.run(x=4)
    assert sandbox.workspace.evidence.output(ANN, run.run_id, "second") == 6000
    assert sandbox.workspace.evidence.output(ANN, run.run_id, "1") == [5] * 3000
    digest = run.steps[0].outputs[0]["manifest"]["blob"]
    (sandbox.workspace.home / "blobs" / digest[:2] / digest[2:]).unlink()
    with pytest.raises(NotFoundError, match=f"made by run {run.run_id}, is gone .* again with: tidemill run p -p x=4"):
        sandbox.workspace.evidence.output(ANN, run.run_id, "first")


def test_the_command_says_it_in_text_and_as_json(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    sandbox.write(PROJECT)
    sandbox.run()
    sandbox.write(PROJECT.replace("x + 1", "x + 2"))
    run = sandbox.run().run_id

    def tidemill(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["why", *arguments, "--folder", str(sandbox.folder)])
        assert ended.value.code in {0, None}
        return capsys.readouterr().out

    said = tidemill(f"{run}/first")
    assert "first: miss, executed" in said
    assert "code: function project.helper: was" in said
    (told,) = json.loads(tidemill(f"{run}/2", "--json"))
    assert (told["step"], told["outcome"]) == ("second", "miss")
    assert [each["part"] for each in told["differences"]] == ["input: rows"]
