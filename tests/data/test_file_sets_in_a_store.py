"""File sets in a whole store: collected by what is referenced, retained, backed up, copied and verified."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.cli.application import main
from tidemill.core import SystemClock, load_settings
from tidemill.storage.stores import Place, copy_store
from tidemill.workspace import Workspace

ME = local_caller()


def opened(place: Path, home: str = "home") -> Workspace:
    place.mkdir(exist_ok=True)
    return open_workspace(place, load_settings(place, environ={}, home=place / home))


def filled(place: Path) -> Workspace:
    workspace = opened(place)
    images = place / "images"
    images.mkdir()
    for number in range(30):
        (images / f"{number}").write_bytes(b"%d" % number)
    workspace.file_sets.commit(ME, "images", images)
    (images / "7").write_bytes(b"new")
    workspace.file_sets.commit(ME, "images", images)
    return workspace


def contents(place: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in place.iterdir()}


def test_the_collector_keeps_what_versions_hold_and_takes_what_none_holds(tmp_path: Path) -> None:
    workspace = filled(tmp_path)
    stray = workspace.blobs.put(b"stray")
    other = local_caller("other")
    workspace.file_sets.commit(other, "theirs", tmp_path / "images")
    workspace.collector.collect(ME, grace=timedelta(0))
    assert not workspace.blobs.has(stray)
    for number in (1, 2):
        workspace.file_sets.checkout(ME, f"images@{number}", tmp_path / f"out{number}")
    assert contents(tmp_path / "out1")["7"] == b"7"
    assert contents(tmp_path / "out2")["7"] == b"new"
    plan = workspace.collector.plan(ME)
    assert plan.blobs.kept["files of images"].n_blobs == 35  # 31 contents, 2 leaves and 2 roots


def test_a_version_that_retention_lets_go_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tidemill.toml").write_text('[retention]\ndatasets = "last 1"\n')
    workspace = filled(tmp_path)
    before = {blob.digest for blob in workspace.blobs.list()}
    workspace.collector.collect(ME, grace=timedelta(0))
    assert [version.reference for version in workspace.file_sets.list(ME)] == ["images@2"]
    gone = before - {blob.digest for blob in workspace.blobs.list()}
    assert len(gone) == 3  # the root and leaf of the first, and the bytes that only it held
    workspace.file_sets.checkout(ME, "images", tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "images")
    # What is known by heart of blobs that are gone is not believed.
    (tmp_path / "images" / "7").write_bytes(b"7")
    workspace.file_sets.commit(ME, "images", tmp_path / "images")
    workspace.file_sets.checkout(ME, "images", tmp_path / "again")
    assert contents(tmp_path / "again")["7"] == b"7"


def test_a_folder_whose_version_was_let_go_is_stored_again(tmp_path: Path) -> None:
    (tmp_path / "tidemill.toml").write_text('[retention]\ndatasets = "last 1"\n')
    workspace = filled(tmp_path)
    (tmp_path / "copy").mkdir()
    workspace.file_sets.checkout(ME, "images@1", tmp_path / "copy")
    workspace.collector.collect(ME, grace=timedelta(0))
    again = workspace.file_sets.commit(ME, "images", tmp_path / "copy")
    assert (again.reference, again.created) == ("images@3", True)
    workspace.file_sets.checkout(ME, "images@3", tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "copy")


def test_a_copy_and_a_backup_of_the_store_hold_every_version(tmp_path: Path) -> None:
    workspace = filled(tmp_path)
    made = workspace.backups.back_up(ME, tmp_path / "backups")
    workspace.database.close()
    main_exit(["restore", str(made.folder), "--home", str(tmp_path / "restored")])
    copy_store(Place(tmp_path / "home"), Place(tmp_path / "copied"), SystemClock())
    for home in ("restored", "copied"):
        other = opened(tmp_path, home)
        other.file_sets.checkout(ME, "images@1", tmp_path / f"out-{home}")
        assert contents(tmp_path / f"out-{home}")["7"] == b"7"
        other.database.close()
        main_exit(["verify", "--home", str(tmp_path / home)])


def test_the_command_line_goes_there_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a").write_bytes(b"a")
    assert main_exit(["data", "commit", "images", "images"]) == 0
    (tmp_path / "images" / "a").write_bytes(b"mine")
    assert main_exit(["data", "status", "images", "images"]) == 0
    assert main_exit(["data", "checkout", "images@1", "images"]) == 1
    assert main_exit(["data", "checkout", "images@1", "images", "--force"]) == 0
    assert main_exit(["data", "diff", "images@1", "images@1"]) == 0
    assert main_exit(["data", "images@1"]) == 0
    assert main_exit(["data", "commit", "images", "nowhere"]) == 1
    said = capsys.readouterr()
    assert "images@1 committed: 1 files, 1 B" in said.out
    assert "changed  a" in said.out
    assert "would be lost" in said.err
    assert "there is no folder nowhere" in said.err
    assert "Traceback" not in said.err


def main_exit(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    code = ended.value.code
    assert isinstance(code, int)
    return code
