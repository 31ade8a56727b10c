"""Blobs through the server: in pieces, going on where they broke, as streams, and only for their own project."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.object_store import FaultProxy
from tests.server.running import server
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import ConflictError, NotFoundError, Settings, UnavailableError, UsageError, digest_bytes
from tidemill.storage import BlobStore, LocalBlobs, open_blobs
from tidemill.storage.blobs.uploads import MOST_PIECE_BYTES, Uploads
from tidemill.storage.events import EventQuery
from tidemill.workspace import Workspace

MIB = 1 << 20
GROWTH_BYTES = 64 * MIB
OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    yield opened
    opened.database.close()


@pytest.fixture(params=["local", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "local":
        return LocalBlobs(tmp_path / "blobs")
    return open_blobs(request.getfixturevalue("s3_url"), tmp_path / "cache")


@pytest.mark.parametrize("torn", [b"a", b"a" * 64 + b" 4", b"\0" * 70, b"\0" * 30 + b"a 3 6\n", b"a" * 64 + b" 4 1"])
def test_a_line_that_a_power_cut_tore_is_written_anew(blobs: BlobStore, tmp_path: Path, torn: bytes) -> None:
    uploads = Uploads(tmp_path / "uploads", blobs)
    for pieces in ([], [b"abc"], [b"abc"] * 9):
        upload = uploads.begin("p")
        at = 0
        for piece in pieces:
            at = uploads.append("p", upload, at, piece)
        with next(tmp_path.rglob(f"{upload}/pieces")).open("ab") as file:
            file.write(torn)
        assert uploads.offset("p", upload) == at
        assert uploads.append("p", upload, at, b"more") == at + 4
        assert uploads.append("p", upload, at + 4, b"end") == uploads.offset("p", upload) == at + 7
        assert [each.n_bytes for each in uploads.list()] == [at + 7]
        body = b"".join([*pieces, b"moreend"])
        assert uploads.finish("p", upload, digest_bytes(body)).size == len(body)


def test_an_upload_that_an_older_program_began_is_gone_on_with(blobs: BlobStore, tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", blobs)
    upload = uploads.begin("p")
    for number in range(5):
        uploads.append("p", upload, number * 3, b"abc")
    listed = next(tmp_path.rglob(f"{upload}/pieces"))
    listed.write_text("".join(f"{digest_bytes(b'abc')} 3\n" for _ in range(5)))
    assert uploads.offset("p", upload) == 15
    assert uploads.append("p", upload, 15, b"de") == 17
    assert uploads.finish("p", upload, digest_bytes(b"abc" * 5 + b"de")).size == 17


def test_a_piece_costs_the_same_however_many_came_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads, at = Uploads(tmp_path / "uploads", LocalBlobs(tmp_path / "blobs")), 0
    upload = uploads.begin("p")

    def refused(_: Path) -> bytes:
        raise AssertionError("the whole list was read")

    at = uploads.append("p", upload, at, b"first")
    monkeypatch.setattr(Path, "read_bytes", refused)
    for _ in range(20):
        at = uploads.append("p", upload, at, b"next")
    assert uploads.offset("p", upload) == at == 85


def test_what_an_upload_needs_to_be_gone_on_with_is_synced_before_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    uploads = Uploads(tmp_path / "uploads", LocalBlobs(tmp_path / "blobs"))
    monkeypatch.setattr(os, "fsync", watched)
    upload = uploads.begin("p")
    assert synced.index("project") < synced.index(upload), "the file, then the folder that names it"


def test_pieces_become_one_blob(blobs: BlobStore, tmp_path: Path) -> None:
    uploads, body = Uploads(tmp_path / "uploads", blobs), os.urandom(9 * MIB + 5)
    upload, at = uploads.begin("p"), 0
    while at < len(body):
        at = uploads.append("p", upload, at, body[at : at + MOST_PIECE_BYTES])
        assert Uploads(tmp_path / "uploads", blobs).offset("p", upload) == at
    assert uploads.finish("p", upload, digest_bytes(body)).size == len(body)
    assert blobs.get(digest_bytes(body)) == body
    with pytest.raises(NotFoundError):
        uploads.offset("p", upload)
    empty = uploads.begin("p")
    assert uploads.finish("p", empty, digest_bytes(b"")).size == 0


def test_an_upload_goes_on_where_it_stands_and_belongs_to_its_project(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", LocalBlobs(tmp_path / "blobs"))
    upload = uploads.begin("p")
    uploads.append("p", upload, 0, b"tide ")
    for offset in (0, 3, 6, -1):
        with pytest.raises(ConflictError, match="stands at 5"):
            uploads.append("p", upload, offset, b"mill")
    for piece in (b"", bytes(MOST_PIECE_BYTES + 1)):
        with pytest.raises(UsageError, match="a piece has 1 to"):
            uploads.append("p", upload, 5, piece)
    for project, name in (("other", upload), ("p", "../" + upload), ("p", "f" * 32), ("p", "")):
        with pytest.raises(NotFoundError, match="no such upload"):
            uploads.append(project, name, 5, b"mill")
    folder = tmp_path / "blobs" / ".uploads" / upload
    with (folder / "bytes").open("ab") as file:
        file.write(b"\0\0\0torn by a crash")
    with (folder / "pieces").open("ab") as file:
        file.write(b"abc")
    assert uploads.offset("p", upload) == 5
    uploads.append("p", upload, 5, b"mill")
    assert uploads.finish("p", upload, digest_bytes(b"tide mill")).size == 9
    uploads.abandon("p", another := uploads.begin("p"))
    with pytest.raises(NotFoundError):
        uploads.abandon("p", another)


def test_a_file_goes_up_and_down_over_a_bad_connection(workspace: Workspace, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(14 * MIB + 7))
    with (
        server(workspace) as address,
        FaultProxy(address, share=0.06, seed=5) as proxy,
        Client(proxy.address) as client,
    ):
        client.download(client.upload(source), target)
    assert target.read_bytes() == source.read_bytes()
    assert proxy.faults
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_ranges_refusals_and_other_projects(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(200)))
    with server(workspace) as address, Client(address) as client, httpx.Client(base_url=address) as raw:
        digest = client.upload(tmp_path / "file")
        place = f"/api/blobs/{digest}"
        assert raw.get(place).content == bytes(range(200))
        assert raw.head(place).headers["content-length"] == "200"
        part = raw.get(place, headers={"Range": "bytes=190-"})
        assert (part.status_code, part.content) == (206, bytes(range(190, 200)))
        assert part.headers["content-range"] == "bytes 190-199/200"
        assert raw.get(place, headers={"Range": "bytes=5-6"}).content == b"\x05\x06"
        assert raw.get(place, headers={"Range": "bytes=200-"}).status_code == 416
        for name in ("f" * 64, "..", "%2e%2e%2fsecret", "..%5c..%5csecret", "%252e%252e", "a" * 300, "CON", "x%00"):
            assert raw.get(f"/api/blobs/{name}").status_code == 404
            assert raw.put(f"/api/uploads/{name}?offset=0", content=b"x", headers=OCTETS).status_code in {404, 415}
        inner = workspace.blobs.put(b"what a run made")
        assert raw.get(f"/api/blobs/{inner}").status_code == 404
        begun = raw.post("/api/uploads", json={}).json()["upload_id"]
        url, wrong, right = f"/api/uploads/{begun}", f"digest={'0' * 64}", f"digest={digest_bytes(b'x')}"
        assert raw.put(url, content=b"{}", headers={"Content-Type": "application/json"}).status_code == 415
        assert raw.put(f"{url}?offset=0&{wrong}", content=b"x", headers=OCTETS).status_code == 400
        assert raw.put(f"{url}?offset=1&{right}", content=b"x", headers=OCTETS).status_code == 409
        assert raw.put(f"/api/uploads/{begun}", content=bytes(4 * MIB + 1), headers=OCTETS).status_code == 413
        assert raw.post("/api/runs", content=bytes(2 * MIB), headers=OCTETS).status_code == 413
        assert raw.delete(f"/api/uploads/{begun}").status_code == 204
    other = Caller("eve", "other", Role.ADMIN)
    assert not workspace.audit.list(other, EventQuery(subject=digest))


def test_a_large_body_does_not_grow_the_server(tmp_path: Path) -> None:
    assert grown_by(tmp_path, 300 * MIB) <= GROWTH_BYTES


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_gigabytes_do_not_grow_the_server(tmp_path: Path) -> None:
    assert grown_by(tmp_path, 10_000 * MIB) <= GROWTH_BYTES


def grown_by(folder: Path, n_bytes: int) -> int:
    """Send a file through a server of its own and fetch it, and return by how much its memory had grown at most."""
    source, target = folder / "source", folder / "target"
    block = os.urandom(MIB)
    with source.open("wb") as file:
        for n in range(n_bytes // MIB):
            file.write(n.to_bytes(8, "big") + block[8:])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tidemill.server", "--folder", str(folder), "--home", str(folder / "home")]
    process = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        with Client(f"http://127.0.0.1:{port}", timeout_s=120) as client:
            _wait(client)
            (folder / "small").write_bytes(b"x" * 5 * MIB)
            client.download(client.upload(folder / "small"), target)  # what is loaded at first use is no growth
            before = psutil.Process(process.pid).memory_info().rss
            digest = client.upload(source)
            source.unlink()
            client.download(digest, target)
            peak = int(Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
        assert target.stat().st_size == n_bytes
    finally:
        process.terminate()
        process.wait(30)
    print(f"{n_bytes / MIB:,.0f} MiB through the server: {(peak - before) / MIB:.1f} MiB of growth at the peak")
    return peak - int(before)


def _wait(client: Client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            client.read("/health")
        except UnavailableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
