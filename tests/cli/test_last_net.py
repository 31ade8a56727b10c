"""Whatever goes wrong is told in one line that cannot steer a terminal, and standard output holds only JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import tidemill
from tests.small_project import write_project
from tidemill.cli.application import COMMANDS


def test_a_mistake_of_ours_is_one_line_and_a_traceback_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COMMANDS, "broken", ("tests.cli.broken_command", ""))
    told = tidemill(tmp_path, "broken")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == (
        "error: internal error: ZeroDivisionError: a mistake of ours; "
        "run again with TIDEMILL_DEBUG=1 for the traceback\n"
    )
    assert json.loads(tidemill(tmp_path, "broken", "--json").stderr)["error"]["code"] == "internal"
    monkeypatch.setenv("TIDEMILL_DEBUG", "1")
    assert "Traceback" in tidemill(tmp_path, "broken").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["runs"],
        ["models", "--json"],
        ["predictions", "late"],
        ["ingest"],
        ["up"],
        ["demo"],
    ],
)
@pytest.mark.parametrize("home", ["a_file", "a_file/below", "/proc/nobody/writes/here"])
def test_a_home_that_cannot_be_is_one_line(tmp_path: Path, arguments: list[str], home: str) -> None:
    (tmp_path / "a_file").write_text("precious")
    done = tidemill(tmp_path, *arguments, "--home", home)
    assert (done.returncode in {1, 2}, done.stdout) == (True, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "a_file" in done.stderr or "/proc/nobody" in done.stderr or "no project" in done.stderr
    if "--json" in arguments:
        assert json.loads(done.stderr)["error"]["message"]
    assert (tmp_path / "a_file").read_text() == "precious"


def test_a_project_cannot_be_started_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("precious")
    done = tidemill(tmp_path, "init", "a_file/mine")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: a_file/mine: Not a directory\n")


def test_bytes_of_a_users_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    write_project(tmp_path)
    module = next(tmp_path.glob("*.py"))
    module.write_text('raise ValueError("\\x1b[2J\\x07gone")\n' + module.read_text())
    done = tidemill(tmp_path, "run")
    assert "\\x1b[2J\\x07gone" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.long
def test_what_user_code_prints_does_not_mix_with_json(tmp_path: Path) -> None:
    write_project(tmp_path)
    module = next(tmp_path.glob("*.py"))
    module.write_text(
        'import os\nprint("import says hello")\nos.write(1, b"so does a library\\n")\n' + module.read_text()
    )
    for command in (["plan"], ["ingest"], ["materialize"], ["run"]):
        done = subprocess.run(
            [sys.executable, "-m", "tidemill", *command, "--json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        # plan, at its end, says what it would do; run what it did: each one document and nothing else.
        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)
        assert "import says hello" in done.stderr
        assert "so does a library" in done.stderr


@pytest.mark.parametrize(("command", "module", "extra"), [("up", "granian", "serve"), ("demo", "lightgbm", "demo")])
def test_a_part_that_is_not_installed_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, module: str, extra: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [])  # what is not there cannot be found
    monkeypatch.setattr(sys, "path_importer_cache", {})
    done = tidemill(tmp_path, command)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"pip install 'tidemill[{extra}]'" in done.stderr
    assert module in done.stderr
    assert list(tmp_path.iterdir()) == []
