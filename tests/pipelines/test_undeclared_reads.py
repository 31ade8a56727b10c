"""A step that reads what no key knows of is executed each time, and one line says what it read."""

from __future__ import annotations

import asyncio
import builtins
import json
import os
import shutil
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.pipelines.projects import Sandbox
from tidemill.pipelines.keys.watched_reads import watched_reads

_DEFAULT = json.JSONEncoder.default
STEP = """
import json, pathlib, socket
import polars as pl
import tidemill as tm

HERE = pathlib.Path(__file__).parent

@tm.step
def f({given}):
    {body}

@tm.pipeline
def p():
    return f({argument})
"""


def _write(sandbox: Sandbox, body: str, *, given: str = "", argument: str = "") -> None:
    (sandbox.folder / "x.json").write_text("1")
    pl.DataFrame({"a": [1]}).write_csv(sandbox.folder / "x.csv")
    sandbox.write(STEP.format(body=body, given=given, argument=argument))


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("with open(HERE / 'x.json') as file:\n        return json.load(file)", "it read x.json, which is no input"),
        pytest.param(
            "return json.loads((HERE / 'x.json').read_bytes())",
            "it read x.json, which is no input",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "return pl.read_csv(HERE / 'x.csv')['a'].sum()", "it read x.csv, which is no input", marks=pytest.mark.long
        ),
        ("return pl.scan_csv(str(HERE / 'x.csv')).collect()['a'].sum()", "it read x.csv, which is no input"),
        pytest.param("return len([*HERE.iterdir()])", "it read ., which is no input", marks=pytest.mark.long),
        ("import subprocess\n    return subprocess.run(['true']).returncode", "it started the program true"),
    ],
)
def test_an_undeclared_read_is_never_reused_and_says_so(sandbox: Sandbox, body: str, named: str) -> None:
    _write(sandbox, body)
    sandbox.run()
    again = sandbox.run().steps[0]
    assert again.state == "executed"
    assert f"not reusable: {named}" in again.note
    assert again.cache_key is None


def test_a_path_handed_in_counts_by_its_content(sandbox: Sandbox) -> None:
    _write(sandbox, "return json.loads(path.read_text())", given="path", argument="HERE / 'x.json'")
    assert sandbox.states() == ["executed"]
    assert sandbox.states() == ["reused"]
    (sandbox.folder / "x.json").write_text("2")
    run = sandbox.run()
    assert (run.steps[0].state, run.result) == ("executed", 2)


def test_a_thread_that_a_step_starts_is_watched_with_it_and_so_is_one_of_a_pool(tmp_path: Path) -> None:
    file, table = tmp_path / "x.txt", tmp_path / "x.csv"
    file.write_text("1")
    table.write_text("a\n1\n")
    for each in (file, table):
        os.utime(each, (1, 1))
    read: list[object] = []
    with watched_reads(native=True) as seen:
        for work in (lambda: read.append(file.read_text()), lambda: read.append(pl.read_csv(table).item())):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    with watched_reads() as of_pool, ThreadPoolExecutor(1) as pool:
        read.append(pool.submit(file.read_text).result())
    with watched_reads() as of_loop:
        thread = threading.Thread(target=lambda: read.append(asyncio.run(asyncio.to_thread(file.read_text))))
        thread.start()
        thread.join()
    assert read == ["1", 1, "1", "1"]
    assert [bool(each.found) for each in (seen, of_pool, of_loop)] == [True, True, True]


