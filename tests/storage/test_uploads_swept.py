"""Abandoned uploads: removed by their age, whoever is using one meanwhile, and whatever a kill left."""

from __future__ import annotations

import os
import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tidemill.core import NotFoundError
from tidemill.storage import LocalBlobs
from tidemill.storage.blobs.uploads import MOST_OPEN, TooManyUploadsError, Uploads

DAY = timedelta(days=1)


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    """Uploads into a folder."""
    return Uploads(tmp_path / "uploads", LocalBlobs(tmp_path / "blobs"))


def folder_of(tmp_path: Path, upload: str) -> Path:
    return tmp_path / "blobs" / ".uploads" / upload


def make_old(folder: Path) -> None:
    for file in (folder / "pieces", folder):
        if file.exists():
            os.utime(file, (1, 1))


def yesterday() -> datetime:
    return datetime.now(UTC) - DAY


def test_an_old_upload_goes_and_a_young_one_stays(uploads: Uploads, tmp_path: Path) -> None:
    old, young = uploads.begin("p"), uploads.begin("q")
    uploads.append("p", old, 0, b"tide")
    make_old(folder_of(tmp_path, old))
    (swept,) = uploads.sweep(yesterday())
    assert (swept.upload_id, swept.project, swept.n_bytes) == (old, "p", 4)
    assert [each.upload_id for each in uploads.list()] == [young]
    assert uploads.sweep(yesterday()) == []
    with pytest.raises(NotFoundError):
        uploads.append("p", old, 4, b"mill")


def test_an_upload_in_use_stays(uploads: Uploads, tmp_path: Path) -> None:
    upload = uploads.begin("p")
    make_old(folder_of(tmp_path, upload))
    entered, leave = threading.Event(), threading.Event()

    def use() -> None:
        with uploads._held("p", upload):
            entered.set()
            leave.wait(30)

    using = threading.Thread(target=use)
    using.start()
    assert entered.wait(30)
    assert uploads.sweep(yesterday()) == []
    leave.set()
    using.join(30)
    assert len(uploads.sweep(yesterday())) == 1


@pytest.mark.parametrize("left", ["no project", "gone"])
def test_what_a_kill_left_goes_too(uploads: Uploads, tmp_path: Path, left: str) -> None:
    folder = folder_of(tmp_path, uploads.begin("p"))
    if left == "no project":
        (folder / "project").unlink()
    else:
        folder = folder.rename(folder.with_name(folder.name + ".gone"))
    make_old(folder)
    assert [each.project for each in uploads.sweep(yesterday())] == [""]
    assert not folder.exists()


def test_too_many_open_uploads_of_one_project_are_refused(uploads: Uploads, tmp_path: Path) -> None:
    first = folder_of(tmp_path, uploads.begin("p"))
    for n in range(MOST_OPEN - 1):
        shutil.copytree(first, first.with_name(f"{n:032x}"))
    with pytest.raises(TooManyUploadsError, match="256 uploads are open in this project; finish or abandon some"):
        uploads.begin("p")
    uploads.begin("q")
    uploads.abandon("p", first.name)
    uploads.begin("p")
