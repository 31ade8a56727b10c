"""The trial's side of the nursery: bear a child, watch it, kill it, let strace fail its calls."""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from tests.faults.nursery import Request

ROOT = Path(__file__).parents[2]
#: The calls by which bytes, names and their durability reach a file system.
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "ftruncate", "mkdir", "unlink", "link")
_FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "2"}


class Children:
    """One wire of a nursery: one child at a time."""

    def __init__(self, inlet: int, outlet: int) -> None:
        self._inlet, self._outlet = inlet, outlet
        self.pid = 0

    def bear(self, request: Request) -> None:
        """Fork a child, which waits for `go`."""
        self._send(json.dumps(asdict(request)))
        word, pid = self.hear().split()
        assert word == "born"
        self.pid = int(pid)

    def go(self) -> None:
        """Let the child begin, or go on after a pause."""
        self._send("go")

    def kill(self) -> None:
        """Kill the child; nothing when it has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def hear(self, timeout_s: float = 60.0) -> str:
        """Return the next line: `paused OPERATION`, `found FINDINGS` or `ended STATUS`."""
        heard = b""
        while not heard.endswith(b"\n"):
            if not self._readable(timeout_s):
                self.kill()
                raise TimeoutError(f"the child said nothing for {timeout_s} s")
            heard += os.read(self._inlet, 1)
        return heard.decode().strip()

    def _readable(self, timeout_s: float) -> bool:
        with selectors.DefaultSelector() as selector:  # `select` takes no number of 1,024 and more
            selector.register(self._inlet, selectors.EVENT_READ)
            return bool(selector.select(timeout_s))

    def ended(self) -> int:
        """Wait for the child's end and return its exit code, negative for a signal."""
        word, status = self.hear().split()
        assert word == "ended", word
        return int(status)

    def _send(self, line: str) -> None:
        os.write(self._outlet, line.encode() + b"\n")


class Nursery(Children):
    """A running nursery: its own children play, those of `lookers` look at what there is, also meanwhile."""

    def __init__(self) -> None:
        environ = {**os.environ, **_FEW_THREADS, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
        ends = [os.pipe() for _ in range(4)]  # to and from the players, to and from the lookers
        (to_in, to), (back, back_out), (look_in, look), (seen, seen_out) = ends
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery", str(look_in), str(seen_out)],
            stdin=to_in,
            stdout=back_out,
            pass_fds=(look_in, seen_out),
            cwd=ROOT,
            env=environ,
        )
        for descriptor in (to_in, back_out, look_in, seen_out):
            os.close(descriptor)
        super().__init__(back, to)
        self.lookers = Children(seen, look)
        self._ends = (to, look, back, seen)

    def close(self) -> None:
        """End it."""
        for descriptor in self._ends:
            os.close(descriptor)
        self._process.wait(10)


@contextmanager
def traced(pid: int, log: Path, *options: str) -> Iterator[None]:
    """Trace a process that waits for `go`. Raises OSError where strace is missing or may not attach."""
    command = ["strace", "-qq", "-o", str(log), *options, "-p", str(pid)]
    tracer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_for_tracer(tracer, pid)
        yield
    finally:
        with suppress(subprocess.TimeoutExpired):
            tracer.wait(5)
        tracer.kill()
        tracer.wait()
        assert tracer.stderr is not None
        tracer.stderr.close()


def _wait_for_tracer(tracer: subprocess.Popen[bytes], pid: int) -> None:
    status = Path(f"/proc/{pid}/status")
    while "TracerPid:\t0\n" in status.read_text():
        if tracer.poll() is not None:
            assert tracer.stderr is not None
            raise OSError(f"strace cannot attach: {tracer.stderr.read().decode().strip()}")
    # The threads that came before the fork are not in the child; what begins later is followed.


def counted(log: Path, pid: int) -> dict[str, int]:
    """Return how often the busiest thread of a traced run made each call; of `write` how often the first thread did."""
    counts: dict[tuple[str, str], int] = {}
    for line in log.read_text("utf-8", "replace").splitlines():
        found = re.match(r"(\d+)\s+(\w+)\(", line)
        if found and (found[2] != "write" or int(found[1]) == pid):
            counts[found[1], found[2]] = counts.get((found[1], found[2]), 0) + 1
    return {call: max(n for (_, other), n in counts.items() if other == call) for _, call in counts}
