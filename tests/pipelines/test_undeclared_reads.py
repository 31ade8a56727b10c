"""A step that reads what no key knows of is executed each time, and one line says what it read."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import polars as pl
import pytest

from tests.pipelines.projects import Sandbox
from tidemill.pipelines.watched_reads import watched_reads

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
        ("return json.loads((HERE / 'x.json').read_bytes())", "it read x.json, which is no input"),
        ("return pl.read_csv(HERE / 'x.csv')['a'].sum()", "it read x.csv, which is no input"),
        ("return pl.scan_csv(str(HERE / 'x.csv')).collect()['a'].sum()", "it read x.csv, which is no input"),
        ("return len([*HERE.iterdir()])", "it read ., which is no input"),
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
