"""`tidemill sync` and `tidemill limits`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.recording.stored import Stored
from tests.recording.test_journals import N_POINTS, write_journal
from tidemill.cli import main
from tidemill.core import new_id


def _enter(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code


def test_sync_brings_what_waits_and_then_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = new_id()
    write_journal(tmp_path / ".tidemill" / "journals", run_id)
    assert _enter("sync", str(tmp_path)) == 0
    assert capsys.readouterr().out == f"brought {N_POINTS} points and 0 files of {run_id}\n"
    assert _enter("sync", str(tmp_path)) == 0
    assert capsys.readouterr().out == "nothing waits\n"
    stored = Stored(tmp_path / ".tidemill")
    assert len(stored.points(run_id, "loss")) == N_POINTS
    stored.close()


def test_sync_says_what_still_waits_and_what_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / ".tidemill" / "journals"
    path = write_journal(folder, new_id(), url="http://127.0.0.1:9")
    path.with_name(f"{path.stem}x.journal").write_bytes(b"no journal")
    assert _enter("sync", str(tmp_path), "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert list(report["waiting"]) == [path.name]
    assert "cannot be reached" in report["waiting"][path.name]
    assert [line for line in report["said"] if "no header of a journal" in line]


def test_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert _enter("limits", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {key: told[8][key] for key in ("of", "most")} == {"of": "points of a batch", "most": 5000}
    assert _enter("limits") == 0
    assert "key of a param, metric or tag" in capsys.readouterr().out
    assert _enter("sync", "/not/there") == 2
    assert "is not a folder" in capsys.readouterr().err
