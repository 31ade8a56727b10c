"""A real server for a store, on a free port, answering until the block ends."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tidemill.server import ServerOptions
from tidemill.server.application import build_application
from tidemill.server.process import listen, make_server
from tidemill.workspace import Workspace

_WITHIN_S = 10


@contextmanager
def server(workspace: Workspace, host: str = "127.0.0.1", **settings: object) -> Iterator[str]:
    """Serve a workspace in a thread and yield the address."""
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        changed = dataclasses.replace(workspace.settings, host=host, port=port, **settings)  # type: ignore[arg-type]
        web = make_server(build_application(workspace, ServerOptions(workspace.folder, changed)))
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + _WITHIN_S
        while not web.started and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            web.should_exit = True
            thread.join(_WITHIN_S)
