"""A server over an opened store, in a thread of this process, and requests to it over one connection."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tidemill.core import Settings
from tidemill.server import ServerOptions
from tidemill.server.application import build_application
from tidemill.server.process import listen, make_server
from tidemill.workspace import Workspace


class Requests:
    """Requests over one connection that is kept; each must be answered by 200."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def get(self, path: str) -> bytes:
        """Return what is answered."""
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Any) -> bytes:
        """Send JSON and return what is answered."""
        return self._ask("POST", path, json.dumps(fields))

    def _ask(self, method: str, path: str, body: str | None) -> bytes:
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # it was not used for some seconds
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path[:200]}: {answer.status} {data[:300]!r}")
        return data


@contextmanager
def served(workspace: Workspace, settings: Settings) -> Iterator[Requests]:
    """Serve a store until the end of the context."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        web = make_server(build_application(workspace, ServerOptions(workspace.folder, settings)))
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not web.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield Requests(port)
        web.should_exit = True
        thread.join(30)


def median_ms(action: Any, repeats: int = 7) -> float:
    """Return the median milliseconds of an action."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)
