"""Writing what steps say to the records: in batches, from a thread of its own, capped, without secrets."""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType

from tidemill.core import TidemillError, iso
from tidemill.pipelines.executors.port import LogLine
from tidemill.pipelines.logs import _log_rows as rows
from tidemill.pipelines.logs._log_rows import StoredLine
from tidemill.provenance import Redaction
from tidemill.storage.records import Database, storable

#: A batch is stored when its first line has waited so long, or when so much is waiting.
FLUSH_AFTER_S = 0.2
FLUSH_BYTES = 64 << 10
#: So much waits at most; more comes in only as it is stored.
_MOST_WAITING = 4 << 20
_LONGEST_WAIT_S = 5.0
_TRY_AGAIN_S = 1.0
_LONGEST_LINE = 16_000
_TASK = re.compile(r"(?P<position>\d+)(?:\[(?P<element>\d+)\])?\.(?P<attempt>\d+)")
ABOUT = "tidemill"


class LogWriter:
    """Takes lines of one run's steps and stores them. Fit to be an executor's `on_line`; any thread may call it.

    A line never fails its step: while the records cannot be written lines wait, and what does not fit any more is
    counted and told of. Of a step at most `limit_bytes` are kept. Use it as a context manager, or `close` it.
    """

    def __init__(self, database: Database, project: str, run_id: str, limit_bytes: int, redaction: Redaction) -> None:
        self._database = database
        self._of = (project, run_id)
        self._limit = limit_bytes
        self._redaction = redaction
        self._changed = threading.Condition()
        self._storing = threading.Lock()
        self._waiting: list[StoredLine] = []
        self._n_bytes = 0
        self._flush_at: float | None = None
        self._not_before = 0.0
        self._taken: dict[int, int] = defaultdict(int)
        self._n_lost = 0
        self._seq: int | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def __call__(self, line: LogLine) -> None:
        """Take a line. It is stored within 200 ms, unless the records are busy."""
        found = _TASK.fullmatch(line.task_id)
        position = int(found["position"]) if found else 0
        element = int(found["element"]) if found and found["element"] else None
        text = storable(self._redaction.text(line.text)[:_LONGEST_LINE])
        at = iso(datetime.fromtimestamp(line.at, UTC))
        stored = StoredLine(0, position, element, int(found["attempt"]) if found else 1, at, line.stream, text)
        with self._changed:
            if self._closed or not self._fits(stored):
                return
            self._waiting.append(stored)
            self._n_bytes += len(text)
            if self._flush_at is None:
                self._flush_at = time.monotonic() + FLUSH_AFTER_S
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="step logs", daemon=True)
                self._thread.start()
                self._changed.notify_all()
            elif self._n_bytes >= FLUSH_BYTES or len(self._waiting) == 1:
                self._changed.notify_all()

    def beside(self, on_line: Callable[[LogLine], None]) -> Callable[[LogLine], None]:
        """Return what takes a line for both."""

        def both(line: LogLine) -> None:
            self(line)
            on_line(line)

        return both

    def flush(self) -> None:
        """Store what is waiting: at a step's end, so that whoever sees the end sees its lines."""
        with self._storing:
            self._store()

    def close(self) -> None:
        """Store what is waiting and take no more. What cannot be stored now is lost, and only that."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self.flush()

    def __enter__(self) -> LogWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _fits(self, line: StoredLine) -> bool:
        """Tell whether a line is kept; of a step's first that is not, say so instead. Holds the lock."""
        if self._n_bytes >= _MOST_WAITING and self._thread is not threading.current_thread():
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._n_bytes < _MOST_WAITING, _LONGEST_WAIT_S)
            if self._n_bytes >= _MOST_WAITING:
                self._n_lost += 1
                return False
        before = self._taken[line.position]
        self._taken[line.position] = before + len(line.text) + 1
        if self._taken[line.position] <= self._limit:
            return True
        if before <= self._limit:
            told = f"the log of this step is cut here: it has reached {self._limit >> 10:,} KiB, the most that is kept"
            self._waiting.append(replace(line, stream=ABOUT, text=told))
        return False

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not self._is_due():
                    left = None if self._flush_at is None else max(0.0, self._flush_at - time.monotonic())
                    self._changed.wait(left)
                if self._closed:
                    return
            self.flush()

    def _is_due(self) -> bool:
        if not self._waiting or self._flush_at is None:
            return False
        now = time.monotonic()
        return now >= self._flush_at or (now >= self._not_before and self._n_bytes >= FLUSH_BYTES)

    def _store(self) -> None:
        with self._changed:
            lines, self._waiting, self._n_bytes, self._flush_at = self._waiting, [], 0, None
            if lines and self._n_lost:
                told = f"{self._n_lost:,} lines are missing here: the records could not be written"
                lines.append(replace(lines[-1], stream=ABOUT, text=told))
                self._n_lost = 0
            self._changed.notify_all()
        if not lines:
            return
        project, run_id = self._of
        try:
            if self._seq is None:
                self._seq = self._database.read(lambda tx: rows.last_seq(tx, project, run_id))
            first = self._seq + 1
            numbered = [replace(line, seq=first + index) for index, line in enumerate(lines)]
            self._database.write(lambda tx: rows.store_lines(tx, project, run_id, numbered))
            self._seq += len(numbered)
        except TidemillError:
            with self._changed:
                self._waiting[:0] = lines
                self._n_bytes = sum(len(line.text) for line in self._waiting)
                self._flush_at = self._not_before = time.monotonic() + _TRY_AGAIN_S
