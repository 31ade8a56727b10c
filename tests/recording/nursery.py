"""A process that forks children which log until they are killed: `python -m tests.recording.nursery`.

Each line that it reads is a request in JSON; it answers with the child's process id, and `ended` once all are gone. A
child counts in a file, which outlives it, the calls that have returned.
"""

from __future__ import annotations

import json
import mmap
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import tidemill.recording as tm

ROOT = Path(__file__).parents[2]
_COUNT_BYTES = 8


@dataclass(frozen=True)
class Request:
    """What a child does: logs `key` to a run, perhaps together with others, up to `n_points`; 0: without end."""

    home: str
    record: str
    run_id: str
    url: str = ""
    key: str = "loss"
    n_points: int = 0
    pause_s: float = 0.0005


def counted(record: Path) -> int:
    """Return how many calls had returned."""
    return int.from_bytes(record.read_bytes()[:_COUNT_BYTES], "little")


class Nursery:
    """The trial's side of it: bears a child, and waits for its end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def bear(self, request: Request) -> int:
        """Let a child begin, and return its process id."""
        Path(request.record).write_bytes(bytes(_COUNT_BYTES))
        self._say(json.dumps(asdict(request)))
        return int(self._hear())

    def ended(self) -> None:
        """Wait until all children are gone."""
        self._say("wait")
        assert self._hear() == "ended"

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def open_nursery() -> Iterator[Nursery]:
    """Start a nursery, and end it."""
    command = [sys.executable, "-m", "tests.recording.nursery"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()


def _log(request: Request) -> None:
    with Path(request.record).open("r+b") as file:
        count = mmap.mmap(file.fileno(), _COUNT_BYTES)
    given: tm.RunSettings = {"run_id": request.run_id, "home": request.home, "capture": False, "system_metrics": False}
    if request.url:
        given["url"] = request.url
    with tm.run("kills", name=request.key, **given) as run:
        number = 0
        while not request.n_points or number < request.n_points:
            run.log_metric(request.key, float(number), number)
            if number % 100 == 0:
                run.log_params({f"{request.key}_{number}": number})
            number += 1
            count[:] = number.to_bytes(_COUNT_BYTES, "little")
            if number % 10 == 0:
                time.sleep(request.pause_s)


def main() -> None:
    """Fork a child for each request, until there are no more."""
    children: list[int] = []
    for line in sys.stdin:
        if line.strip() == "wait":
            for child in children:
                os.waitpid(child, 0)
            children = []
            print("ended", flush=True)
            continue
        child = os.fork()
        if not child:
            status = 1
            try:
                _log(Request(**json.loads(line)))
                status = 0
            finally:
                os._exit(status)
        children.append(child)
        print(child, flush=True)


if __name__ == "__main__":
    main()
