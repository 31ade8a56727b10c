"""What is reused and what is not: false misses are allowed, false hits never."""

from __future__ import annotations

import sys

import pytest

from tests.pipelines.projects import ANN, Sandbox
from tidemill.pipelines import StepError

PROJECT = """
import json
import tidemill as tm
import helper
from scale import Scale

FACTOR = 2
TABLE = {"a": 1}

def triple(x):
    return 3 * x

@tm.step
def first(x: int, y: int = 1) -> int:
    return FACTOR * triple(x) + y + TABLE["a"]

@tm.step
def second(value: int) -> int:
    return helper.add(value) * Scale.size

@tm.pipeline
def numbers(x: int = 5):
    return second(first(x))
"""
HELPER = """
from deeper import BASE

def add(x):
    return x + BASE
"""
DEEPER = "BASE = 10\n"
SCALE = "class Scale:\n    size = 3\n"


@pytest.fixture
def numbers(sandbox: Sandbox) -> Sandbox:
    sandbox.write(PROJECT)
    sandbox.write(HELPER, "helper.py")
    sandbox.write(DEEPER, "deeper.py")
    sandbox.write(SCALE, "scale.py")
    return sandbox


def test_an_unchanged_pipeline_executes_nothing(numbers: Sandbox) -> None:
    first = numbers.run()
    second = numbers.run()
    assert [step.state for step in first.steps] == ["executed", "executed"]
    assert [step.state for step in second.steps] == ["reused", "reused"]
    assert [step.reused_from for step in second.steps] == [first.run_id] * 2
    assert first.result == second.result == (2 * 15 + 1 + 1 + 10) * 3
    assert [step.outputs for step in first.steps] == [step.outputs for step in second.steps]


@pytest.mark.parametrize(
    ("old", "new", "file", "states"),
    [
        ("FACTOR = 2", "FACTOR = 4", "project.py", ["executed", "executed"]),
        ("return 3 * x", "return 4 * x", "project.py", ["executed", "executed"]),
        ('{"a": 1}', '{"a": 2}', "project.py", ["executed", "executed"]),
        ("y: int = 1", "y: int = 2", "project.py", ["executed", "executed"]),
        ("size = 3", "size = 4", "scale.py", ["reused", "executed"]),
        ("return x + BASE", "return x - BASE", "helper.py", ["reused", "executed"]),
        ("BASE = 10", "BASE = 11", "deeper.py", ["reused", "executed"]),
        ("    return 3 * x", "    # thrice\n    return (3 * x)", "project.py", ["reused", "reused"]),
        ("x: int = 5", "x: int = 6", "project.py", ["executed", "executed"]),
        ("return second(first(x))", "return second(first(x, 1))", "project.py", ["reused", "reused"]),
        ("return second(first(x))", "return second(first(x, 7))", "project.py", ["executed", "executed"]),
        ("x + BASE", "int(json.loads(str(x))) + BASE", "helper.py", ["reused", "executed"]),
    ],
)
def test_a_change_of_anything_a_step_depends_on_executes_it(
    numbers: Sandbox, old: str, new: str, file: str, states: list[str]
) -> None:
    numbers.run()
    text = (numbers.folder / file).read_text()
    assert old in text
    numbers.write(("import json\n" if "json" in new else "") + text.replace(old, new), file)
    assert numbers.states() == states


def test_a_change_that_gives_the_same_output_stops_there(numbers: Sandbox) -> None:
    numbers.run()
    numbers.write(PROJECT.replace("return 3 * x", "return x * 3"))
    assert numbers.states() == ["executed", "reused"]


def test_other_params_execute_and_the_old_ones_are_still_known(numbers: Sandbox) -> None:
    assert numbers.states() == ["executed", "executed"]
    assert numbers.states(x=6) == ["executed", "executed"]
    assert numbers.states(x=5) == ["reused", "reused"]


def test_code_made_at_run_time_widens_to_every_file(sandbox: Sandbox) -> None:
    sandbox.write(
        "import tidemill as tm\n@tm.step\ndef f() -> int:\n    return eval('1 + 1')\n"
        "@tm.pipeline\ndef p():\n    return f()\n"
    )
    sandbox.write("X = 1\n", "unrelated.py")
    assert sandbox.states() == ["executed"]
    assert sandbox.states() == ["reused"]
    sandbox.write("X = 2\n", "unrelated.py")
    assert sandbox.states() == ["executed"]


