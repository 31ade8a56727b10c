"""Watching a run from a thread of its own: records do not lie about, long steps show, and a cancellation is seen."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from types import TracebackType

from tidemill.core import TidemillError
from tidemill.pipelines import _repository as rows
from tidemill.pipelines._repository import StepRun
from tidemill.pipelines.executors.in_process import InProcess
from tidemill.pipelines.executors.port import Executor
from tidemill.pipelines.running.recorder import FLUSH_AFTER_S, Recorder
from tidemill.pipelines.running.turns import cancelled_by
from tidemill.storage.records import Database

#: How long a step is at work before the records say so.
SHOWN_AFTER_S = 0.5
_LOOK_EVERY_S = 0.5


class Watch:
    """The watch over one run. What it cannot do now it does on its next round."""

    def __init__(self, database: Database, run: tuple[str, str], recorder: Recorder, executor: Executor) -> None:
        self._database = database
        self._project, self._run_id = run
        self._recorder = recorder
        self._executor = executor
        self._lock = threading.Lock()
        self._begun: dict[int, tuple[float, StepRun]] = {}
        self._tasks: set[str] = set()
        self._by = ""
        self._looked = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="run-watch", daemon=True)
        self.cancelled = threading.Event()

    def __enter__(self) -> Watch:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def begin(self, step: StepRun) -> None:
        """Say that a step is at work."""
        with self._lock:
            self._begun[step.position] = (time.monotonic(), step)

    def at_work(self, task_id: str) -> None:
        """Say that a task is at work."""
        self._tasks.add(task_id)

    def ended(self, task_id: str, position: int) -> None:
        """Say that a task has ended."""
        self._tasks.discard(task_id)
        with self._lock:
            self._begun.pop(position, None)

    def cancelled_by(self) -> str:
        """Return who has cancelled the run; empty while nobody has."""
        return self._by

    def _keep(self) -> None:
        while not self._end.wait(FLUSH_AFTER_S):
            with suppress(TidemillError):  # the store is away or full: the run itself finds out
                self._recorder.flush_due()
                self._mark()
                if time.monotonic() - self._looked > _LOOK_EVERY_S:
                    self._look()

    def _mark(self) -> None:
        now = time.monotonic()
        with self._lock:
            old = [step for since, step in self._begun.values() if now - since > SHOWN_AFTER_S]
            for step in old:
                self._database.write(lambda tx, step=step: rows.mark_running(tx, self._project, step))  # type: ignore[misc]
                del self._begun[step.position]

    def _look(self) -> None:
        self._looked = time.monotonic()
        self._by = self._database.read(lambda tx: cancelled_by(tx, self._project, self._run_id))
        if self._by:
            self.cancelled.set()
            if isinstance(self._executor, InProcess):
                for task_id in list(self._tasks):
                    self._executor.cancel(task_id)
