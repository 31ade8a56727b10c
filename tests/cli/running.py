"""`tidemill up` as a process of its own, and what its children are."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tidemill.cli.processes import get_health
from tidemill.core import UnavailableError

WITHIN_S = 40.0


@dataclass(frozen=True)
class Up:
    """A running Tidemill: its process, and what it said when it was ready."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    @property
    def port(self) -> int:
        return int(self.ready["pages"].rpartition(":")[2])

    def kill(self, name: str) -> None:
        """Kill the child that was started first under a name; return once it and its own children answer nobody.

        A worker of the data plane goes on for a moment without its parent, and is healthy until it has noticed.
        """
        pid = self.ready["pids"][name]
        family = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not any(map(alive, family)), f"the end of the {name}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(WITHIN_S)


def free_ports() -> int:
    """Return a port that is free together with the next."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                with socket.create_server(("127.0.0.1", port + 1)):
                    return port
            except OSError:
                continue


@contextmanager
def up(folder: Path, port: int | None = None, *options: str) -> Iterator[Up]:
    """Start `tidemill up` in a folder and wait until it says that it is ready. port: None takes a free one."""
    port = free_ports() if port is None else port
    process = subprocess.Popen(
        [sys.executable, "-m", "tidemill", "up", "--json", "--port", str(port), *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield Up(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=WITHIN_S)


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Return once the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come about in {WITHIN_S:g} s")


def healthy(port: int) -> bool:
    """Tell whether something healthy listens there."""
    try:
        return get_health("127.0.0.1", port) == 200
    except UnavailableError:
        return False


def alive(pid: int) -> bool:
    """Tell whether a process runs (a dead one that nobody has waited for does not)."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
