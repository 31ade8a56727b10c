"""Unpacking: all files or none, as they were; once for many; mended when somebody changed one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.bundles.conftest import ANN
from tidemill.bundles import UnpackedBundles, make_draft
from tidemill.core import NotFoundError, UsageError
from tidemill.workspace import Workspace


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_files_come_back_as_they_were(workspace: Workspace, folder: Path, tmp_path: Path) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o750)
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    out = workspace.bundles.unpack(ANN, bundle, tmp_path / "a" / "out")
    assert tree(out) == {file.path: (folder / file.path).read_bytes() for file in bundle.files}
    assert stat.S_IMODE((out / "run.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((out / "speech.py").stat().st_mode) == 0o644
    (tmp_path / "empty").mkdir()
    workspace.bundles.unpack(ANN, bundle, tmp_path / "empty")
    assert make_draft(tmp_path / "empty").digest == bundle.digest


def test_a_folder_that_holds_something_is_left_alone(workspace: Workspace, folder: Path, tmp_path: Path) -> None:
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    full, file, link = tmp_path / "full", tmp_path / "file", tmp_path / "link"
    full.mkdir()
    (full / "mine").write_text("mine")
    file.write_text("mine")
    link.symlink_to(full)
    for place in (full, file, link):
        with pytest.raises(UsageError, match="missing or empty"):
            workspace.bundles.unpack(ANN, bundle, place)
    assert tree(full) == {"mine": b"mine"}


def test_bytes_that_are_missing_leave_nothing(workspace: Workspace, folder: Path, tmp_path: Path) -> None:
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    workspace.blobs.delete(bundle.files[-1].digest)
    with pytest.raises(NotFoundError):
        workspace.bundles.unpack(ANN, bundle, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["speech"]


def test_a_bundle_is_unpacked_once_and_mended_when_it_was_changed(workspace: Workspace, folder: Path) -> None:
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    unpacked = UnpackedBundles(workspace.blobs, workspace.home)
    place = unpacked.folder_of(bundle)
    (place / "extra.txt").write_text("somebody's own")
    assert unpacked.folder_of(bundle) == place
    assert (place / "extra.txt").exists()
    (place / "words" / "spoken.py").write_text("def word():\n    return 'evil'\n")
    assert unpacked.folder_of(bundle) == place
    assert "evil" not in (place / "words" / "spoken.py").read_text()
    (place / "speech.py").unlink()
    (place / "speech.py").symlink_to("/etc/hostname")
    assert not (unpacked.folder_of(bundle) / "speech.py").is_symlink()
    left = [path.name for path in place.parent.iterdir() if path.name not in {bundle.digest, ".lock"}]
    assert len(left) <= 1, "only what was set aside last waits for the next time"
