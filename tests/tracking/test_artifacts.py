"""Files that runs keep: put, read, listed, deleted, kept by collection, gone with their run."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.small_project import ANN
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import ConflictError, ForbiddenError, NotFoundError, Settings, UsageError
from tidemill.storage.blobs.port import all_blobs
from tidemill.storage.blobs.uploads import Uploads
from tidemill.storage.events import EventQuery
from tidemill.tracking import NewLoggedModel, NewRun, Trace, remove_runs
from tidemill.workspace import Workspace

NOW = timedelta(0)
#: What no file of a run is called: other places of a file system, in every spelling, and names that hide something.
ESCAPES = ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "a/./b", "..\\x", "a\\b", "C:/x", "C:x", "%2e%2e/x"]
ESCAPES += ["a/%2E%2e", "%2fetc", "a%5c..%5cb", "a\0b", "a\nb", "a\u202eb", "\ud800", "n" * 256, "\u00e9" * 128]
ESCAPES += ["/".join(["n" * 200] * 6)]
EVE = Caller("eve", "other", Role.ADMIN)


@pytest.fixture
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A store, in a file or, where a test says so, in PostgreSQL."""
    records = request.getfixturevalue("postgres_url") if getattr(request, "param", "") == "postgres" else ""
    opened = open_workspace(tmp_path, Settings(home=tmp_path / "home", records=records))
    yield opened
    opened.database.close()


in_both = pytest.mark.parametrize("workspace", ["sqlite", "postgres"], indirect=True)


def _run(workspace: Workspace) -> str:
    return workspace.tracking.start_run(ANN, NewRun("e", "a run")).id


def _put(workspace: Workspace, run_id: str, *paths: str) -> None:
    for path in paths:
        workspace.artifacts.put(ANN, run_id, path, io.BytesIO(path.encode()))


def _names(workspace: Workspace, run_id: str, folder: str = "") -> list[str]:
    entries = workspace.artifacts.list(ANN, run_id, folder).entries
    return [entry.path + "/" * entry.is_folder for entry in entries]


@in_both
def test_files_are_put_listed_read_replaced_and_deleted(workspace: Workspace) -> None:
    artifacts, run_id = workspace.artifacts, _run(workspace)
    _put(workspace, run_id, "model/MLmodel", "model/data/x.bin", "a.txt", "model-2/y", "z")
    assert _names(workspace, run_id) == ["a.txt", "model-2/", "model/", "z"]
    assert _names(workspace, run_id, "model/") == ["model/MLmodel", "model/data/"]
    assert [_names(workspace, run_id, folder) for folder in ("a.txt", "nowhere")] == [[], []]
    stored = artifacts.put(ANN, run_id, "a.txt", [b"new ", b"bytes"])
    assert (stored.size, stored.digest) == (9, hashlib.sha256(b"new bytes").hexdigest())
    with artifacts.open(ANN, run_id, "a.txt") as file:
        assert file.read() == b"new bytes"
    assert [file.path for file in artifacts.walk(ANN, run_id, "model")] == ["model/MLmodel", "model/data/x.bin"]
    assert artifacts.delete(ANN, run_id, "model") == 2
    assert artifacts.delete(ANN, run_id, "a.txt") == 1
    assert _names(workspace, run_id) == ["model-2/", "z"]
    with pytest.raises(NotFoundError, match="keeps no file"):
        artifacts.get(ANN, run_id, "a.txt")
    kinds = {event.kind for event in workspace.audit.list(ANN, EventQuery(subject=run_id))}
    assert {"artifact.stored", "artifact.deleted"} <= kinds


@in_both
def test_a_large_folder_is_listed_page_by_page(workspace: Workspace) -> None:
    run_id = _run(workspace)
    names = sorted(f"f{at}" for at in range(40))
    _put(workspace, run_id, *names, *(f"g/{at}" for at in range(30)), "g-1", "g0/x")
    seen, after = [], ""
    while True:
        page = workspace.artifacts.list(ANN, run_id, after=after, limit=7)
        seen += [entry.name + "/" * entry.is_folder for entry in page.entries]
        if not (after := page.after):
            break
        assert len(page.entries) == 7
    assert seen == [*names, "g-1", "g/", "g0/"]


def test_a_path_is_a_file_or_a_folder(workspace: Workspace) -> None:
    run_id = _run(workspace)
    _put(workspace, run_id, "a/b", "c")
    for path, problem in (("a", "is a folder"), ("a/b/c", "is a file"), ("c/d/e", "is a file")):
        with pytest.raises(ConflictError, match=problem):
            _put(workspace, run_id, path)


