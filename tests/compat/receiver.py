"""A receiver of lineage events over real HTTP, which takes them, fails, or hangs, as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Inbox:
    """What came, and how it is answered: a status, or None to hang until `go_on` is set.

    lose_answer: take the next event and break the connection without an answer.
    """

    url: str = ""
    status: int | None = 201
    events: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    n_asked: int = 0
    lose_answer: bool = False
    go_on: threading.Event = field(default_factory=threading.Event)

    def told(self) -> list[tuple[str, str]]:
        """Kind and job of what came."""
        return [(event["eventType"], event["job"]["name"]) for event in self.events]


@contextmanager
def receiver() -> Iterator[Inbox]:
    """Receive on a free port of this machine until the block ends."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            inbox.n_asked += 1
            inbox.paths.append(self.path)
            if inbox.status is None:
                inbox.go_on.wait(60)
                return
            if inbox.status < 300:
                inbox.events.append(json.loads(body))
                inbox.headers.append(dict(self.headers))
            if inbox.lose_answer:
                inbox.lose_answer = False
                self.connection.close()
                return
            self.send_response(inbox.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        web.daemon_threads = True
        inbox.url = f"http://127.0.0.1:{web.server_address[1]}"
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield inbox
        finally:
            inbox.go_on.set()
            web.shutdown()
            thread.join(10)
