"""The demo, as a new user runs it: real flights, real processes, real HTTP, and processes that are killed meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cli.test_commands import as_json, tidemill

UNTIL, N_FLIGHTS = "2013-04-21", 48_661
MAY = "2013-05-19"
VICTIMS = ("tidemill.serving", "tidemill.server.scheduler", "tidemill.server.worker", "tidemill.server")


def lived(folder: Path, until: str = UNTIL, rounds: int = 0) -> tuple[dict[str, Any], list[str]]:
    """Live the spring of 2013, with each process killed so often in turn; return the facts and the victims."""
    command = [sys.executable, "-m", "tidemill", "demo", "--json", "--until", until]
    demo = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    killed: list[str] = []
    log = folder / "tidemill-demo" / ".tidemill" / "predictions"
    while demo.poll() is None and len(killed) < rounds * len(VICTIMS):
        # The first answers are there: the replay runs. Between two kills everything may come up again.
        if any(log.rglob("w*")):
            killed += _killed(demo.pid, VICTIMS[len(killed) % len(VICTIMS)])
            time.sleep(1.5)
        time.sleep(0.2)
    out, err = demo.communicate(timeout=240)
    assert demo.returncode == 0, err
    return json.loads(out), killed


def _killed(pid: int, module: str) -> list[str]:
    try:
        children = psutil.Process(pid).children()
        victims = [child for child in children if module in child.cmdline()]
        for child in victims:
            child.kill()
    except psutil.NoSuchProcess:
        return []
    return [module] if victims else []


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The demo of the spring, undisturbed."""
    folder = tmp_path_factory.mktemp("spring")
    return folder / "tidemill-demo", lived(folder)[0]


@pytest.mark.timeout(400)
def test_the_demo_tells_its_story_and_leaves_a_project_that_goes_on(spring: tuple[Path, dict[str, Any]]) -> None:
    home, facts = spring
    # Every flight predicted once and logged; nearly every one has landed, and its label came.
    assert (facts["n_predictions"], facts["n_failed"]) == (N_FLIGHTS, 0)
    assert 0.95 < facts["n_labels"] / facts["n_predictions"] < 0.98
    assert facts["n_weeks"] >= 7
    assert facts["n_turns"] == facts["n_promoted"] + facts["n_refused"] >= 2
    assert facts["auc"] > 0.66
    assert [version["version"] for version in as_json(home, "models", "delay")][-1] == 1
    told = tidemill(home, "why", facts["prediction_id"])
    assert told.returncode == 0
    for part in (facts["model"], "flights@", "weather@", "carrier_delay", "forecast", facts["run_id"], "on 12,"):
        assert part in told.stdout
    windows = as_json(home, "monitor", "delay")
    assert len(windows) >= 2 * facts["n_weeks"]
    assert tidemill(home, "verify").returncode == 0


@pytest.mark.long
@pytest.mark.timeout(600)
def test_kills_in_the_middle_change_nothing_of_what_is_decided(
    spring: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    _decides_the_same(spring[1], *lived(tmp_path, rounds=1))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_kills_over_and_over_change_nothing_of_what_is_decided(tmp_path: Path) -> None:
    (calm := tmp_path / "calm").mkdir()
    (stormy := tmp_path / "stormy").mkdir()
    # Twice: a job that has killed three workers is given up.
    _decides_the_same(lived(calm, MAY)[0], *lived(stormy, MAY, rounds=2))


def _decides_the_same(undisturbed: dict[str, Any], facts: dict[str, Any], killed: list[str]) -> None:
    assert set(killed) == set(VICTIMS), "every process must have died at least once"
    same = ("n_predictions", "n_labels", "n_weeks", "champions", "turns", "auc", "auc_never")
    assert {name: facts[name] for name in same} == {name: undisturbed[name] for name in same}


def test_the_demo_never_touches_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "tidemill-demo").mkdir()
    (tmp_path / "tidemill-demo" / "thesis.tex").write_text("years of work")
    done = tidemill(tmp_path, "demo")
    assert (done.returncode, "not a demo's folder" in done.stderr) == (2, True)
    assert (tmp_path / "tidemill-demo" / "thesis.tex").read_text() == "years of work"


def test_a_day_that_cannot_be_lived_is_refused_at_once(tmp_path: Path) -> None:
    done = tidemill(tmp_path, "demo", "--until", "2014-02-01")
    assert (done.returncode, "allowed is 2013-03-01 to 2013-12-31" in done.stderr) == (2, True)
    assert not (tmp_path / "tidemill-demo").exists()


def test_a_project_is_started_in_a_new_folder_only(tmp_path: Path) -> None:
    started = as_json(tmp_path, "init", "mine")
    assert "flights.py" in started["files"]
    assert "51,955 flights" in started["data"]
    again = tidemill(tmp_path, "init", "mine")
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
