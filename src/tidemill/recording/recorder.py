"""The recorder of a process: writes the journals of its runs, and brings them to where they go from a thread.

Two threads, that live as long as there is something to do: one brings what was logged to its destination, the other
makes journals safe from power cuts and samples the system. Neither is ever waited for by who logs.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from tidemill.core import TidemillError, UnavailableError
from tidemill.recording.capture import Capture
from tidemill.recording.complaints import Complaints
from tidemill.recording.destinations import Destination, Target
from tidemill.recording.drain import Drain
from tidemill.recording.entries import BLOB, COMMIT, TAGS
from tidemill.recording.journal import Journal
from tidemill.recording.left_journals import header_of, left_journals, remove, send_left
from tidemill.recording.system_metrics import EVERY_S, SystemMetrics
from tidemill.storage import ProcessLocks

_FIRST_LOOK_S, _LOOK_EVERY_S = 0.2, 1.0
_TICK_S, _SYNC_EVERY_S, _HEARD_EVERY_S = 1.0, 5.0, 15.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_KEPT_OPEN_S = 20.0
_LAST_WORDS_S = 2.0


class Inherited(Protocol):
    """What a forked child has of its parent."""

    def leave_parent(self) -> None:
        """Begin anew in a forked child."""
        ...


class OpenRun(Protocol):
    """A run as the recorder of its process knows it."""

    @property
    def writer(self) -> Inherited:
        """What writes its journal."""
        ...

    @property
    def is_open_here(self) -> bool:
        """Whether this process began it and has not ended it."""
        ...


@dataclass(eq=False)
class Recording:
    """A journal that is written and sent. sample: takes metrics of the system; None: none are wanted."""

    target: Target
    header: Mapping[str, Any]
    journal: Journal
    drain: Drain
    locks: ProcessLocks
    capture: bool = False
    sample: Callable[[Mapping[str, float]], None] | None = None
    closing: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    heard_at: float = field(default_factory=time.monotonic)
    synced: tuple[int, float] = (0, 0.0)


@dataclass
class _Way:
    """The way to a destination: whether it is open, and when it is to be tried again."""

    opened: Destination | None = None
    pause_s: float = 0.0
    not_before: float = 0.0
    used_at: float = field(default_factory=time.monotonic)

    def failed(self) -> None:
        self.pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, self.pause_s * 2))
        self.not_before = time.monotonic() + self.pause_s


class Recorder:
    """What this process records. Thread-safe; a forked child begins with nothing."""

    def __init__(self) -> None:
        self.complaints = Complaints()
        self.runs: weakref.WeakSet[OpenRun] = weakref.WeakSet()
        self._inherited: list[object] = []
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._recordings: list[Recording] = []
        self._ways: dict[tuple[str, str, str], _Way] = {}
        self._wake = threading.Event()
        self._threads: list[threading.Thread] = []
        self._capture = Capture()
        self._stopped = threading.Event()
        self._system: SystemMetrics | None = None
        self._sampled_at = time.monotonic()

    def add(self, recording: Recording) -> None:
        """Send a journal from now on, until it is closed."""
        with self._lock:
            self._recordings.append(recording)
            if not any(thread.is_alive() for thread in self._threads):
                self._stopped.clear()
                names = (("tidemill-sender", self._send_all), ("tidemill-ticker", self._tick))
                self._threads = [threading.Thread(target=work, name=name, daemon=True) for name, work in names]
                for thread in self._threads:
                    thread.start()

    def open_runs(self) -> list[OpenRun]:
        """Return the runs that this process began and has not ended."""
        return [run for run in list(self.runs) if run.is_open_here]

    def last_steps(self, target: Target, run_id: str) -> dict[str, int]:
        """Return the last step of each metric of a run. Raises what its destination raises."""
        destination = target.open(os.environ)
        try:
            return destination.last_steps(run_id)
        finally:
            destination.close()

    def close(self, recording: Recording, within_s: float) -> bool:
        """Let a journal end, and wait until it is stored; tell whether it is. It is sent further if it is not."""
        recording.closing = True
        return self.wait(recording, within_s)

    def wait(self, recording: Recording, within_s: float) -> bool:
        """Wait until all that a journal holds is stored; not for long when its destination does not answer."""
        deadline = time.monotonic() + within_s
        reach = recording.journal.written
        while True:
            with self._lock:  # the first attempt of the sender is not waited for
                way = self._ways.get(recording.target.key)
            if recording.done.is_set() or (not recording.closing and recording.drain.position >= reach):
                return True
            if time.monotonic() > deadline or (way is not None and way.pause_s > 1.0):
                return False
            self._wake.set()
            recording.done.wait(0.005)

    def leave(self, target: Target) -> None:
        """Send no more to a target: what is not stored stays in its journals, for `tidemill sync`."""
        with self._lock:
            for each in [each for each in self._recordings if each.target.key == target.key]:
                each.journal.close()
                each.locks.release(each.journal.path.stem)
                self._recordings.remove(each)

    def stop(self) -> None:
        """End the threads and let go of the destinations; what cannot be stored at once stays in its journals."""
        for recording in list(self._recordings):
            self.close(recording, _LAST_WORDS_S)
        self._stopped.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(2.0)
        for recording in list(self._recordings):
            self.leave(recording.target)
        for way in self._ways.values():
            if way.opened is not None:
                with suppress(Exception):
                    way.opened.close()
        self._ways = {}

    def forget_parent(self) -> None:
        """Begin anew in a forked child: journals and connections are its parent's."""
        for recording in self._recordings:
            recording.journal.leave()
        self._inherited.append((self._ways, self._threads))  # not closed: that would end them for the parent
        self._begin()
        for run in list(self.runs):
            run.writer.leave_parent()

    def _send_all(self) -> None:
        pause = _FIRST_LOOK_S
        while not self._stopped.is_set():
            self._wake.wait(pause)
            self._wake.clear()
            with self._lock:
                todo = list(self._recordings)
            pause = _LOOK_EVERY_S if todo else pause
            for recording in todo:
                self._serve(recording)
            if not todo and not self._rest():
                return

    def _rest(self) -> bool:
        """Let go of destinations that were not used for a while; tell whether there is something to come back for."""
        now = time.monotonic()
        for key, way in list(self._ways.items()):
            if now - way.used_at > _KEPT_OPEN_S:
                del self._ways[key]
                if way.opened is not None:
                    way.opened.close()
        with self._lock:
            if self._recordings or self._ways:
                return True
            self._threads = []
            return False

    def _serve(self, recording: Recording) -> None:
        if recording.capture:
            recording.capture = False
            self._note_origin(recording)
        with self._lock:
            way = self._ways.setdefault(recording.target.key, _Way())
        way.used_at = time.monotonic()
        if way.used_at < way.not_before:
            return
        try:
            if way.opened is None:
                way.opened = recording.target.open(os.environ)
            self._bring(recording, way.opened)
            way.pause_s = way.not_before = 0.0
        except Exception as error:  # noqa: BLE001 - training goes on whatever a store says
            way.failed()
            self._tell(recording, error)

    def _bring(self, recording: Recording, destination: Destination) -> None:
        closing, written, drain = recording.closing, recording.journal.written, recording.drain
        before = drain.position
        drain.run(destination, written)
        now = time.monotonic()
        if drain.position > before:
            recording.heard_at = now
        elif now - recording.heard_at > _HEARD_EVERY_S and not drain.ended:
            destination.hear(drain.run_id)
            recording.heard_at = now
        if closing and drain.position >= recording.journal.written and not recording.journal.is_held_up:
            self._end(recording, destination)

    def _end(self, recording: Recording, destination: Destination) -> None:
        path = recording.journal.path
        recording.journal.close()
        if recording.header["owner"]:  # what forked children have logged, which end without a word
            for left in left_journals(path.parent, recording.locks, recording.drain.run_id):
                header = header_of(left, self.complaints.say)
                if header is not None and left != path:
                    send_left(left, header, destination, self.complaints.say)
                    recording.locks.forget(left.stem)
        remove(path)
        recording.locks.release(path.stem)
        with self._lock:
            if recording in self._recordings:
                self._recordings.remove(recording)
        recording.done.set()

    def _note_origin(self, recording: Recording) -> None:
        """Write down the commit and what belongs to it; what cannot be found out is left out."""
        try:
            found = self._capture.look(recording.target.folder)
            journal = recording.journal
            for tag, content in found.blobs.items():
                name = f"{tag}.bin"
                journal.keep(name, content)
                journal.append(BLOB, {"file": name, "tag": tag})
            if found.commit is not None:
                journal.append(COMMIT, {"commit": found.commit})
            if found.tags:
                journal.append(TAGS, dict(found.tags))
        except (OSError, ValueError, TidemillError) as error:
            self.complaints.say(f"where run {recording.drain.run_id} came from is not noted: {error}")

    def _tell(self, recording: Recording, error: Exception) -> None:
        where = recording.target.url or str(recording.target.settings.home)
        if isinstance(error, UnavailableError):
            line = f"{where} does not answer ({error}); what is logged waits in {recording.journal.path.parent}"
            self.complaints.say(line, f"away {where}")
        else:
            line = f"{where} does not take what is logged: {error}; it waits in {recording.journal.path.parent}"
            self.complaints.say(line, f"refused {where} {type(error).__name__}")

    def _tick(self) -> None:
        while not self._stopped.wait(_TICK_S):
            with self._lock:
                if threading.current_thread() not in self._threads:
                    return
                todo = list(self._recordings)
            for recording in todo:
                with suppress(Exception):
                    recording.journal.relieve()
                    self._sync(recording)
            if time.monotonic() - self._sampled_at >= EVERY_S:
                self._sampled_at = time.monotonic()
                self._sample([each for each in todo if each.sample is not None and not each.closing])

    def _sync(self, recording: Recording) -> None:
        written, at = recording.synced
        now, reached = time.monotonic(), recording.journal.written
        if reached > written and now - at >= _SYNC_EVERY_S:
            recording.journal.sync()
            recording.synced = (reached, now)

    def _sample(self, wanted: list[Recording]) -> None:
        if not wanted:
            return
        with suppress(Exception):
            self._system = self._system or SystemMetrics()
            metrics = self._system.sample()
            for recording in wanted:
                if recording.sample is not None:
                    recording.sample(metrics)


#: That of this process: what was logged has to be known when it ends, and when it forks.
PROCESS = Recorder()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PROCESS.forget_parent)
