"""Pinned data and stored params: what is read and taken, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.small_project import write_project
from tests.workbench.test_checkout import PLAIN
from tidemill.cli import main
from tidemill.core import UsageError, load_settings, parse_pins
from tidemill.workbench import toml_text

ROWS = "parcel_id,sent_at,depot,weight,late\np1,2014-01-01T00:00:00,A,1.5,true\np2,2014-01-02T00:00:00,A,1.5,false\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one committed version, whose files are others by now."""
    write_project(tmp_path, n_rows=50)
    (tmp_path / "parcels.py").write_text(PLAIN)
    (tmp_path / "data" / "2013.csv").write_text(ROWS)
    _told(tmp_path, "run")
    (tmp_path / "data" / "2013.csv").unlink()
    return tmp_path


def _told(folder: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main([arguments[0], "-C", str(folder), *arguments[1:]])
    return int(ended.value.code or 0)


def test_a_pinned_version_is_read_though_its_files_are_gone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _told(folder, "plan") == 2
    capsys.readouterr()

    assert _told(folder, "plan", "--pin", "parcels@1", "--json") == 0
    assert [step["action"] for step in json.loads(capsys.readouterr().out)["steps"]] == ["reuse", "reuse"]

    (folder / "tidemill.local.toml").write_text("[pins]\nparcels = 1\n\n[params.weights]\ntimes = 7\nlabel = 2\n")
    assert _told(folder, "run") == 0
    assert "pinned to parcels@1: a run on pinned data releases nothing" in capsys.readouterr().out
    assert _told(folder, "plan", "--json") == 0
    assert json.loads(capsys.readouterr().out)["params"] == {"times": 7, "label": "2"}
    assert _told(folder, "plan", "--json", "-p", "times=3") == 0
    assert json.loads(capsys.readouterr().out)["params"]["times"] == 3


@pytest.mark.parametrize(
    ("pin", "line"),
    [
        ("parcels@9", "There is no dataset version 'parcels@9'"),
        ("parcels", "write a version of it, as parcels@3"),
        ("parcels@latest", "write a version of it, as parcels@3"),
    ],
)
def test_a_pin_that_names_no_version_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], pin: str, line: str
) -> None:
    capsys.readouterr()
    assert _told(folder, "plan", "--pin", pin) in {1, 2}
    told = capsys.readouterr().err
    assert line in told
    assert told.count("\n") == 1


def test_settings_that_are_no_tables_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "tidemill.local.toml").write_text("pins = 3\n")
    with pytest.raises(UsageError, match=r"tidemill.local.toml sets pins to 3; it takes a table"):
        load_settings(tmp_path, environ={})
    (tmp_path / "tidemill.local.toml").write_text("[params]\ntimes = 3\n")
    with pytest.raises(UsageError, match=r"it takes a table for each pipeline, as \[params.delays\]"):
        load_settings(tmp_path, environ={})
    with pytest.raises(UsageError, match="pins 'a' to 'b@3'; write a version of it, as a@3"):
        parse_pins({"a": "b@3"}, "a test")


def test_what_is_written_as_toml_is_read_back(tmp_path: Path) -> None:
    table = {"a b": "ü\n\"'\\", "n": 1, "x": -0.5, "t": True, "many": [1, "two"], "deep": {"er": {"k": "v"}, "n": 2}}
    (tmp_path / "tidemill.toml").write_text(toml_text({"params": {"p": table}}, "words"), "utf-8")
    read = dict(dict(load_settings(tmp_path, environ={}).params)["p"])
    assert read == table
    with pytest.raises(UsageError, match="which has no form in TOML"):
        toml_text({"a": None})
