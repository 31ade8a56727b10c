"""An S3 endpoint for the tests, started from the installed package, and a proxy that makes it a bad one."""

from __future__ import annotations

import http.client
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
_WITHIN_S = 30
KEY_ID, SECRET = "trial", "trial-secret-key"  # the server takes any


@contextmanager
def object_store() -> Iterator[str]:
    """Start the S3 endpoint of moto and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.s3_server", "-H", "127.0.0.1", "-p", str(port)]
    with tempfile.TemporaryFile() as said:  # a pipe that nobody reads would stop it
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said)
        try:
            _wait(port, process, said)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def make_bucket(endpoint: str) -> str:
    """Make a bucket of its own and return its name."""
    name = f"trial-{uuid.uuid4().hex[:12]}"
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc)
    try:
        connection.request("PUT", f"/{name}")
        assert connection.getresponse().status == 200
    finally:
        connection.close()
    return name


def _wait(port: int, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            log.seek(0)
            said = log.read().decode()[-300:]
            raise AssertionError(f"moto ended at its start; pip install 'moto[server]': {said}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/moto-api/")
            connection.getresponse()
            connection.close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"moto did not answer within {_WITHIN_S} s")


class FaultProxy:
    """Forwards HTTP to an address and spoils a share of the answers, by a seed.

    slow_s: how long a slow answer takes; with 0 none is slow. down: whether it resets every connection, as if the
    endpoint were gone. n_requests, n_bytes: what was sent on. faults: how many of each kind.
    """

    def __init__(self, address: str, share: float = 0.05, seed: int = 1, slow_s: float = 0.0) -> None:
        self._target = urlsplit(address).netloc
        self._share = share
        self._random = random.Random(seed)
        self._slow_s = slow_s
        self.down = False
        self._lock = threading.Lock()
        self.faults: Counter[str] = Counter()
        self.n_requests = 0
        self.n_bytes = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionError, http.client.HTTPException):
                    self.close_connection = True

            def _forward(self) -> None:
                proxy.answer(self)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _forward  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FaultProxy:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request, or spoil it."""
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        fault = self._draw()
        if fault == "busy":
            return _busy(request)
        if fault == "slow":
            time.sleep(self._slow_s)
        if fault in {"reset before", "down"}:
            return _reset(request)
        status, headers, data = self._ask(request, body)
        if fault == "reset after":
            return _reset(request)
        request.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"transfer-encoding", "connection", "content-length"}:
                request.send_header(name, value)
        size = {name.lower(): value for name, value in headers}.get("content-length", str(len(data)))
        request.send_header("Content-Length", size if request.command == "HEAD" else str(len(data)))
        request.end_headers()
        if fault == "truncated" and len(data) > 1:
            request.wfile.write(data[: len(data) // 2])
            return _reset(request)
        request.wfile.write(data)
        return None

    def _draw(self) -> str:
        with self._lock:
            self.n_requests += 1
            if self.down:
                self.faults["down"] += 1
                return "down"
            kinds = ("busy", "reset before", "reset after", "truncated", *(("slow",) if self._slow_s else ()))
            fault = self._random.choice(kinds) if self._random.random() < self._share * 3 else ""
            if fault:
                self.faults[fault] += 1
        return fault

    def _ask(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self._target, timeout=30)
        try:
            connection.request(request.command, request.path, body, dict(request.headers.items()))
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        with self._lock:
            self.n_bytes += len(body) + len(data)
        return response.status, response.getheaders(), data


def _busy(request: BaseHTTPRequestHandler) -> None:
    data = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
    request.send_response_only(503)
    request.send_header("Content-Length", str(len(data)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(data)


def _reset(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