def test_a_global_without_a_digest_is_never_reused_and_says_so(sandbox: Sandbox) -> None:
    sandbox.write(
        "import tidemill as tm\nBOX = (n for n in range(3))\n"
        "@tm.step\ndef f() -> int:\n    return len(str(BOX)) and 1\n"
        "@tm.pipeline\ndef p():\n    return f()\n"
    )
    sandbox.run()
    again = sandbox.run()
    assert again.steps[0].state == "executed"
    assert "BOX" in again.steps[0].note
    assert again.steps[0].cache_key is None


def test_an_output_that_no_codec_keeps_stays_in_memory_and_says_so(sandbox: Sandbox) -> None:
    sandbox.write(
        "import tidemill as tm\n@tm.step\ndef make():\n    return (n for n in (1, 2))\n"
        "@tm.step\ndef use(value) -> int:\n    return sum(value) - 1\n"
        "@tm.pipeline\ndef p():\n    return use(make())\n"
    )
    run = sandbox.run()
    assert run.result == 2
    assert "no codec keeps" in run.steps[0].note
    assert sandbox.states() == ["executed", "executed"]


def test_a_step_may_say_that_it_is_never_reused(sandbox: Sandbox) -> None:
    sandbox.write(
        "import tidemill as tm\n@tm.step(cache=False)\ndef f() -> int:\n    return 1\n"
        "@tm.pipeline\ndef p():\n    return f()\n"
    )
    assert [sandbox.states(), sandbox.states()] == [["executed"], ["executed"]]


def test_a_lost_blob_is_a_miss_and_not_an_error(sandbox: Sandbox) -> None:
    sandbox.write(
        "import tidemill as tm\n@tm.step\ndef many() -> list:\n    return list(range(2000))\n"
        "@tm.step\ndef n(rows: list) -> int:\n    return len(rows)\n"
        "@tm.pipeline\ndef p():\n    return n(many())\n"
    )
    run = sandbox.run()
    digest = run.steps[0].outputs[0]["manifest"]["blob"]
    (sandbox.workspace.home / "blobs" / digest[:2] / digest[2:]).unlink()
    assert sandbox.states() == ["executed", "reused"]


def test_a_small_result_is_in_the_records_and_a_large_one_is_a_blob(sandbox: Sandbox) -> None:
    sandbox.write(
        "import tidemill as tm\n@tm.step(outputs=('small', 'large'))\ndef both():\n    return 'x' * 4000, 'x' * 5000\n"
        "@tm.pipeline\ndef p():\n    return both()\n"
    )
    run = sandbox.run()
    assert ["inline" in output["manifest"] for output in run.steps[0].outputs] == [True, False]
    again = sandbox.run()
    assert again.steps[0].state == "reused"
    assert again.result == run.result


def test_without_the_cache_everything_executes(numbers: Sandbox) -> None:
    numbers.run()
    assert [step.state for step in numbers.run(use_cache=False).steps] == ["executed", "executed"]


def test_a_failed_run_goes_on_where_it_stood(sandbox: Sandbox) -> None:
    text = (
        "import tidemill as tm\n@tm.step\ndef good() -> int:\n    return 1\n@tm.step\ndef bad(x: int) -> int:\n"
        "    raise ValueError('the tide is out')\n@tm.pipeline\ndef p():\n    return bad(good())\n"
    )
    sandbox.write(text)
    with pytest.raises(StepError, match=r"step 'bad' failed at project.py:7: ValueError: the tide is out") as caught:
        sandbox.run()
    assert "project.py" in caught.value.details
    failed = sandbox.workspace.tracking.list_runs(ANN)[0]
    assert (failed.status, "the tide is out" in (failed.error or "")) == ("failed", True)
    assert [s.state for s in sandbox.workspace.pipelines.steps(ANN, failed.id)] == ["executed", "failed"]
    sandbox.write(text.replace("raise ValueError('the tide is out')", "return x + 1"))
    run = sandbox.run()
    assert ([step.state for step in run.steps], run.result) == (["reused", "executed"], 2)


