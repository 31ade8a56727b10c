"""Writing the prediction log beside the request path.

An append is one `write` (about 2 microseconds), so the record is with the operating system before the answer
leaves and a killed process loses nothing. Everything slow is done by one thread: fsync once a second for
`normal`, fsync of all waiting answers together for `strict`, draining memory for `lossy`, sealing of segments.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tidemill.core import UnavailableError
from tidemill.serving.log_seal import PLAIN, LogSeal
from tidemill.serving.records import RevisionRecord, encode_record
from tidemill.serving.segments import SegmentName, SegmentWriter, frame
from tidemill.serving.worker_slot import WorkerSlot

_NOT_DURABLE = "the prediction log cannot be made durable, and this endpoint answers only what it has logged; try again"

#: A file in an endpoint's folder that asks its workers, by its time of change, to complete the segments they write.
ROLL = ".roll"

# How often a segment says again what its revision is, so that reading can begin near its end.
DESCRIBE_EVERY_BYTES = 256 << 10

Done = Callable[[Exception | None], object]


@dataclass(frozen=True)
class LogLimits:
    """When a segment is full, how long `normal` may stay unsynced, how much `lossy` may hold in memory."""

    segment_bytes: int = 64 << 20
    sync_every_s: float = 0.5
    lossy_every_s: float = 0.1
    lossy_bytes: int = 16 << 20


@dataclass
class LogCounts:
    """Rows of one endpoint since the start: answered rows = stored + dropped."""

    n_stored: int = 0
    n_dropped: int = 0


class Entry(NamedTuple):
    """One request's record: its revision, its payload and how many rows it holds."""

    revision: RevisionRecord
    payload: bytes
    n_rows: int


@dataclass
class EndpointLog:
    """One endpoint's log in this worker. Appending is thread-safe."""

    folder: Path
    slot: WorkerSlot
    limits: LogLimits
    seal: LogSeal = PLAIN
    counts: LogCounts = field(default_factory=LogCounts)
    retired: list[SegmentWriter] = field(default_factory=list)
    segment: SegmentWriter | None = None
    dirty: bool = False
    _number: int = 0
    _described: RevisionRecord | None = None
    _describe_at: int = DESCRIBE_EVERY_BYTES
    _rolled_ns: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sealed: Callable[[bytes], bytes] = bytes

    def append(self, entries: Sequence[Entry]) -> SegmentWriter:
        """Hand records to the operating system by one write; return their segment.

        Raises OSError, with none of them written.
        """
        with self._lock:
            segment = self.segment
            if segment is None:
                segment = self._open()
            if segment.n_bytes >= self._describe_at:
                self._described, self._describe_at = None, segment.n_bytes + DESCRIBE_EVERY_BYTES
            described, frames, n_rows = self._described, [], 0
            for entry in entries:
                if entry.revision is not described:
                    frames.append(frame(self._sealed(encode_record(entry.revision))))
                    described = entry.revision
                frames.append(frame(self._sealed(entry.payload)))
                n_rows += entry.n_rows
            segment.append(b"".join(frames))
            self._described = described
            self.counts.n_stored += n_rows
            self.dirty = True
            if segment.n_bytes >= self.limits.segment_bytes:
                self._retire()
            return segment

    def drop(self, n_rows: int) -> None:
        """Count rows that were answered and not stored."""
        with self._lock:
            self.counts.n_dropped += n_rows

    def retire(self) -> None:
        """Let the next append begin a new segment."""
        with self._lock:
            self._retire()

    def retire_if_asked(self) -> None:
        """Let the next append begin a new segment when somebody asked for that since this one was begun."""
        with self._lock:
            if self.segment is not None and _asked_ns(self.folder) != self._rolled_ns:
                self._retire()

    def take_retired(self) -> list[SegmentWriter]:
        """Return the segments to seal, once."""
        with self._lock:
            taken, self.retired = self.retired, []
            return taken

    def _open(self) -> SegmentWriter:
        self._number += 1
        name = SegmentName(self.slot.worker, self.slot.epoch, self._number, sealed=False)
        self.segment = SegmentWriter(self.folder, name)
        self._sealed = self.seal.writer(self.folder, name)
        self._described, self._describe_at = None, DESCRIBE_EVERY_BYTES
        self._rolled_ns = _asked_ns(self.folder)
        return self.segment

    def _retire(self) -> None:
        if self.segment is not None:
            self.retired.append(self.segment)
            self.segment = None


