"""What a task writes, line by line: prints, warnings, and what compiled libraries and their children write."""

from __future__ import annotations

import ctypes
import io
import os
import selectors
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from tidemill.pipelines.executors.port import LogLine

LONGEST_LINE = 16_384
_PIECE = 65_536


class OutputCapture:
    """Takes over this process's standard output and error; for processes that execute tasks and nothing else.

    tell: given the lines of the task that runs, from a thread. What is written while none runs is dropped.
    """

    def __init__(self, tell: Callable[[Sequence[LogLine]], None]) -> None:
        self._tell = tell
        self._task = ""
        self._lock = threading.Lock()
        self._pipes = {"stdout": _Pipe(1), "stderr": _Pipe(2)}
        sys.stdout = _writer(1)
        sys.stderr = _writer(2)
        self._libc = _libc()
        threading.Thread(target=self._follow, name="tidemill-output", daemon=True).start()

    def begin(self, task_id: str) -> None:
        """Say whose the lines are from now on."""
        with self._lock:
            self._drain()
            self._task = task_id

    def end(self) -> None:
        """Tell of all that the task has written."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        if self._libc is not None:
            self._libc.fflush(None)
        with self._lock:
            self._drain()
            self._send([line for name, pipe in self._pipes.items() for line in pipe.rest(self._task, name)])
            self._task = ""

    def _follow(self) -> None:
        with selectors.DefaultSelector() as selector:
            for pipe in self._pipes.values():
                selector.register(pipe.source, selectors.EVENT_READ)
            while True:
                selector.select()
                with self._lock:
                    self._drain()

    def _drain(self) -> None:
        for name, pipe in self._pipes.items():
            while lines := pipe.read(self._task, name):
                self._send(lines.found)

    def _send(self, lines: Sequence[LogLine]) -> None:
        if lines and self._task:
            self._tell(lines)


class _Read:
    """What one read of a pipe gave; true when there may be more."""

    def __init__(self, found: list[LogLine]) -> None:
        self.found = found


class _Pipe:
    """A pipe in the place of a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.source, sink = os.pipe()
        os.set_blocking(self.source, False)
        os.dup2(sink, descriptor, inheritable=True)
        os.close(sink)
        self._begun = b""

    def read(self, task: str, stream: str) -> _Read | None:
        """Return the lines that are whole by now, None when nothing came."""
        try:
            piece = os.read(self.source, _PIECE)
        except BlockingIOError:
            return None
        if not piece:
            return None
        *whole, self._begun = (self._begun + piece).split(b"\n")
        if len(self._begun) > LONGEST_LINE:
            whole.append(self._begun)
            self._begun = b""
        return _Read([line_of(task, stream, text) for text in whole])

    def rest(self, task: str, stream: str) -> list[LogLine]:
        """Return what came without the end of a line."""
        text, self._begun = self._begun, b""
        return [line_of(task, stream, text)] if text else []


def line_of(task: str, stream: str, text: bytes) -> LogLine:
    """Return a line as it is told of: a progress bar that overwrites itself shows its last state."""
    shown = text.rstrip(b"\r").rpartition(b"\r")[2][:LONGEST_LINE]
    return LogLine(task, time.time(), stream, shown.decode("utf-8", "replace"))


def _writer(descriptor: int) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.FileIO(descriptor, "w", closefd=False), "utf-8", errors="backslashreplace", line_buffering=True
    )


def _libc() -> Any:
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None
