"""tidemill artifacts: files of a run kept, listed, written and deleted by commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.cli.artifacts import app
from tidemill.core import ConflictError, NotFoundError, load_settings
from tidemill.tracking import NewRun


def test_a_folder_is_kept_listed_written_and_deleted(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, load_settings(tmp_path))
    run_id = workspace.tracking.start_run(ANN, NewRun("e", "a run")).id
    workspace.database.close()
    (tmp_path / "model" / "data").mkdir(parents=True)
    (tmp_path / "model" / "MLmodel").write_text("flavors: {}")
    (tmp_path / "model" / "data" / "x.bin").write_bytes(b"1234")
    assert "2 files with 15 bytes are kept as model" in _said(tmp_path, "put", run_id, str(tmp_path / "model"))
    assert json.loads(_said(tmp_path, "list", run_id, "model", "--json")) == [
        {"path": "model/MLmodel", "folder": False, "size": 11},
        {"path": "model/data", "folder": True, "size": None},
    ]
    assert "model/" in _said(tmp_path, "list", run_id)
    _said(tmp_path, "get", run_id, "model/data", "--to", str(tmp_path / "got"))
    assert (tmp_path / "got" / "data" / "x.bin").read_bytes() == b"1234"
    with pytest.raises(ConflictError, match="is there already"):
        _said(tmp_path, "get", run_id, "model/data", "--to", str(tmp_path / "got"))
    assert "2 files are deleted" in _said(tmp_path, "delete", run_id, "model")
    with pytest.raises(NotFoundError, match="keeps no"):
        _said(tmp_path, "get", run_id)


def _said(folder: Path, command: str, *given: str) -> str:
    done = CliRunner().invoke(app, [command, *given, "--folder", str(folder)])
    if done.exception is not None:
        raise done.exception
    return done.stdout
