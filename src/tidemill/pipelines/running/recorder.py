"""Recording what becomes of steps: at once when one was executed, in batches when they were reused or are many."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from tidemill.pipelines import _repository as rows
from tidemill.pipelines._repository import StepElement, StepRun
from tidemill.storage.records import Database

#: How old a record may be before it is written.
FLUSH_AFTER_S = 0.05
_MOST = 2000


@dataclass
class _Batch:
    steps: dict[int, tuple[StepRun, bool]] = field(default_factory=dict)
    elements: list[tuple[StepElement, bool]] = field(default_factory=list)
    since: float = 0.0

    def __len__(self) -> int:
        return len(self.steps) + len(self.elements)


class Recorder:
    """Writes the records of one run. Thread-safe. One transaction takes all that has gathered."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project
        self._lock = threading.RLock()
        self._batch = _Batch()

    def step(self, step: StepRun, *, keep: bool = False) -> None:
        """Take what a step did. keep: its result may be reused."""
        with self._lock:
            self._batch.since = self._batch.since or time.monotonic()
            self._batch.steps[step.position] = (step, keep)
        self.flush_due()

    def element(self, element: StepElement, *, keep: bool = False) -> None:
        """Take what an element of a map did. keep: its result may be reused."""
        with self._lock:
            self._batch.since = self._batch.since or time.monotonic()
            self._batch.elements.append((element, keep))
        self.flush_due()

    def flush_due(self) -> None:
        """Write what has gathered when some of it is old, or it is much."""
        with self._lock:
            old = self._batch.since and time.monotonic() - self._batch.since > FLUSH_AFTER_S
            if old or len(self._batch) >= _MOST:
                self.flush()

    def flush(self) -> None:
        """Write what has gathered; it stays when that fails."""
        with self._lock:
            batch = self._batch
            if not len(batch):
                return
            steps, elements = list(batch.steps.values()), batch.elements
            self._database.write(lambda tx: rows.store_batch(tx, self._project, steps, elements))
            self._batch = _Batch()
