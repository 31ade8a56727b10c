"""The demo, as a new user runs it: real flights, real processes, real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.cli.running import eventually
from tests.cli.test_commands import as_json, tidemill


def _first_answers(home: Path) -> bool:
    segments = (home / ".tidemill" / "predictions").rglob("*")
    return any(path.is_file() and path.stat().st_size > 100_000 for path in segments)


@pytest.mark.timeout(240)
def test_the_demo_tells_its_story_and_leaves_a_project_that_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tidemill", "demo", "--json"]
    demo = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    eventually(lambda: _first_answers(tmp_path / "tidemill-demo"), "the first answers of March")
    # The data plane dies in the middle of it, and is started again: the figures are the same.
    for child in psutil.Process(demo.pid).children():
        if "tidemill.serving" in child.cmdline():
            child.kill()
    out, err = demo.communicate(timeout=200)
    assert (demo.returncode, "serving ended with signal 9" in err) == (0, True), err
    facts = json.loads(out)
    # The figures of March 2013 out of New York: every flight predicted once and logged, 2.8 % without an arrival.
    assert (facts["n_predictions"], facts["n_labelled"]) == (28834, 27902)
    assert facts["auc"] > 0.68
    assert facts["model"] == "delay/1"
    home = tmp_path / "tidemill-demo"
    told = tidemill(home, "why", facts["prediction_id"])
    assert told.returncode == 0
    for part in ("delay/1", "flights@1", "weather@1", "carrier_delay", "forecast", facts["run_id"], "log_loss"):
        assert part in told.stdout
    # March has come in meanwhile: the plan says so, and nothing but that would be executed.
    assert as_json(home, "plan")["steps"][0]["why"].startswith("changed: input: ")
    assert as_json(home, "data", "flights")[-1]["n_rows"] == 80789
    assert [version["version"] for version in as_json(home, "models", "delay")] == [1]


def test_the_demo_never_touches_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "tidemill-demo").mkdir()
    (tmp_path / "tidemill-demo" / "thesis.tex").write_text("years of work")
    done = tidemill(tmp_path, "demo")
    assert (done.returncode, "not a demo's folder" in done.stderr) == (2, True)
    assert (tmp_path / "tidemill-demo" / "thesis.tex").read_text() == "years of work"


def test_a_project_is_started_in_a_new_folder_only(tmp_path: Path) -> None:
    started = as_json(tmp_path, "init", "mine")
    assert "flights.py" in started["files"]
    assert "51,955 flights" in started["data"]
    again = tidemill(tmp_path, "init", "mine")
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
