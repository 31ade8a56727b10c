"""A real data plane for a home, on a free port, up until the block ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidemill.client import Client
from tidemill.core import UnavailableError

_WITHIN_S = 30


@contextmanager
def serving(home: Path, *endpoints: str, clock: Path | None = None) -> Iterator[str]:
    """Start `python -m tidemill.serving`, wait until the endpoints are loaded, and yield its address.

    clock: the file of a replay's clock.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    told = ["--home", str(home), "--host", "127.0.0.1", "--port", str(port)]
    if clock is not None:
        told += ["--clock", str(clock)]
    process = subprocess.Popen([sys.executable, "-m", "tidemill.serving", *told], env=os.environ)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, set(endpoints), process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_WITHIN_S)


def _wait(address: str, endpoints: set[str], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WITHIN_S
    with Client(address) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                found = {each["endpoint"] for each in client.get("/endpoints")["endpoints"] if each["revision"]}
            except UnavailableError:
                found = set()
            if endpoints <= found:
                return
            time.sleep(0.05)
    raise AssertionError(f"the data plane at {address} did not load {endpoints} in {_WITHIN_S} s")
