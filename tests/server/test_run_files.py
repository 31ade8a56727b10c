"""Files of runs over HTTP, by the client: any size, whole, going on where they broke, refused where they lead away."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.server.conftest import House
from tests.small_project import ANN
from tidemill.client import Client
from tidemill.core import ConflictError, ForbiddenError, NotFoundError, UsageError, digest_bytes
from tidemill.retention import referenced_blobs
from tidemill.storage.blobs.uploads import MOST_PIECE_BYTES
from tidemill.tracking import NewRun


@pytest.fixture
def run_id(house: House) -> str:
    return house.workspace.tracking.start_run(ANN, NewRun("files", "a run")).id


def test_files_are_put_listed_got_and_deleted(house: House, run_id: str, tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"")
    large.write_bytes(os.urandom(MOST_PIECE_BYTES + 100))
    with Client(house.local) as client:
        files = client.artifacts
        assert files.put(run_id, "a b/empty%.txt", small)["size"] == 0
        stored = files.put(run_id, "a b/large", large)
        assert stored["digest"] == hashlib.sha256(large.read_bytes()).hexdigest()
        assert [(each["path"], each["folder"]) for each in files.list(run_id)] == [("a b", True)]
        assert [each["size"] for each in files.list(run_id, "a b")] == [0, MOST_PIECE_BYTES + 100]
        for name, source in (("empty%.txt", small), ("large", large)):
            files.get(run_id, f"a b/{name}", tmp_path / "got")
            assert (tmp_path / "got").read_bytes() == source.read_bytes()
        assert files.delete(run_id, "a b") == 2
        with pytest.raises(NotFoundError):
            files.get(run_id, "a b/large", tmp_path / "gone")
        assert not (tmp_path / "gone").exists()


def test_an_upload_that_broke_goes_on_where_it_stands(house: House, run_id: str, tmp_path: Path) -> None:
    data = os.urandom(2 * MOST_PIECE_BYTES)
    (tmp_path / "large").write_bytes(data)
    with Client(house.local) as client:
        upload_id = client.artifacts.begin()
        piece = data[:MOST_PIECE_BYTES]
        address = f"/api/uploads/{upload_id}"
        query = {"offset": 0, "digest": digest_bytes(piece)}
        client._call("PUT", address, params=query, content=piece, headers={"content-type": "application/octet-stream"})
    sent: list[int] = []
    with Client(house.local) as client:
        client._http.event_hooks["request"] = [lambda asked: sent.append(int(asked.headers.get("content-length", 0)))]
        client.artifacts.put(run_id, "large", tmp_path / "large", upload_id=upload_id)
        assert sum(sent) == MOST_PIECE_BYTES, "the other half"
        client.artifacts.get(run_id, "large", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == data
    uploaded = {digest for digest, owner in _referenced(house) if owner == "uploads"}
    assert hashlib.sha256(data).hexdigest() not in uploaded, "it goes when the file does"


def test_what_cannot_be_is_refused_in_one_line(house: House, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"1")
    with Client(house.local) as client, Client(house.open, house.tokens["viewer"]) as viewer:
        for path in ("../x", "a/%2e%2e/b", "a\\b", "/etc/passwd"):
            with pytest.raises(UsageError, match="Invalid path"):
                client.artifacts.put(run_id, path, tmp_path / "f")
        with pytest.raises(NotFoundError, match="no run"):
            client.artifacts.put("ab" * 16, "x", tmp_path / "f")
        with pytest.raises(NotFoundError, match="no run"):
            client.artifacts.list("ab" * 16)
        client.artifacts.put(run_id, "f", tmp_path / "f")
        with pytest.raises(ConflictError, match="is a file"):
            client.artifacts.put(run_id, "f/g", tmp_path / "f")
        viewer.artifacts.get(run_id, "f", tmp_path / "got")
        with pytest.raises(ForbiddenError):
            viewer.artifacts.put(run_id, "f", tmp_path / "f")


def _referenced(house: House) -> list[tuple[str, str]]:
    return house.workspace.database.read(lambda tx: list(referenced_blobs(tx, ANN.project)))
