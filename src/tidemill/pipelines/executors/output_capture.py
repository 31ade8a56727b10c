"""Taking down what a step prints in this process: stdout, stderr, logging and warnings, still shown where they were.

`sys.stdout` and `sys.stderr` are replaced while a step runs, and whatever asks them is answered by the streams that
they stand for: a debugger and `input()` work as ever. Descriptors are left alone: what a C library or a child process
writes to them is shown and not taken down; executors that run steps in processes of their own take that down too.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from tidemill.pipelines.executors.port import LogLine

#: A line that grows longer without an end is taken down in pieces.
_LONGEST_PIECE = 16_000


class CapturedStream:
    """A text stream that passes everything on, and tells of each line. Lines of threads that were there before, which
    are not the step's, are only passed on. After `release` it is but another name for the stream."""

    def __init__(self, stream: TextIO, name: str, tell: Callable[[str, str], None]) -> None:
        self._stream = stream
        self._name = name
        self._tell: Callable[[str, str], None] | None = tell
        self._lock = threading.RLock()
        self._line = ""
        self._others = weakref.WeakSet(threading.enumerate())
        self._others.discard(threading.current_thread())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream)

    def write(self, text: str) -> int:
        """Pass text on and take it down."""
        written = self._stream.write(text)
        if self._tell is not None and threading.current_thread() not in self._others:
            self._take(text)
        return written

    def writelines(self, lines: Any) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def release(self) -> TextIO:
        """Tell of a last line that has no end, take down nothing more, and return the stream."""
        with self._lock:
            self._end()
            self._tell = None
        return self._stream

    def _take(self, text: str) -> None:
        with self._lock:
            *lines, rest = text.split("\n")
            for line in lines:
                self._line += line
                self._end(even_empty=True)
            # A progress bar writes over its own line: what is left of it in the end is what was to be seen.
            self._line = (self._line + rest).rpartition("\r")[2] if "\r" in rest[:-1] else self._line + rest
            if len(self._line) > _LONGEST_PIECE:
                self._end()

    def _end(self, *, even_empty: bool = False) -> None:
        line, self._line = self._line.rstrip("\r").rpartition("\r")[2], ""
        if self._tell is not None and (line or even_empty):
            self._tell(self._name, line)


@contextmanager
def captured_output(on_line: Callable[[LogLine], None], task_id: str, *, shown: bool = True) -> Iterator[None]:
    """Tell of every line that is written in the block, as of that task; see the module for what is a line's source.

    shown: whether it is written where it was meant to go, too.
    Handlers of `logging` that write to either stream are taken down too, whenever they were made. What is put into
    `sys.stdout` in the block stays there.

    >>> lines = []
    >>> with captured_output(lines.append, "0.1"):
    ...     print("fit of 3 rows")
    fit of 3 rows
    >>> [(line.stream, line.text) for line in lines]
    [('stdout', 'fit of 3 rows')]
    """

    def tell(stream: str, text: str) -> None:
        on_line(LogLine(task_id, time.time(), stream, text))

    before: dict[str, Any] = {name: getattr(sys, name) for name in ("stdout", "stderr")}
    streams = {name: CapturedStream(stream if shown else _Nowhere(), name, tell) for name, stream in before.items()}
    moved = _divert({id(stream): streams[name] for name, stream in before.items()})
    for name, stream in streams.items():
        setattr(sys, name, stream)
    try:
        yield
    finally:
        for name, stream in streams.items():
            stream.release()
            if getattr(sys, name) is stream:
                setattr(sys, name, before[name])
        for handler, stream, captured in moved:
            if handler.stream is captured:
                handler.setStream(stream)


class _Nowhere(io.StringIO):
    """A stream that keeps nothing."""

    def write(self, text: str) -> int:
        """Drop text."""
        return len(text)


def _divert(by_stream: dict[int, Any]) -> list[tuple[Any, Any, Any]]:
    """Let the handlers that write to a stream write to what captures it; return each with both."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    moved = []
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            if not isinstance(handler, logging.StreamHandler):
                continue
            stream = handler.stream
            meant = stream._stream if isinstance(stream, CapturedStream) else stream
            captured = by_stream.get(id(meant))
            if captured is not None:
                handler.setStream(captured)
                moved.append((handler, stream, captured))
    return moved
