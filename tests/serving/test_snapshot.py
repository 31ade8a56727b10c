"""Snapshots: what deployment writes is what the data plane reads, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving.samples import deploy, snapshot_of
from tidemill.core import DamagedError, NotFoundError, UsageError, digest_bytes
from tidemill.models import ModelPackage
from tidemill.serving import read_files, read_pointer, read_snapshot, withdraw_snapshot, write_snapshot


def test_what_is_written_is_read(home: Path, package: ModelPackage) -> None:
    snapshot = deploy(home, package, 3)
    folder = home / "serving" / "default" / "delay"
    assert read_pointer(folder) == 3
    assert read_snapshot(folder, 3) == snapshot
    assert read_files(folder, snapshot) == dict(package.files)


def test_a_revision_stays_when_the_next_is_written(home: Path, package: ModelPackage) -> None:
    first = deploy(home, package, 1)
    deploy(home, package, 2)
    folder = home / "serving" / "default" / "delay"
    assert read_pointer(folder) == 2
    assert read_snapshot(folder, 1) == first


def test_a_withdrawn_endpoint_points_at_nothing(home: Path, package: ModelPackage) -> None:
    deploy(home, package)
    withdraw_snapshot(home / "serving", "default", "delay")
    assert read_pointer(home / "serving" / "default" / "delay") is None


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x\0", "nul"])
def test_a_name_that_is_no_file_is_refused(home: Path, package: ModelPackage, name: str) -> None:
    with pytest.raises(UsageError):
        deploy(home, package, endpoint=name)
    with pytest.raises(UsageError):
        deploy(home, package, project=name)
    assert not (home / "serving").exists()


def test_files_other_than_the_listed_ones_are_refused(home: Path, package: ModelPackage) -> None:
    snapshot = snapshot_of(package)
    for files in ({}, {**package.files, "model.onnx": b"other"}, {**package.files, "more": b""}):
        with pytest.raises(UsageError, match="differ in"):
            write_snapshot(home, snapshot, files)
    assert not list(home.iterdir())


def test_a_changed_file_is_never_returned(home: Path, package: ModelPackage) -> None:
    snapshot = deploy(home, package)
    folder = home / "serving" / "default" / "delay"
    path = folder / "models" / package.digest / "model.txt"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedError, match=r"model\.txt has digest"):
        read_files(folder, snapshot)
    path.unlink()
    with pytest.raises(DamagedError, match="cannot be read"):
        read_files(folder, snapshot)
    deploy(home, package)
    assert read_files(folder, snapshot) == dict(package.files)


@pytest.mark.parametrize("text", ["", "../1.json", "1", "0.json", "1.json.json", "/etc/passwd", "\xff"])
def test_a_pointer_that_names_no_revision_is_refused(home: Path, text: str) -> None:
    (home / "current").write_text(text)
    with pytest.raises(DamagedError, match="not a revision"):
        read_pointer(home)


def test_a_missing_pointer_is_told(home: Path) -> None:
    with pytest.raises(NotFoundError, match="missing"):
        read_pointer(home)


def test_a_snapshot_of_another_place_or_format_is_refused(home: Path, package: ModelPackage) -> None:
    deploy(home, package, 1)
    folder = home / "serving" / "default" / "delay"
    text = (folder / "1.json").read_text()
    (folder / "2.json").write_text(text)
    with pytest.raises(DamagedError, match="belongs to default/delay revision 1"):
        read_snapshot(folder, 2)
    (folder / "1.json").write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(DamagedError, match="upgrade tidemill"):
        read_snapshot(folder, 1)
    for wrong in ("", "{}", "[" * 100_000, text.replace('"revision": 1', '"revision": "1"')):
        (folder / "1.json").write_text(wrong)
        with pytest.raises(DamagedError, match="is not a snapshot"):
            read_snapshot(folder, 1)
    with pytest.raises(DamagedError, match="is missing"):
        read_snapshot(folder, 9)


def test_a_snapshot_cannot_reach_outside_its_folder(home: Path, package: ModelPackage) -> None:
    (home / "secret").write_bytes(b"secret")
    for name in ("../../../../secret", "/etc/passwd"):
        with pytest.raises(DamagedError, match="cannot name a model file"):
            read_files(home / "a" / "b", snapshot_of(package, files={name: "0" * 64}))


def test_model_files_stay_in_their_snapshot(home: Path, package: ModelPackage) -> None:
    """A2, A7: a link in the place of a folder of the snapshot is neither written through nor read through."""
    snapshot = deploy(home, package)
    folder = home / "serving" / "default" / "delay"
    outside = home.parent / "outside"
    (folder / "models").rename(outside)
    (folder / "models").symlink_to(outside)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    with pytest.raises(DamagedError, match="in the way"):
        read_files(folder, snapshot)
    changed = {**package.files, "model.txt": b"other"}
    told = {name: digest_bytes(data) for name, data in changed.items()}
    with pytest.raises(UsageError, match="in the way"):
        write_snapshot(home / "serving", snapshot_of(package, files=told), changed)
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == before