def test_an_interrupted_run_is_marked_killed_and_goes_on(sandbox: Sandbox) -> None:
    text = (
        "import tidemill as tm\n@tm.step\ndef good() -> int:\n    return 1\n@tm.step\ndef stopped(x: int) -> int:\n"
        "    raise KeyboardInterrupt\n@tm.pipeline\ndef p():\n    return stopped(good())\n"
    )
    sandbox.write(text)
    with pytest.raises(KeyboardInterrupt):
        sandbox.run()
    assert sandbox.workspace.tracking.list_runs(ANN)[0].status == "killed"
    sandbox.write(text.replace("raise KeyboardInterrupt", "return x"))
    assert sandbox.states() == ["reused", "executed"]


def test_a_plan_says_what_a_run_then_does(numbers: Sandbox) -> None:
    assert [(step.action, step.why) for step in numbers.plan().steps] == [
        ("run", "it has not run before"),
        ("unknown", "known once the steps before it have run"),
    ]
    numbers.run()
    assert [step.action for step in numbers.plan().steps] == ["reuse", "reuse"]
    planned = numbers.plan(x=9).steps
    assert (planned[0].action, planned[0].why) == ("run", "changed: input: x")
    assert numbers.workspace.tracking.list_runs(ANN).__len__() == 1


CALLS = """
import tidemill as tm
from helper import weight

def score(x):
    return 2 * x + weight()

@tm.step
def inner(x: int) -> int:
    return 3 * x

@tm.step
def apply(function, step, rule, x: int) -> float:
    return function(x) + step(x) + rule.limit

@tm.pipeline
def numbers(x: int = 5):
    return apply(score, inner, tm.at_least("auc", 0.5), x)
"""


def test_functions_steps_and_declarations_given_to_a_step_count_by_what_they_do(sandbox: Sandbox) -> None:
    sandbox.write(CALLS)
    sandbox.write("def weight():\n    return 1\n", "helper.py")
    assert sandbox.run().result == 11 + 15 + 0.5
    again = sandbox.run()
    assert [step.state for step in again.steps] == ["reused"]
    named = [each["reference"] for each in again.steps[0].inputs]
    assert named == ["the code of function 'score'", "the code of step 'inner'"]
    for changed in (
        CALLS.replace("2 * x", "4 * x"),
        CALLS.replace("3 * x", "5 * x"),
        CALLS.replace('at_least("auc", 0.5)', 'at_least("auc", 0.25)'),
        CALLS.replace('at_least("auc", 0.5)', 'at_most("auc", 0.5)'),
    ):
        sandbox.write(changed)
        assert sandbox.states() == ["executed"], changed
    sandbox.write(CALLS)
    assert sandbox.states() == ["reused"]
    sandbox.write("def weight():\n    return 2\n", "helper.py")
    assert sandbox.run().result == 12 + 15 + 0.5


def test_a_step_that_is_never_reused_makes_what_calls_it_so(sandbox: Sandbox) -> None:
    sandbox.write(CALLS.replace("@tm.step\ndef inner", "@tm.step(cache=False)\ndef inner"))
    sandbox.write("def weight():\n    return 1\n", "helper.py")
    sandbox.run()
    (step,) = sandbox.run().steps
    assert step.state == "executed"
    assert "step 'inner' says cache=False" in step.note


@pytest.mark.parametrize("imports", ["import colorsys", "from colorsys import rgb_to_hsv"])
def test_a_library_that_a_step_imports_makes_one_key_loaded_or_not(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, imports: str
) -> None:
    call = "colorsys.rgb_to_hsv" if imports == "import colorsys" else "rgb_to_hsv"
    sandbox.write(
        f"import tidemill as tm\n@tm.step\ndef hue():\n    {imports}\n    return {call}(1, 0, 0)[1]\n"
        "@tm.pipeline\ndef p():\n    return hue()\n"
    )
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert sandbox.states() == ["executed"]
    assert "colorsys" in sys.modules
    assert sandbox.states() == ["reused"]
