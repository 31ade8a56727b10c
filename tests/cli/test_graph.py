"""Graphs, time lines and progress on the terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from tidemill.cli import graph, run, runs
from tidemill.cli.run_display import AtWork, Progress, shown_run
from tidemill.pipelines import StepRun

MODULE = """
import tidemill as tm


@tm.step
def load() -> list:
    return [1, 2, 3]


@tm.step
def total(rows: list, times: int) -> int:
    return times * sum(rows)


@tm.pipeline
def sums(times: int = 2):
    return total(load(), times)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tidemill.toml").write_text('module = "sums.py"\n')
    (tmp_path / "sums.py").write_text(MODULE)
    return tmp_path


def call(app: typer.Typer, folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["-C", str(folder), *arguments])
    assert result.exit_code == 0, result.exception
    return result.stdout


def test_a_pipeline_is_drawn_before_it_has_run_and_a_run_after(folder: Path) -> None:
    assert call(graph.app, folder, "--ascii").splitlines() == ["sums", "|- 1 * load", "`- 2 * total  after 1"]
    assert "s0 --> s1" in call(graph.app, folder, "sums", "--mermaid")
    assert "s0 -> s1;" in call(graph.app, folder, "--dot")
    assert not (folder / ".tidemill").exists(), "drawing makes no store"
    done = json.loads(call(run.app, folder, "--json"))
    told = json.loads(call(graph.app, folder, done["run_id"], "--json"))
    assert [step["state"] for step in told["steps"]] == ["executed", "executed"]
    assert told["ways"] == [{"source": 0, "target": 1, "branch": ""}]
    shown = call(runs.app, folder, done["run_id"])
    assert [line.split()[1] for line in shown.splitlines()[-2:]] == ["load", "total"]


def test_two_languages_at_once_are_refused(folder: Path) -> None:
    refused = CliRunner().invoke(graph.app, ["-C", str(folder), "--dot", "--mermaid"])
    assert "choose one" in str(refused.exception)


def step_run(name: str) -> StepRun:
    return StepRun("0" * 32, 0, name, "executed", "", None, {}, [], [], None, "", "2026-09-09T14:30:00.000000Z", 0.1)


def test_bars_stand_below_the_lines_on_a_terminal_only() -> None:
    told: list[str] = []
    look = Progress(3, (AtWork("train", 3.0, done=812, n=1000), AtWork("fit", 3.0, 4.0)))
    for terminal in (True, False):
        out = io.StringIO()
        console = Console(file=out, force_terminal=terminal, width=100)
        with shown_run(lambda: look, lambda step: told.append(step.step), console) as on_step:
            on_step(step_run("load"))
        assert ("1 of" in out.getvalue()) is terminal
    assert told == ["load", "load"]
