"""What one process writes of one run: a journal that is opened when it is needed, and given up in a forked child."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tidemill.core import TidemillError, UsageError, new_id
from tidemill.recording.destinations import Target
from tidemill.recording.drain import Drain
from tidemill.recording.entries import ARTIFACT, BEGIN
from tidemill.recording.files import MOST_FILE_BYTES, checked_path
from tidemill.recording.journal import Journal
from tidemill.recording.journal_seal import seal_for
from tidemill.recording.left_journals import journal_name
from tidemill.recording.recorder import Recorder, Recording
from tidemill.storage import ProcessLocks

_VERSION = 1
_TRY_AGAIN_S = 5.0


class RunWriter:
    """Writes a run's journal. Thread-safe enough: two threads that open it at once make two journals of one run.

    journal: what is written to now; None before the first entry, and in a forked child until it logs.
    """

    def __init__(self, recorder: Recorder, target: Target, run_id: str, *, owner: bool) -> None:
        self.run_id = run_id
        self.target = target
        self.journal: Journal | None = None
        self._recorder = recorder
        self._recording: Recording | None = None
        self._process = os.getpid() if owner else 0
        self._n_files = itertools.count()
        self._failed: tuple[float, Exception] | None = None

    @property
    def owns(self) -> bool:
        """Whether this process began the run, and so ends it."""
        return self._process == os.getpid()

    def begin(self, begun: Mapping[str, Any], *, capture: bool) -> None:
        """Open the journal that begins the run. Raises OSError, UnavailableError."""
        self.open(begun, capture=capture)

    def open(self, begun: Mapping[str, Any] | None = None, *, capture: bool = False) -> Journal:
        """Return a new journal of this process for the run.

        Raises OSError, UnavailableError; the same again for some seconds, so that a broken disk is not asked each time.
        """
        if self._failed is not None and time.monotonic() < self._failed[0]:
            raise self._failed[1]
        try:
            journal = self._open(begun, capture=capture)
        except (OSError, TidemillError) as error:
            self._failed = (time.monotonic() + _TRY_AGAIN_S, error)
            raise
        self._failed = None
        return journal

    def append(self, kind: int, content: Any) -> None:
        """Write an entry. Raises what `open` raises, ValueError for one that is too large."""
        (self.journal or self.open()).append(kind, content)

    def keep(self, path: str, content: Callable[[], bytes | Path]) -> None:
        """Keep what a function gives, or a copy of the file that it names, and an entry that tells of it.

        Raises what the function raises, OSError, UsageError.
        """
        path = checked_path(path)
        journal, name = self.journal or self.open(), f"{next(self._n_files)}.bin"
        journal.keep(name, content())
        journal.append(ARTIFACT, {"file": name, "path": path})

    def keep_copy(self, path: str, source: Path) -> None:
        """Keep a copy of a file: a hard link would follow what is written to it later. Raises OSError, UsageError."""
        size = source.stat().st_size
        if size > MOST_FILE_BYTES:
            raise UsageError(f"{source} has {size:,} bytes; an artifact has up to {MOST_FILE_BYTES:,}")
        self.keep(path, lambda: source)

    def wait(self, within_s: float) -> bool:
        """Wait until what was written is stored; tell whether it is."""
        recording = self._recording
        return recording is None or self.journal is None or self._recorder.wait(recording, within_s)

    def close(self, within_s: float) -> None:
        """End the journal, and wait until it is stored, or as long as there is hope."""
        recording, self._recording, self.journal = self._recording, None, None
        if recording is None or self._recorder.close(recording, within_s):
            return
        waits = recording.journal.written - recording.drain.position
        self._recorder.complaints.say(
            f"run {self.run_id}: {waits:,} bytes of what was logged are not stored yet and wait in "
            f"{recording.journal.path.parent}; 'tidemill sync' brings them"
        )

    def sample(self, log: Callable[[Mapping[str, float]], None]) -> None:
        """Have metrics of the system logged from now on."""
        if self._recording is not None:
            self._recording.sample = log

    def last_steps(self) -> dict[str, int]:
        """Return the last step of each metric that is stored. Raises what the destination raises."""
        return self._recorder.last_steps(self.target, self.run_id)

    def leave_parent(self) -> None:
        """Begin anew in a forked child."""
        self.journal = self._recording = None

    def _open(self, begun: Mapping[str, Any] | None, *, capture: bool) -> Journal:
        owner, journal_id = begun is not None, new_id()
        folder, name = self.target.journals, journal_name(self.run_id, journal_id, owner=owner)
        header = {
            "version": _VERSION, "journal": journal_id, "name": name, "run": self.run_id, "owner": owner,
            "url": self.target.url, "project": self.target.settings.project, "process": os.getpid(),
        }  # fmt: skip
        seal = None if self.target.url else seal_for(self.target.settings)
        if seal is not None:
            header["seal"] = seal.told
        locks = ProcessLocks(folder)
        locks.hold(name)
        say = self._recorder.complaints.say
        try:
            journal = Journal(folder, header, say, seal)
        except OSError:
            locks.release(name)
            raise
        if begun is not None:
            journal.append(BEGIN, dict(begun))
        recording = Recording(self.target, header, journal, Drain(journal.path, header, say), locks, capture=capture)
        self._recording, self.journal = recording, journal
        self._recorder.add(recording)
        return journal
