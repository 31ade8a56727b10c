"""`tidemill verify`, the head over HTTP, and who may ask."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests import small_project
from tidemill.access import Caller, Role
from tidemill.core import ForbiddenError
from tidemill.tracking import NewRun

ANN = Caller("ann", role=Role.ADMIN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_project.write_project(tmp_path)
    workspace, _ = small_project.open_project(tmp_path)
    for number in range(5):
        run = workspace.tracking.start_run(ANN, NewRun("tide", f"r{number}"))
        workspace.tracking.end_run(ANN, run.id)
    workspace.database.close()
    return tmp_path


def _verify(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from tidemill.cli import main; main()", "verify", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _change(folder: Path, statement: str) -> None:
    (path,) = folder.rglob("records.db")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()


def test_a_sound_chain_is_said_to_be_and_its_head_exported(folder: Path) -> None:
    done = _verify(folder, "--export", "head.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sound: 10 events")
    head = json.loads((folder / "head.json").read_text())
    assert head["position"] == 10
    assert head["hash"] in done.stdout
    assert _verify(folder, "--against", "head.json", "--export", "head.json").returncode == 0


def test_each_finding_is_one_line_and_the_exit_code_is_1(folder: Path) -> None:
    _change(folder, "UPDATE event SET actor = 'eve' WHERE position = 3")
    _change(folder, "DELETE FROM event WHERE position = 6")
    done = _verify(folder, "--export", "head.json")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["finding", "changed", "removed", "not"]
    assert "position 3" in lines[1]
    assert "entry 6 is gone" in lines[2]
    assert not (folder / "head.json").exists()
    assert "is not written" in done.stderr
    told = json.loads(_verify(folder, "--json").stdout)
    assert (told["sound"], told["n_findings"], told["findings"][0]["position"]) == (False, 2, 3)


def test_a_cut_tail_shows_against_the_exported_head(folder: Path) -> None:
    _verify(folder, "--export", "head.json")
    _change(folder, "DELETE FROM event WHERE position > 8")
    _change(folder, "UPDATE sqlite_sequence SET seq = 8 WHERE name = 'event'")
    assert _verify(folder).returncode == 0
    done = _verify(folder, "--against", "head.json")
    assert done.returncode == 1
    assert "the last 2 entries, up to the exported 10, are gone" in done.stdout
    assert done.stdout.splitlines()[-1] == "not sound: 1 finding in 8 events"


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"position": -1, "hash": "0"}', '{"position": 1}'])
def test_a_file_that_holds_no_head_is_refused_in_one_line(folder: Path, content: str | None) -> None:
    if content is not None:
        (folder / "head.json").write_text(content)
    done = _verify(folder, "--against", "head.json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "head.json" in done.stderr


def test_who_may_check_and_who_may_see_the_head(folder: Path) -> None:
    workspace, _ = small_project.open_project(folder)
    assert workspace.audit.head(Caller("val", role=Role.VIEWER)).position == 10
    assert workspace.audit.verify(ANN).sound
    with pytest.raises(ForbiddenError):
        workspace.audit.verify(Caller("val", role=Role.DEPLOYER))
    workspace.database.close()
