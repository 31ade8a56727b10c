"""A real browser over pages that were rendered, served from a small local server with the real policy header."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest

from tidemill.ui import CONTENT_SECURITY_POLICY, static_folder

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium(bundled: Path | None = None) -> Path:
    """The browser's program: the environment's CHROMIUM, then what the path has, then playwright's own.

    Where there is none the test fails with advice.
    """
    named = os.environ.get("CHROMIUM", "")
    if named and Path(named).is_file():
        return Path(named)
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    if bundled is not None and bundled.is_file():
        return bundled
    pytest.fail(
        "No Chromium found: install it (apt-get install chromium, or brew install --cask chromium) "
        "or set CHROMIUM to its program.",
        pytrace=False,
    )


class PageServer:
    """Pages, answers to posts, streams of events and answers in JSON by path, and what was asked for."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = pages
        self.posts: dict[str, str] = {}
        self.streams: dict[str, str] = {}
        self.made: dict[str, Callable[[dict[str, list[str]]], object]] = {}
        self.refused: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.url = ""

    def answer(self, path: str, query: str = "") -> tuple[int, str, bytes]:
        """Status, content type and body for a path; what is in `made` is JSON of what its query asks for."""
        if path in self.made:
            told = msgspec.json.encode(self.made[path](parse_qs(query, keep_blank_values=True)))
            return 200, "application/json", told
        if path.startswith("/static/"):
            name = path.removeprefix("/static/")
            return 200, guess_type(name)[0] or "text/plain", (static_folder() / name).read_bytes()
        if path in self.streams:
            return 200, "text/event-stream", self.streams[path].encode()
        if path in self.refused or path not in self.pages:
            return 404, "text/html; charset=utf-8", b"<!doctype html><title>no</title><p>refused"
        return 200, "text/html; charset=utf-8", self.pages[path].encode()


@contextmanager
def serve(pages: dict[str, str]) -> Iterator[PageServer]:
    """Serve pages on a free port of the loopback until the block ends."""
    site = PageServer(pages)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            site.asked.append(("GET", self.path))
            status, kind, body = site.answer(path, query)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.send_header("content-security-policy", CONTENT_SECURITY_POLICY)
            self.send_header("cache-control", "max-age=3600" if path.startswith("/static/") else "no-store")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            site.asked.append(("POST", f"{self.path} {body.decode()}"))
            self.send_response(303)
            self.send_header("location", site.posts[self.path])
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing: what was asked for is in ``asked``."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