def test_a_file_that_is_added_to_and_read_is_no_output(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("1")
    os.utime(file, (1, 1))
    with watched_reads() as seen:
        with file.open("a") as opened:
            opened.write("2")
        os.utime(file, (1, 1))
        assert file.read_text() == "12"
    assert [each.partition(" ")[0] for each in seen.found] == ["file"]


HIDDEN = {
    "settings of NumPy": ("import numpy as np\nnp.set_printoptions(precision={n})\n", "str(np.array([1.23456]))"),
    "a method put into a library": (
        "import json\njson.JSONEncoder.default = lambda self, item: {n}\n",
        "json.dumps(object())",
    ),
    "a builtin of its own": ("import builtins\nbuiltins.tide = {n}\n", "str(tide)"),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_what_importing_leaves_behind_counts(sandbox: Sandbox, case: str) -> None:
    declared, use = HIDDEN[case]

    def parts(number: str) -> dict[str, str]:
        text = STEP.format(given="", body=f"return {use}", argument="")
        sandbox.write(declared.replace("{n}", number) + text)
        code = sandbox.plan().codes[0]
        assert not code.doubts
        return code.parts

    try:
        first = parts("3")
        assert parts("3") == first
        assert parts("4") != first
    finally:
        np.set_printoptions(precision=8)
        json.JSONEncoder.default = _DEFAULT  # type: ignore[method-assign]
        vars(builtins).pop("tide", None)


_READ = """
import functools, pathlib
@functools.lru_cache
def read():
    return (pathlib.Path(__file__).parent / "n.txt").read_text()
read()
"""


def test_a_memoized_function_that_has_read_while_importing_is_a_doubt(sandbox: Sandbox) -> None:
    (sandbox.folder / "n.txt").write_text("3")
    sandbox.write(_READ + STEP.format(given="", body="return read()", argument=""))
    assert any("which keeps what it has read before" in doubt for doubt in sandbox.plan().codes[0].doubts)


def test_a_step_that_draws_from_global_chance_needs_a_seed(sandbox: Sandbox) -> None:
    text = (
        "import random\nimport tidemill as tm\nrandom.seed(1)\n@tm.step{seed}\ndef f() -> float:\n"
        "    return random.random()\n@tm.pipeline\ndef p():\n    return f()\n"
    )
    sandbox.write(text.format(seed=""))
    assert "it draws from the global random, whose state is no input" in sandbox.run().steps[0].note
    sandbox.write(text.format(seed="(seed=3)"))
    assert [sandbox.states(), sandbox.states()] == [["executed"], ["reused"]]


def test_variables_of_the_environment_are_seen_through_an_import_inside(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(sandbox, "import os\n    return os.environ.get('TIDEMILL_TEST_A')")
    before = sandbox.plan().codes[0].parts
    monkeypatch.setenv("TIDEMILL_TEST_A", "1")
    changed = sandbox.plan().codes[0].parts
    assert {name for name in changed if changed[name] != before[name]} == {"environment variable TIDEMILL_TEST_A"}


def test_a_connection_is_seen_and_other_threads_are_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with watched_reads() as seen:
            socket.create_connection(("127.0.0.1", port)).close()
        socket.create_connection(("127.0.0.1", port)).close()
    said = f"it connected to 127.0.0.1:{port}, which is no input: read it into a source, or say cache=False"
    assert seen.doubts(Path()) == [said]


def test_what_it_has_written_itself_may_be_read_again(tmp_path: Path) -> None:
    with watched_reads() as seen:
        (tmp_path / "new.txt").write_text("x")
        (tmp_path / "new.txt").read_text()
        frame = pl.DataFrame({"a": [1]})
        frame.write_parquet(tmp_path / "new.parquet")
        (tmp_path / "new.parquet").read_bytes()
    assert seen.doubts(tmp_path) == []


def test_a_step_that_changes_what_it_stands_on_is_never_reused(sandbox: Sandbox) -> None:
    sandbox.write(
        "import tidemill as tm\nSTATE = {'n': 0}\n@tm.step\ndef add(x: int) -> int:\n"
        "    STATE['n'] += x\n    return STATE['n']\n"
        "@tm.step\ndef read(x: int) -> int:\n    return STATE['n'] + 0 * x\n"
        "@tm.pipeline\ndef p(x: int = 1):\n    return read(add(x))\n"
    )
    sandbox.run()
    again = sandbox.run()
    assert [step.state for step in again.steps] == ["executed", "executed"]
    assert "it changed project.STATE while it ran" in again.steps[0].note
    assert "an earlier step changed value project.STATE" in again.steps[1].note
    assert sandbox.run(x=5).result == 5


KINDS = """
import dataclasses, enum, pathlib, typing
import numpy as np
import polars as pl
import pyarrow as pa
import pandas as pd
import tidemill as tm

class Mode(enum.Enum):
    FAST = "fast"

@dataclasses.dataclass(frozen=True)
class Config:
    rate: float
    modes: tuple[Mode, ...]
    rows: pl.DataFrame

    def total(self):
        return self.rate * 2

class Pair(typing.NamedTuple):
    a: int
    b: float

HERE = pathlib.Path(__file__).parent

@tm.step(outputs=("config", "pair", "mode", "file", "folder", "pandas", "arrow", "series", "when"))
def make():
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    (out / "a.txt").write_text("hello")
    frame = pd.DataFrame({"x": [1.5, None], "s": ["a", "b"]}, index=[3, 4])
    return (
        Config(0.5, (Mode.FAST,), pl.DataFrame({"a": [1, 2]})), Pair(1, float("nan")), Mode.FAST, out / "a.txt", out,
        frame, pa.table({"a": [1, None]}), pl.Series("s", ["x", None]), np.datetime64("2024-01-02"),
    )

@tm.step
def use(config, pair, mode, file, folder, frame, table, series):
    return [
        config.total(), config.rows.height, config.modes[0].value, pair.a, str(pair.b), mode.name, file.read_text(),
        sorted(each.name for each in folder.iterdir()), frame.index.tolist(), table.num_rows, series.to_list(),
    ]

@tm.pipeline
def p():
    return use(*make()[:8])
"""


def test_values_of_many_kinds_come_back_and_the_code_of_their_class_counts(sandbox: Sandbox) -> None:
    sandbox.write(KINDS)
    first = sandbox.run()
    assert first.result[:7] == [1.0, 2, "fast", 1, "nan", "FAST", "hello"]
    sandbox.write(KINDS.replace("config.total(), ", "config.total(), 0 *"))
    again = sandbox.run()
    assert again.steps[1].state == "executed"
    sandbox.write(KINDS.replace("self.rate * 2", "self.rate * 3"))
    changed = sandbox.run()
    assert changed.result[0] == 1.5
    assert changed.steps[1].state == "executed"


def test_two_checkouts_in_two_folders_share_results(sandbox: Sandbox, tmp_path: Path) -> None:
    text = (
        "import pathlib\nimport tidemill as tm\nHERE = pathlib.Path(__file__).parent\nNAME = str(HERE / 'a')\n"
        "def helper(x):\n    return x + len(HERE.name) * 0 + len(NAME) * 0\n"
        "@tm.step\ndef f(path):\n    return helper(len(path.read_text()))\n"
        "@tm.pipeline\ndef p():\n    return f(HERE / 'data.txt')\n"
    )
    sandbox.write(text)
    (sandbox.folder / "data.txt").write_text("abc")
    first = sandbox.run()
    other = tmp_path / "elsewhere" / "checkout"
    other.mkdir(parents=True)
    shutil.copy(sandbox.folder / "data.txt", other)
    (other / "tidemill.toml").write_text('module = "project.py"\n')
    (other / "project.py").write_text(text)
    run = Sandbox(other, sandbox.workspace).run()
    assert run.steps[0].state == "reused", run.steps[0].note
    assert run.steps[0].reused_from == first.run_id
