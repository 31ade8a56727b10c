"""Collecting a bucket: in two steps, only where one store has it for itself, and nothing that anybody counts on."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.retention.test_retention import START, run_of, version_of
from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.cli.application import app
from tidemill.core import ManualClock, Settings, SystemClock, digest_bytes, new_id
from tidemill.retention.collector import DIRECT
from tidemill.retention.references import UNDER_WAY
from tidemill.storage import direct_urls
from tidemill.storage.blob_urls import objects_of
from tidemill.storage.blobs.bucket_home import BucketHome
from tidemill.storage.blobs.collection import RESTING, YOUNG, Share
from tidemill.storage.blobs.uploads import Uploads
from tidemill.workspace import Workspace

NOW, DAY = timedelta(0), timedelta(days=1)


@pytest.fixture
def workspace(s3_url: str, tmp_path: Path) -> Iterator[Workspace]:
    """A store whose blobs are in a bucket."""
    opened = open_workspace(tmp_path, Settings(home=tmp_path / "home", blobs=s3_url), ManualClock(START))
    yield opened
    opened.database.close()


def home_of(workspace: Workspace) -> BucketHome:
    """Return what a store knows of its bucket."""
    objects = objects_of(workspace.blobs)
    assert objects is not None
    assert objects.home is not None
    return objects.home


def everything_in(workspace: Workspace) -> set[tuple[str, int]]:
    """Return the keys and sizes of all objects, blobs or not."""
    objects = objects_of(workspace.blobs)
    assert objects is not None
    return {(each.key, each.size) for each in objects._bucket.list()}


def rest(workspace: Workspace, by: timedelta) -> None:
    """Make everything that is condemned so for longer."""
    at = SystemClock().now() - by
    for folder in (workspace.home / "bucket").iterdir():
        if folder.is_dir():
            older = folder.rename(folder.with_name(new_id(at)))
            os.utime(older, (at.timestamp(), at.timestamp()))


def test_what_nobody_names_is_condemned_then_deleted(workspace: Workspace) -> None:
    kept = version_of(workspace, run_of(workspace, 0.5))
    before = everything_in(workspace)
    gone = workspace.blobs.put(b"garbage")
    plan = workspace.collector.plan(ANN)
    assert plan.not_collected == ""
    assert plan.blobs.spared[YOUNG] == Share(1, 7)
    assert workspace.collector.plan(ANN, NOW).blobs.aside == Share(1, 7)
    assert workspace.blobs.has(gone)
    with workspace.in_flight.mark():
        done = workspace.collector.collect(ANN, NOW).blobs
        assert (done.aside, done.spared[RESTING], done.deleted) == (Share(1, 7), Share(1, 7), Share())
        plan = workspace.collector.plan(ANN, NOW)
        assert plan.blobs.spared == {RESTING: Share(1, 7)}, "it is condemned, and not counted twice"
    assert workspace.collector.plan(ANN, NOW).blobs.deleted == Share(1, 7)
    assert workspace.collector.collect(ANN, NOW).blobs.deleted == Share(1, 7)
    assert workspace.collector.collect(ANN, NOW).blobs.deleted == Share()
    assert everything_in(workspace) == before
    assert all(workspace.blobs.get(digest) for digest in kept.files.values())


@pytest.mark.parametrize("way", ["put", "put_file", "get", "open", "has", "put_stream"])
def test_whoever_asks_for_a_condemned_blob_lets_it_live(workspace: Workspace, tmp_path: Path, way: str) -> None:
    digest = workspace.blobs.put(b"wanted")
    home_of(workspace).condemned.set_aside(workspace.blobs.list()[0], new_id())
    rest(workspace, 2 * DAY)
    (tmp_path / "file").write_bytes(b"wanted")
    if way == "put":
        workspace.blobs.put(b"wanted")
    elif way == "put_file":
        workspace.blobs.put_file(tmp_path / "file")
    elif way == "put_stream":
        workspace.blobs.put_stream([b"wanted"])
    elif way == "open":
        workspace.blobs.open(digest).close()
    else:
        getattr(workspace.blobs, way)(digest)
    assert workspace.collector.collect(ANN).blobs.deleted == Share()
    assert workspace.blobs.get(digest) == b"wanted"


def test_who_asks_while_a_blob_is_deleted_waits_and_is_told_the_truth(workspace: Workspace) -> None:
    digest = workspace.blobs.put(b"wanted")
    condemned = home_of(workspace).condemned
    condemned.set_aside(workspace.blobs.list()[0], new_id())
    found: list[bool] = []
    asking = threading.Thread(target=lambda: found.append(workspace.blobs.has(digest)))
    with condemned.locked(fcntl.LOCK_EX):  # as a collector holds it
        asking.start()
        asking.join(0.3)
        assert not found
        assert workspace.blobs.delete(digest)
    asking.join(30)
    assert found == [False]
    assert workspace.blobs.put(b"wanted") == digest
    assert workspace.blobs.get(digest) == b"wanted"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("what", ["gone", "stored again"])
def test_a_condemned_blob_that_cannot_be_deleted_stops_no_collector(workspace: Workspace, what: str) -> None:
    blobs, condemned = workspace.blobs, home_of(workspace).condemned
    digest = blobs.put(b"wanted")
    (stored,) = blobs.list()
    aged = stored._replace(stored_at=stored.stored_at - 2 * DAY)
    condemned.set_aside(aged, new_id())
    if what == "gone":
        assert blobs.delete(digest)
    (entry,) = condemned.list()
    assert list(condemned.delete([entry], blobs.delete)) == []
    assert not list(condemned.list())
    assert blobs.has(digest) == (what == "stored again")


def test_a_bucket_of_two_stores_is_left_alone(workspace: Workspace, s3_url: str, tmp_path: Path) -> None:
    other = open_workspace(tmp_path, Settings(home=tmp_path / "other", blobs=s3_url))
    digest = other.blobs.put(b"of the other store")
    other.database.close()
    for done in (workspace.collector.collect(ANN, NOW), workspace.collector.plan(ANN, NOW)):
        assert "other stores" in done.not_collected
        assert "prefix of its own" in done.not_collected
    assert workspace.blobs.get(digest)


def test_pieces_of_an_upload_stay_while_it_is_under_way(workspace: Workspace) -> None:
    uploads = Uploads(workspace.home / "uploads", workspace.blobs)
    upload = uploads.begin("default")
    uploads.append("default", upload, 0, b"tide ")
    assert workspace.collector.collect(ANN, NOW).blobs.kept[UNDER_WAY] == Share(1, 5)
    uploads.append("default", upload, 5, b"mill")
    assert uploads.finish("default", upload, digest_bytes(b"tide mill")).size == 9
    with workspace.in_flight.mark():
        workspace.collector.collect(ANN, NOW)
    assert workspace.blobs.get(digest_bytes(b"tide mill"))


def test_abandoned_uploads_and_what_came_by_signed_urls_are_removed(workspace: Workspace) -> None:
    workspace.blobs.has("0" * 64)
    before = everything_in(workspace)
    uploads = Uploads(workspace.home / "uploads", workspace.blobs)
    for project in ("default", "another"):
        upload = uploads.begin(project)
        uploads.append(project, upload, 0, b"piece of " + project.encode())
        old = (SystemClock().now() - 2 * DAY).timestamp()
        for file in ((workspace.home / "uploads" / upload) / "pieces", workspace.home / "uploads" / upload):
            os.utime(file, (old, old))
    urls = direct_urls(workspace.blobs)
    assert urls is not None
    objects = objects_of(workspace.blobs)
    assert objects is not None
    objects._bucket.put("incoming/" + "a" * 32, b"never taken in")
    assert workspace.collector.plan(ANN).blobs.abandoned == {
        "uploads of default": Share(1, 16),
        "other projects": Share(1, 16),
    }, "what came by a signed URL is younger than a day"
    done = workspace.collector.collect(ANN, NOW)
    assert (done.blobs.abandoned["uploads of default"], done.blobs.deleted) == (Share(1, 16), Share(2, 32))
    assert DIRECT not in done.blobs.abandoned
    assert not list(uploads.list())
    (incoming,) = home_of(workspace).sweep(SystemClock().now() + DAY)
    assert incoming.size == 14
    assert everything_in(workspace) == before


def test_the_command_says_what_goes_from_a_bucket(workspace: Workspace, tmp_path: Path, s3_url: str) -> None:
    workspace.blobs.put(b"garbage")
    (tmp_path / "tidemill.toml").write_text(f'blobs = "{s3_url}"\n', "utf-8")
    given = ["collect", "--grace", "0s", "--folder", str(tmp_path), "--home", str(workspace.home)]
    told = CliRunner().invoke(app, [*given, "--dry-run"])
    assert told.exit_code == 0, told.output
    assert "would be set aside" in told.output
    assert "deleted" in CliRunner().invoke(app, given).output
    assert not workspace.blobs.list()
