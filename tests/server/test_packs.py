"""Many small blobs in few requests: whole and checked, only for their own project, and over a bad connection too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.object_store import FaultProxy
from tests.server.running import server
from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import NotFoundError, Settings, UsageError, digest_bytes
from tidemill.storage import open_blobs
from tidemill.storage.blobs.packs import MAGIC, packed
from tidemill.storage.events import EventQuery
from tidemill.workspace import Workspace

OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    yield opened
    opened.database.close()


def files_in(folder: Path, sizes: list[int]) -> list[Path]:
    folder.mkdir()
    paths = [folder / str(number) for number in range(len(sizes))]
    for path, size in zip(paths, sizes, strict=True):
        path.write_bytes(os.urandom(size))
    return paths


def test_hundreds_of_small_files_cost_a_few_requests(workspace: Workspace, tmp_path: Path) -> None:
    paths = files_in(tmp_path / "files", [1024] * 300)
    with (
        server(workspace) as address,
        FaultProxy(address, share=0) as proxy,
        Client(proxy.address, timeout_s=120) as client,
    ):
        client.upload(paths[0])
        one_by_one, proxy.n_requests = proxy.n_requests * len(paths), 0
        digests = client.upload_files(paths)
        up, proxy.n_requests = proxy.n_requests, 0
        back = client.download_files(digests, tmp_path / "back")
        down = proxy.n_requests
    print(f"{len(paths):,} files of 1 KB: {one_by_one:,} requests one by one, {up} in packs; {down} down")
    assert (one_by_one, up, down) == (900, 1, 1)
    assert [path.read_bytes() for path in back] == [path.read_bytes() for path in paths]
    assert len(workspace.audit.list(ANN, EventQuery(kind_prefix="blob.uploaded", limit=1000))) == 300


def test_large_and_small_ones_over_a_bad_connection(workspace: Workspace, tmp_path: Path) -> None:
    sizes = [0, 1, 1 << 20, (1 << 20) + 1, 5 << 20, 900_000, 900_000, 900_000, 900_000, 900_000, 7, 7]
    paths = files_in(tmp_path / "files", sizes)
    with server(workspace) as address, FaultProxy(address, seed=4) as proxy, Client(proxy.address) as client:
        digests = client.upload_files(paths)
        back = client.download_files(digests, tmp_path / "back")
        assert client.upload_files([]) == []
    assert digests == [digest_bytes(path.read_bytes()) for path in paths]
    assert [digest_bytes(path.read_bytes()) for path in back] == digests
    assert not list((tmp_path / "back").glob(".*"))


def test_a_file_that_is_there_is_believed_only_when_it_is_what_its_name_says(
    workspace: Workspace, tmp_path: Path
) -> None:
    paths, back = files_in(tmp_path / "files", [10, 20, 30]), tmp_path / "back"
    with server(workspace) as address, FaultProxy(address, share=0) as proxy, Client(proxy.address) as client:
        digests = client.upload_files(paths)
        client.download_files(digests, back)
        (back / digests[1]).write_bytes(b"")  # as a power cut leaves it
        assert [path.read_bytes() for path in client.download_files(digests, back)] == [p.read_bytes() for p in paths]
        proxy.n_requests = 0
        client.download_files(digests, back)
        assert proxy.n_requests == 0


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "x", "AB" * 32])
def test_what_is_no_digest_is_no_file_either(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("mine")
    with Client("http://127.0.0.1:9") as client:
        with pytest.raises(UsageError, match="is not a digest"):
            client.download_files([name], tmp_path / "back")
        with pytest.raises(UsageError, match="is not a digest"):
            client.download(name, tmp_path / "one")


def test_packs_that_lie_keep_nothing_and_other_projects_see_nothing(workspace: Workspace) -> None:
    inner = workspace.blobs.put(b"what a run made")
    good = b"".join(packed([(digest_bytes(b"tide"), b"tide")]))
    wrong = b"".join(packed([(digest_bytes(b"good"), b"good"), ("0" * 63 + "1", b"x")]))
    huge = MAGIC + bytes(31) + b"x" + (10**12).to_bytes(8, "big")
    with server(workspace) as address, httpx.Client(base_url=address) as http:
        for body, status in ((wrong, 500), (huge, 400), (good[:-1], 500), (b"PK\x03\x04", 400), (bytes(5 << 20), 413)):
            assert http.put("/api/packs", content=body, headers=OCTETS).status_code == status
        assert not workspace.blobs.has(digest_bytes(b"good"))
        assert http.put("/api/packs", content=good, headers=OCTETS).json()["n_blobs"] == 1
        for digests, status in (([inner], 404), (["../x"], 400), ([], 400), (["0" * 64] * 1001, 400)):
            assert http.post("/api/packs/read", json={"digests": digests}).status_code == status
    assert not workspace.audit.list(ANN, EventQuery(kind_prefix="blob.uploaded", subject=inner, limit=1))


def test_many_files_go_to_a_bucket_at_once_and_come_back_before_they_are_asked_for(
    s3_url: str, s3_endpoint: str, tmp_path: Path
) -> None:
    paths = files_in(tmp_path / "files", [1000 + n for n in range(60)])
    with FaultProxy(s3_endpoint, share=0) as proxy:
        blobs = open_blobs(s3_url.replace(s3_endpoint, proxy.address), tmp_path / "cache", home=tmp_path / "home")
        digests = blobs.put_files(paths)  # type: ignore[attr-defined]  # not every store has it
        assert proxy.n_requests <= len(paths) + 1, "one each, and the mark of the store"
        blobs.warm(digests)  # type: ignore[attr-defined]  # a cache has it
        n_requests = proxy.n_requests
        assert [digest_bytes(blobs.path(digest).read_bytes()) for digest in digests] == digests  # type: ignore[attr-defined]
        assert proxy.n_requests == n_requests
        with pytest.raises(NotFoundError):
            blobs.warm(["0" * 64])  # type: ignore[attr-defined]
