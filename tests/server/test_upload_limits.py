"""Who may send how much at once: nothing of a stranger is read, a slow caller stalls nobody, lies cost a refusal."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.server.running import server
from tests.small_project import ANN
from tidemill.access import Role
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import Settings, digest_bytes
from tidemill.server import guard
from tidemill.server.slots import MOST_IN_ALL, MOST_OF_ONE
from tidemill.storage.blobs import uploads
from tidemill.workspace import Workspace

OCTETS = "application/octet-stream"
DIGEST = digest_bytes(b"x" * 100)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    yield opened
    opened.database.close()


def token(workspace: Workspace, name: str) -> str:
    return workspace.tokens.create(ANN, name, Role.EDITOR)


class Slow:
    """A request whose body is on its way for as long as one likes."""

    def __init__(self, address: str, path: str, secret: str, *headers: str) -> None:
        parts = urlsplit(address)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
        given = [f"PUT {path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Type: {OCTETS}", *headers]
        given += [f"Authorization: Bearer {secret}"] if secret else []
        self._socket.sendall("\r\n".join([*given, "", ""]).encode())

    def send(self, data: bytes) -> None:
        """Send a part of the body."""
        self._socket.sendall(data)

    def status(self) -> int:
        """Wait for the answer, and return its status."""
        with self._socket.makefile("rb") as answer:
            return int(answer.readline().split()[1])

    def close(self) -> None:
        """Break off."""
        self._socket.close()


def begin(address: str, secret: str) -> str:
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {secret}"}) as http:
        return f"/api/uploads/{http.post('/api/uploads', json={}).json()['upload_id']}?offset=0&digest={DIGEST}"


def test_slow_strangers_and_a_slow_caller_stall_nobody(workspace: Workspace, tmp_path: Path) -> None:
    ann, bob = token(workspace, "ann-slow"), token(workspace, "bob")
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(server(workspace, host="0.0.0.0", allowed_hosts=("127.0.0.1",)))
        for _ in range(MOST_IN_ALL + 8):
            stranger = Slow(address, "/api/uploads/" + "0" * 32, "", "Content-Length: 4194304")
            stack.callback(stranger.close)
            stranger.send(b"x")
            assert stranger.status() == 401, "it is refused before its body came"
        path = begin(address, ann)
        for _ in range(MOST_OF_ONE):
            slow = Slow(address, path, ann, "Content-Length: 100")
            stack.callback(slow.close)
            slow.send(b"x")
        refused = _until_refused(address, path, ann)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert "on their way" in refused.json()["error"]["message"]
        (tmp_path / "file").write_bytes(b"quick" * 1000)
        with Client(address, bob) as client:
            client.download(client.upload(tmp_path / "file"), tmp_path / "again")
        slow.send(b"x" * 99)
        assert slow.status() == 200
    assert (tmp_path / "again").read_bytes() == b"quick" * 1000


def _until_refused(address: str, path: str, secret: str) -> httpx.Response:
    """Send pieces of a wrong digest until all slots are seen to be taken."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": OCTETS}
    for _ in range(2000):
        answer = httpx.put(f"{address}{path}", content=b"y", headers=headers)
        if answer.status_code != 400:
            return answer
    raise AssertionError("the slots were never taken")


def test_a_body_that_lies_about_its_length_or_never_ends(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_BODY_WITHIN_S", 1.0)
    with server(workspace) as address:
        path = _local_path(address)
        cases = {
            "declared too large": (("Content-Length: 4194305",), b"", 413),
            "declared absurdly large": ((f"Content-Length: {10**30}",), b"", 400),
            "declared twice": (("Content-Length: 3", "Content-Length: 4"), b"abcd", 400),
            "less than declared": (("Content-Length: 100",), b"x" * 50, 408),
            "chunks that never end": (("Transfer-Encoding: chunked",), b"5\r\nabcde\r\n", 408),
            "chunks that are too much": (
                ("Transfer-Encoding: chunked",),
                b"100000\r\n" + b"x" * (1 << 20) + b"\r\n",
                413,
            ),
        }
        for name, (headers, body, status) in cases.items():
            with contextlib.closing(Slow(address, path, "", *headers)) as sent:
                for _ in range(5 if name == "chunks that are too much" else 1):
                    with contextlib.suppress(ConnectionError):  # it was refused already
                        sent.send(body)
                assert sent.status() == status, name
        with contextlib.closing(Slow(address, path, "", "Transfer-Encoding: chunked")) as whole:
            for _ in range(100):
                whole.send(b"1\r\nx\r\n")
            whole.send(b"0\r\n\r\n")
            assert whole.status() == 200


def _local_path(address: str) -> str:
    begun = httpx.post(f"{address}/api/uploads", json={}).json()["upload_id"]
    return f"/api/uploads/{begun}?offset=0&digest={DIGEST}"


def test_too_many_open_uploads_are_told_to_come_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 2)
    with server(workspace) as address:
        answers = [httpx.post(f"{address}/api/uploads", json={}) for _ in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert answers[2].headers["retry-after"] == "1"
    assert "finish or abandon some" in answers[2].json()["error"]["message"]