def _asked_ns(folder: Path) -> int:
    try:
        return (folder / ROLL).stat().st_mtime_ns
    except OSError:
        return 0


class LogWriter:
    """The prediction log of one worker: an `EndpointLog` for each endpoint and the thread that serves them."""

    def __init__(
        self,
        root: Path,
        slot: WorkerSlot,
        report: Callable[[str], None],
        limits: LogLimits | None = None,
        seal: LogSeal = PLAIN,
    ) -> None:
        self._root = root
        self._slot = slot
        self._report = report
        self._limits = limits or LogLimits()
        self.seal = seal
        self._logs: dict[tuple[str, str], EndpointLog] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._strict: list[tuple[EndpointLog, SegmentWriter, int, Done]] = []
        self._lossy: deque[tuple[EndpointLog, Entry]] = deque()
        self._lossy_bytes = 0
        self._last_sync = time.monotonic()
        self._last_complaint = 0.0
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Store what is held in memory, sync and seal every segment, and end the thread."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def endpoint(self, project: str, endpoint: str) -> EndpointLog:
        """Return the endpoint's log; the same one for every revision."""
        with self._lock:
            key = (project, endpoint)
            if key not in self._logs:
                self._logs[key] = EndpointLog(self._root / project / endpoint, self._slot, self._limits, self.seal)
            return self._logs[key]

    def logs(self) -> dict[tuple[str, str], EndpointLog]:
        """Return every endpoint's log."""
        with self._lock:
            return dict(self._logs)

    def append_normal(self, log: EndpointLog, entries: Sequence[Entry]) -> None:
        """Hand the records to the operating system now; when it cannot, count the rows as dropped and say so."""
        try:
            log.append(entries)
        except OSError as error:
            log.drop(sum(entry.n_rows for entry in entries))
            self._complain(f"prediction log {log.folder}: {error.strerror}; answers go on, rows are counted as dropped")

    def append_strict(self, log: EndpointLog, entries: Sequence[Entry], done: Done) -> None:
        """Hand the records over and call `done` from the writer's thread once they are durable, or with the error."""
        try:
            segment = log.append(entries)
        except OSError as error:
            done(UnavailableError(f"the prediction log cannot be written ({error.strerror}); try again"))
            return
        with self._lock:
            self._strict.append((log, segment, segment.n_bytes, done))
        self._wake.set()

    def append_lossy(self, log: EndpointLog, entries: Sequence[Entry]) -> None:
        """Keep the records in memory for a moment; beyond the bound count their rows as dropped."""
        for entry in entries:
            size = len(entry.payload)
            with self._lock:
                fits = self._lossy_bytes + size <= self._limits.lossy_bytes
                if fits:
                    self._lossy_bytes += size
                    self._lossy.append((log, entry))
            if not fits:
                log.drop(entry.n_rows)

    def _run(self) -> None:
        while True:
            self._wake.wait(self._limits.lossy_every_s)
            self._wake.clear()
            closing = self._closing
            self._drain_lossy()
            self._sync_strict()
            if closing or time.monotonic() - self._last_sync >= self._limits.sync_every_s:
                self._sync_all(retire=closing)
            if closing:
                return

    def _drain_lossy(self) -> None:
        while True:
            with self._lock:
                if not self._lossy:
                    return
                log, entry = self._lossy.popleft()
                self._lossy_bytes -= len(entry.payload)
            self.append_normal(log, [entry])

    def _sync_strict(self) -> None:
        with self._lock:
            waiting, self._strict = self._strict, []
        for log in {id(log): log for log, *_ in waiting}.values():
            self._sync(log)
        for _, segment, end, done in waiting:
            done(None if segment.n_synced >= end else UnavailableError(_NOT_DURABLE))

    def _sync_all(self, *, retire: bool) -> None:
        self._last_sync = time.monotonic()
        for log in self.logs().values():
            if retire:
                log.retire()
            else:
                log.retire_if_asked()
            self._sync(log)

    def _sync(self, log: EndpointLog) -> None:
        """Sync the open segment and seal the retired ones."""
        segment, dirty = log.segment, log.dirty
        log.dirty = False
        retired = log.take_retired()
        try:
            for old in retired:
                old.seal()
            if segment is not None and dirty and segment not in retired:
                segment.sync()
        except OSError as error:
            log.retire()
            self._complain(f"prediction log {log.folder}: fsync failed ({error.strerror}); a new segment is begun")

    def _complain(self, line: str) -> None:
        now = time.monotonic()
        if now - self._last_complaint >= 1.0:
            self._last_complaint = now
            self._report(line)
