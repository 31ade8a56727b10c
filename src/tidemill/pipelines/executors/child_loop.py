"""The loop of a process of the pool: it takes calls from one connection and answers on it until that closes."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from types import FrameType

from tidemill.pipelines.executors.call import packed, unpacked
from tidemill.pipelines.executors.errors import TaskCancelledError
from tidemill.pipelines.executors.output_lines import OutputCapture
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.port import LogLine, Outcome, TaskError, Usage
from tidemill.pipelines.executors.process_memory import resident_bytes
from tidemill.pipelines.executors.worker_spec import WorkerSpec

READY, BEGAN, LINES, DONE = "ready", "began", "lines", "done"


@dataclass(frozen=True)
class ToDo:
    """A packed call for a process of the pool."""

    task_id: str
    data: bytes


@dataclass(frozen=True)
class Cancel:
    """The wish that a task ends."""

    task_id: str


@dataclass(frozen=True)
class Said:
    """What a process of the pool says. resident_bytes: what it holds by then."""

    kind: str
    task_id: str = ""
    lines: Sequence[LogLine] = ()
    outcome: Outcome | None = None
    resident_bytes: int = 0


def serve(connection: Connection, prepare: Callable[[WorkerSpec], Performer]) -> None:
    """Execute what comes, until the other side is gone or has nothing more. Call it on the main thread."""
    _Loop(connection).run(prepare)


@dataclass
class _Loop:
    connection: Connection
    current: str = ""
    cancelled: set[str] = field(default_factory=set)
    waiting: queue.SimpleQueue[ToDo | WorkerSpec | None] = field(default_factory=queue.SimpleQueue)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, prepare: Callable[[WorkerSpec], Performer]) -> None:
        capture = OutputCapture(lambda lines: self.say(Said(LINES, lines=lines)))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the other side's to judge
        signal.signal(signal.SIGUSR1, self.interrupt)
        threading.Thread(target=self.follow, name="tidemill-calls", daemon=True).start()
        spec = self.waiting.get()
        if not isinstance(spec, WorkerSpec):
            return
        performer = prepare(spec)
        self.say(Said(READY, resident_bytes=resident_bytes() or 0))
        while (given := self.waiting.get()) is not None:
            if isinstance(given, ToDo):
                self.execute(given, performer, capture)

    def execute(self, given: ToDo, performer: Performer, capture: OutputCapture) -> None:
        self.say(Said(BEGAN, given.task_id))
        capture.begin(given.task_id)
        try:
            try:
                self.current = given.task_id
                outcome = self.perform(given, performer)
            finally:
                self.current = ""
        except TaskCancelledError:  # it came between two lines of this file
            outcome = _cancelled()
        capture.end()
        outcome = replace(outcome, task_id=given.task_id)
        self.cancelled.discard(given.task_id)
        self.say(Said(DONE, given.task_id, outcome=outcome, resident_bytes=resident_bytes() or 0))

    def perform(self, given: ToDo, performer: Performer) -> Outcome:
        return _cancelled() if given.task_id in self.cancelled else performer.perform(given.data)

    def interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self.current and self.current in self.cancelled:
            raise TaskCancelledError(self.current)

    def follow(self) -> None:
        """Read what comes, on a thread: it is seen while a task runs."""
        try:
            while (said := unpacked(self.connection.recv_bytes())) is not None:
                if isinstance(said, Cancel):
                    self.cancelled.add(said.task_id)
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
                else:
                    self.waiting.put(said)
        except (EOFError, OSError):
            # The run is gone: what this process does, and what it has started, is for nobody.
            with suppress(OSError):
                os.killpg(0, signal.SIGKILL)
            os._exit(1)
        self.waiting.put(None)

    def say(self, said: Said) -> None:
        with self.lock, suppress(OSError):
            self.connection.send_bytes(packed(said))


def _cancelled() -> Outcome:
    return Outcome("", Usage(0.0, 0.0, 0.0), error=TaskError("cancelled", "the task was cancelled"))
