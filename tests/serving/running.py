"""A data plane in a process of its own, for tests that ask it over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

DEADLINE_S = 30.0


@dataclass(frozen=True)
class Running:
    """A started data plane: its supervisor and a client for it."""

    process: subprocess.Popen[str]
    client: httpx.Client
    log: Path

    def predict(self, *rows: dict[str, Any], path: str = "/predict/delay", **more: Any) -> httpx.Response:
        """Ask for predictions."""
        return self.client.post(path, json={"rows": list(rows), **more})

    def report(self, endpoint: str = "delay") -> dict[str, Any]:
        """What `/endpoints` tells of an endpoint, empty when it is not there."""
        endpoints = self.client.get("/endpoints").json()["endpoints"]
        return next((dict(entry) for entry in endpoints if entry["endpoint"] == endpoint), {})

    def worker_pid(self) -> int:
        """The one worker's process."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the supervisor and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(DEADLINE_S)

    def stderr(self) -> str:
        """Everything it has said."""
        return self.log.read_text()


@contextmanager
def running(home: Path, port: int, *arguments: str) -> Iterator[Running]:
    """Start a data plane and wait until it is ready."""
    log = home / "serving.stderr"
    with log.open("w") as file:
        process = launch(home, port, *arguments, stderr=file)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        server = Running(process, client, log)
        try:
            until(lambda: _is_ready(client), f"ready: {log.read_text()}")
            yield server
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(DEADLINE_S)


def launch(home: Path, port: int, *arguments: str, stderr: Any = subprocess.PIPE) -> subprocess.Popen[str]:
    """Start the command and return at once."""
    command = [sys.executable, "-m", "tidemill.serving", "--home", str(home), "--port", str(port), *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(command, env=environment, stderr=stderr, text=True)


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition, at most DEADLINE_S."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"waited {DEADLINE_S:g} s in vain until {what}"
        time.sleep(0.02)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False