def test_paths_that_could_be_anything_else_are_refused_without_being_told(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    run_id, artifacts = _run(workspace), workspace.artifacts
    for path in ESCAPES:
        with pytest.raises(UsageError, match=r"^Invalid path: ") as refused:
            artifacts.put(ANN, run_id, path, io.BytesIO(b""))
        assert "\n" not in str(refused.value)
        assert "passwd" not in str(refused.value)
        with pytest.raises(UsageError, match="Invalid path"):
            artifacts.get(ANN, run_id, path)
        if path not in {"", "a/"}:
            with pytest.raises(UsageError, match="Invalid path"):
                artifacts.delete(ANN, run_id, path)
    assert not list(all_blobs(workspace.blobs))
    workspace.database.close()


@in_both
def test_odd_names_are_names_and_of_two_spellings_one_is_stored(workspace: Workspace) -> None:
    run_id = _run(workspace)
    odd = ["%252e%252e%252f", "100%.txt", "a#b;c?d=e&f", "CON", "dot.", "emoji \U0001f468\u200d\U0001f469", "sp ace "]
    _put(workspace, run_id, *odd, "cafe\u0301")
    assert sorted(_names(workspace, run_id)) == sorted([*odd, "caf\u00e9"])
    assert workspace.artifacts.get(ANN, run_id, "caf\u00e9") == workspace.artifacts.get(ANN, run_id, "cafe\u0301")


def test_nobody_else_sees_or_changes_them(workspace: Workspace) -> None:
    run_id = _run(workspace)
    _put(workspace, run_id, "a")
    with pytest.raises(NotFoundError):
        workspace.artifacts.get(EVE, run_id, "a")
    with pytest.raises(NotFoundError, match="no run"):
        workspace.artifacts.put(EVE, run_id, "a", io.BytesIO(b""))
    assert not workspace.artifacts.list(EVE, run_id).entries
    viewer = Caller("vi", role=Role.VIEWER)
    assert workspace.artifacts.get(viewer, run_id, "a").size == 1
    with pytest.raises(ForbiddenError):
        workspace.artifacts.delete(viewer, run_id, "a")
    with pytest.raises(ForbiddenError):
        workspace.artifacts.put(viewer, run_id, "a", io.BytesIO(b""))


def test_bytes_that_do_not_come_whole_leave_nothing(workspace: Workspace) -> None:
    run_id = _run(workspace)

    def torn() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        workspace.artifacts.put(ANN, run_id, "a", torn())
    assert not _names(workspace, run_id)
    assert not list(all_blobs(workspace.blobs))


def test_an_upload_in_pieces_becomes_a_file(workspace: Workspace) -> None:
    run_id, uploads = _run(workspace), Uploads(workspace.home / "uploads", workspace.blobs)
    upload_id = uploads.begin(ANN.project)
    uploads.append(ANN.project, upload_id, 0, b"high ")
    uploads.append(ANN.project, upload_id, 5, b"water")
    digest = hashlib.sha256(b"high water").hexdigest()
    stored = workspace.artifacts.take_upload(ANN, run_id, "t.txt", upload_id, digest)
    assert (stored.path, stored.size) == ("t.txt", 10)


def test_collection_keeps_them_until_their_run_is_gone_and_leaves_no_residue(workspace: Workspace) -> None:
    run_id = _run(workspace)
    for at in range(10):
        workspace.artifacts.put(ANN, run_id, f"many/{at}", io.BytesIO(b"%d" % at))
    workspace.artifacts.put(ANN, run_id, "kept", io.BytesIO(b"kept"))
    workspace.artifacts.put(ANN, run_id, "kept", io.BytesIO(b"kept now"))
    workspace.tracking.end_run(ANN, run_id)
    kept = workspace.collector.collect(ANN, NOW).blobs.kept
    assert kept["files of runs and logged models"].n_blobs == 11, "the bytes that were replaced go"
    with workspace.artifacts.open(ANN, run_id, "kept") as file:
        assert file.read() == b"kept now"
    model = workspace.tracking.models.create(ANN, NewLoggedModel(0, source_run_id=run_id))
    workspace.artifacts.put(ANN, model.id, "MLmodel", io.BytesIO(b"goes with its run"))
    workspace.database.write(lambda tx: remove_runs(tx, ANN.project, [run_id]))
    workspace.collector.collect(ANN, NOW)
    assert not list(workspace.artifacts.walk(ANN, model.id))
    assert not list(all_blobs(workspace.blobs))
    assert not list(workspace.artifacts.walk(ANN, run_id))


@in_both
def test_addresses_of_a_project_name_whose_file_it_is(workspace: Workspace) -> None:
    run_id, place = _run(workspace), workspace.artifacts.place
    other, deep = "ab" * 16, f"0/{run_id}/artifacts/saved/{'cd' * 16}/artifacts/f"
    assert place(ANN, f"0/{run_id}/artifacts/a/b") == (run_id, "a/b")
    assert place(ANN, f"0/{run_id}/artifacts/") == (run_id, "")
    assert place(ANN, deep) == (run_id, f"saved/{'cd' * 16}/artifacts/f"), "the first of them"
    assert place(ANN, f"0/{other}/artifacts/a") == ("", f"0/{other}/artifacts/a"), "an unknown run keeps nothing"
    model, trace = workspace.tracking.models.create(ANN, NewLoggedModel(0)), Trace("tr-0123", 0, 1)
    workspace.tracking.traces.put(ANN, trace)
    assert place(ANN, f"0/models/{model.id}/artifacts/MLmodel") == (model.id, "MLmodel")
    assert place(ANN, "0/traces/tr-0123/artifacts/traces.json") == ("tr-0123", "traces.json")
    assert workspace.artifacts.address(ANN, model.id) == f"0/models/{model.id}/artifacts"
    assert place(ANN, "0/models/m-0123/artifacts/MLmodel").owner == "", "an unknown model keeps nothing"
    assert place(ANN, "some/file") == ("", "some/file")
    assert place(ANN, f"0/{run_id}") == ("", f"0/{run_id}")


def test_the_files_of_a_deleted_run_stay_its_files(workspace: Workspace) -> None:
    run = workspace.tracking.start_run(ANN, NewRun("e", "a run"))
    workspace.artifacts.put(ANN, run.id, "a/b.txt", io.BytesIO(b"hi"))
    address = workspace.artifacts.address(ANN, run.id)
    workspace.tracking.changes.delete(ANN, run.id)
    assert workspace.artifacts.place(ANN, f"{address}/a/b.txt").owner == run.id
    workspace.tracking.changes.restore(ANN, run.id)
    assert [file.path for file in workspace.artifacts.walk(ANN, run.id)] == ["a/b.txt"]
