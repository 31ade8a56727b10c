"""Attacks A2, A8, A9, A10: places that a caller names, archives that escape, bodies that swell."""

from __future__ import annotations

import ast
import gzip
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

import tidemill
from tests.server.running import server
from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import DamagedError, Settings, digest_bytes
from tidemill.pipelines.codecs.npy import array_of
from tidemill.server.routes import ROUTES
from tidemill.storage.events import EventQuery
from tidemill.workspace import Workspace

MIB = 1 << 20
CANARY = "canary-9c1e"
DEEP = b"[" * 100_000
#: Modules that unpack what others packed. None is imported: no archive is ever unpacked, so that none can escape.
UNPACKERS = {"tarfile", "zipfile", "gzip", "bz2", "lzma", "zipimport", "shelve"}
UNPACKING = {"unpack_archive", "decompress", "decompressobj"}
PLACES = (
    "file:///etc/passwd",
    "/etc/passwd",
    "mlflow-artifacts:/../../etc",
    "s3://b/../../x",
    "..\\\\..\\\\etc",
    "{canary}",
)
FIELDS = ("source", "path", "uri", "url", "location", "artifact_uri", "run_link", "storage_location")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    yield opened
    opened.database.close()


def events_of(workspace: Workspace) -> int:
    return len(workspace.audit.list(ANN, EventQuery(limit=1000)))


def filled(path: str) -> str:
    """Return a route's path with names for its parts."""
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


def test_a2_no_route_takes_a_place_to_read_from(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(CANARY)
    before = events_of(workspace)
    with server(workspace) as address, httpx.Client(base_url=address, timeout=60) as http:
        for route in ROUTES:
            for place in PLACES if route.method in {"POST", "PUT"} else ():
                body = dict.fromkeys(FIELDS, place.format(canary=tmp_path / "secret"))
                answer = http.request(route.method, filled(route.path), json=body)
                assert 400 <= answer.status_code < 500, f"{route.method} {route.path} took {body}: {answer.status_code}"
                assert CANARY not in answer.text
                assert "root:" not in answer.text
        assert http.get("/api/uploads/..%2f..%2fsecret").status_code == 404
    assert events_of(workspace) == before


def test_a8_a9_nothing_here_can_unpack_an_archive() -> None:
    found = []
    for file in Path(tidemill.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += ["zipfile"] if isinstance(node, ast.Attribute) and node.attr in UNPACKING else []
            found += [f"{file.name}: {name}" for name in names if name.split(".")[0] in UNPACKERS]
    assert found == []


def archives(outside: Path) -> dict[str, bytes]:
    """Return archives whose members would land outside."""
    tarred, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        link, hard, device = tarfile.TarInfo("d"), tarfile.TarInfo("passwd"), tarfile.TarInfo("null")
        link.type, link.linkname = tarfile.SYMTYPE, str(outside)
        hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/passwd"
        device.type = tarfile.CHRTYPE
        for member in (link, hard, device):
            tar.addfile(member)
        for name in ("d/x", f"{outside}/absolute", "../../x"):
            member = tarfile.TarInfo(name)
            member.size = 4
            tar.addfile(member, io.BytesIO(b"evil"))
    with zipfile.ZipFile(zipped, "w") as archive:
        for name in ("../../x", f"{outside}/absolute", "..\\\\x", "__main__.py"):
            archive.writestr(name, b"evil")
    return {
        "m.tar": tarred.getvalue(),
        **dict.fromkeys(("m.zip", "m.whl", "m.skops", "m.keras", "m.npz"), zipped.getvalue()),
    }


def test_a8_a9_archives_are_bytes_like_others(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with server(workspace) as address, Client(address) as client:
        for name, data in archives(outside).items():
            (tmp_path / name).write_bytes(data)
            client.download(client.upload(tmp_path / name), tmp_path / "again")
            assert (tmp_path / "again").read_bytes() == data
            with pytest.raises(DamagedError, match="no array"):
                array_of(data)
            with pytest.raises(Exception, match=r"pack|400"):
                httpx.put(
                    f"{address}/api/packs", content=data, headers={"Content-Type": "application/octet-stream"}
                ).raise_for_status()
    assert not list(outside.iterdir())
    assert not (tmp_path.parent / "x").exists()


def test_a10_deep_json_and_packed_bodies_are_refused_without_growing(workspace: Workspace) -> None:
    swollen = gzip.compress(bytes(512 * MIB), 6)
    assert len(swollen) < MIB
    nested = gzip.compress(swollen)
    process = psutil.Process()
    with server(workspace) as address, httpx.Client(base_url=address, timeout=60) as http:
        before = process.memory_info().rss
        for route in ROUTES:
            if route.method not in {"POST", "PUT"} or route.handler.__name__ == "abandon_upload":
                continue
            for body, headers in (
                (DEEP, {}),
                (b'{"a":' * 100_000, {}),
                (swollen, {"Content-Encoding": "gzip"}),
                (nested, {"Content-Encoding": "gzip"}),
            ):
                answer = http.request(
                    route.method,
                    filled(route.path),
                    content=body,
                    headers={"Content-Type": "application/json", **headers},
                )
                assert 400 <= answer.status_code < 500, f"{route.method} {route.path}: {answer.status_code}"
        assert http.get("/health").status_code == 200
        assert process.memory_info().rss - before < 256 * MIB


@pytest.mark.parametrize(
    "shape", ["(1000000000000,)", "(-1,)", "(4294967296, 4294967296, 4294967296)", "(3, 10000000000)"]
)
def test_a10_the_header_of_an_array_is_not_believed(shape: str) -> None:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (118 - len(header) - 1) + b"\n"
    with pytest.raises(DamagedError):
        array_of(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16))


@pytest.mark.parametrize(
    "array", [np.zeros(0), np.arange(6.0).reshape(2, 3), np.array(3), np.array(["a", "ü"]), np.zeros((2, 0))]
)
def test_a10_arrays_that_are_what_they_claim_are_read(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> None:
    file = io.BytesIO()
    np.save(file, array)
    assert array_of(file.getvalue()).tolist() == array.tolist()


@contextmanager
def hostile(body: bytes) -> Iterator[str]:
    """Serve an answer that swells when it is believed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{web.server_address[1]}"
    finally:
        web.shutdown()
        web.server_close()


def test_a10_what_a_server_sends_is_not_made_larger(tmp_path: Path) -> None:
    body, wanted = gzip.compress(bytes(512 * MIB), 6), digest_bytes(b"x")
    before = psutil.Process().memory_info().rss
    with hostile(body) as address, Client(address) as client:
        with pytest.raises(DamagedError, match="download it again"):
            client.download(wanted, tmp_path / "file")
        with pytest.raises(Exception, match="no pack"):
            client.download_files([wanted], tmp_path / "files")
    assert psutil.Process().memory_info().rss - before < 64 * MIB
    assert not (tmp_path / "file").exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
