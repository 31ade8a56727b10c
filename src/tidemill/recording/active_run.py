"""A run that is going on: what is logged to it, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tidemill.core import TidemillError, UsageError
from tidemill.provenance import Redaction
from tidemill.recording.complaints import Complaints
from tidemill.recording.destinations import Target
from tidemill.recording.entries import (
    FINISH,
    LONGEST_PARAM,
    LONGEST_TAG,
    PARAMS,
    TAGS,
    check_key,
    check_step,
    cut,
    number_of,
    storable_text,
)
from tidemill.recording.files import MOST_FILES
from tidemill.recording.frames import MOST_FRAME_BYTES
from tidemill.recording.journal import Journal, now_ms
from tidemill.recording.recorder import PROCESS, Recorder
from tidemill.recording.run_writer import RunWriter

STATUSES = ("finished", "failed", "killed")
_STORED_WITHIN_S = 30.0
_MOST_TEXT_BYTES = MOST_FRAME_BYTES // 2
_MOST_TEXTS = 100


class ActiveRun:
    """A run that is going on. Use it in a with statement, or call `finish`. Thread-safe, also in forked children.

    Nothing that is logged raises or waits: it is written to a journal on the local disk and brought to the store, or
    the server, by a thread. What cannot be logged is said in one line, once.

    id: made here, so it is known before any store is asked. A copy of a run that was sent to another process by pickle
    logs to the same run and does not end it.
    """

    def __init__(self, recorder: Recorder, target: Target, run_id: str, *, owner: bool, name: str = "") -> None:
        self.id = run_id
        self.name = name
        self.writer = RunWriter(recorder, target, run_id, owner=owner)
        self._complaints: Complaints = recorder.complaints
        self._keys: dict[str, bytes] = {}
        self._steps: dict[str, int] = {}
        self._ended = False
        self.on_end: Callable[[], None] = lambda: None
        recorder.runs.add(self)

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run: finished, failed with the error, or killed by an interrupt."""
        self.finish(*ending_of(error))

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process logs to the same run."""
        return joined_run, (self.writer.target, self.id, self.name)

    def __repr__(self) -> str:
        return f"<run {self.id} {self.name!r}{' ended' if self._ended else ''}>"

    def begin(self, begun: Mapping[str, Any], *, capture: bool, go_on: bool) -> None:
        """Write down how the run began; go_on: it may be there, so steps count on. Called by `tm.run`."""
        try:
            self.writer.begin(begun, capture=capture)
        except (OSError, TidemillError) as error:
            self._tell(error, "anything")
        if go_on:
            try:
                self._steps.update({key: step + 1 for key, step in self.writer.last_steps().items()})
            except Exception as error:  # noqa: BLE001 - nothing raises in a training loop
                self._complaints.say(f"run {self.id}: steps count from 0, since the last are not known: {error}")

    def log_metric(self, key: str, value: float, step: int | None = None, *, at: int | None = None) -> None:
        """Log one point of a metric. step: one more than the last of this key, when it is not given.

        at: milliseconds since 1970; now, when it is not given. NaN and infinities are values.
        """
        try:
            raw = self._keys.get(key)
            if raw is None:
                raw = self._keys[key] = check_key(key).encode()
            if type(value) is not float:
                value = number_of(key, value)
            steps = self._steps
            if step is None:
                step = steps.get(key, 0)
            elif type(step) is not int or not -(2**63) <= step < 2**63:
                step = check_step(key, step)
            if at is None:
                at = time.time_ns() // 1_000_000
            journal = self.writer.journal or self._open()
            journal.point(raw, step, value, at)
            if step >= steps.get(key, 0):
                steps[key] = step + 1
        except Exception as error:  # noqa: BLE001 - as above
            self._tell(error, f"metric {key!r}")

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None, *, at: int | None = None) -> None:
        """Log one point of each metric, all at one instant. step: per key one more than its last, when not given."""
        try:
            at = now_ms() if at is None else at
            for key, value in dict(metrics).items():
                self.log_metric(key, value, step, at=at)
        except Exception as error:  # noqa: BLE001 - as above
            self._tell(error, "metrics")

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log params; what is not text is stored as its text."""
        self._log_texts(PARAMS, params, LONGEST_PARAM, "param")

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags; what is not text is stored as its text."""
        self._log_texts(TAGS, tags, LONGEST_TAG, "tag")

    def log_content(self, path: str, make: Callable[[], bytes]) -> None:
        """Log what a function makes as an artifact; what goes wrong in it is said in a line."""
        try:
            self.writer.keep(path, make)
        except Exception as error:  # noqa: BLE001 - as above
            self._tell(error, f"artifact {path!r}")

    def log_artifact(self, file: Path | str, path: str | None = None) -> None:
        """Log a copy of a file as an artifact. path: what it is called in the run; the file's own name by default."""
        try:
            self.writer.keep_copy(path or Path(file).name, Path(file))
        except Exception as error:  # noqa: BLE001 - as above
            self._tell(error, f"artifact {path or file!r}")

    def log_artifacts(self, folder: Path | str, path: str | None = None) -> None:
        """Log the files of a folder as artifacts, below a path when one is given. Links are not followed."""
        try:
            root = Path(folder)
            if not root.is_dir():
                raise UsageError(f"{root} is not a folder; log_artifact takes a file")
            files = sorted(file for file in root.rglob("*") if file.is_file() and not file.is_symlink())
            if len(files) > MOST_FILES:
                self._complaints.say(
                    f"run {self.id}: {root} has {len(files):,} files; the first {MOST_FILES:,} are kept"
                )
            for file in files[:MOST_FILES]:
                name = file.relative_to(root).as_posix()
                self.log_artifact(file, f"{path}/{name}" if path else name)
        except Exception as error:  # noqa: BLE001 - as above
            self._tell(error, f"the artifacts {folder}")

    def flush(self, within_s: float = _STORED_WITHIN_S) -> bool:
        """Wait until what was logged is stored; tell whether it is."""
        return self.writer.wait(within_s)

    def finish(self, status: str = "finished", error: str | None = None, *, within_s: float = _STORED_WITHIN_S) -> None:
        """End the run: finished, failed or killed, and wait until all of it is stored.

        It does not wait for a server that is away: what is not stored is sent later, at the latest by `tidemill sync`.
        A second call does nothing. Raises UsageError for another status.
        """
        if status not in STATUSES:
            raise UsageError(f"{status!r} is not how a run ends; use {', '.join(STATUSES)}")
        if self._ended:
            return
        self._ended = True
        try:
            self.on_end()
            if self.writer.owns:
                told = None if error is None else storable_text(Redaction().text(error))[:20_000]
                self.writer.append(FINISH, {"status": status, "at": now_ms(), "error": told})
            self.writer.close(within_s)
        except Exception as problem:  # noqa: BLE001 - as above
            self._tell(problem, "its end")

    @property
    def has_ended(self) -> bool:
        """Whether `finish` was called."""
        return self._ended

    @property
    def is_open_here(self) -> bool:
        """Whether this process began it and has not ended it."""
        return not self._ended and self.writer.owns

    def _open(self) -> Journal:
        if self._ended:
            self._complaints.say(f"run {self.id} has ended; what is logged to it now is kept with it all the same")
        return self.writer.open()

    def _log_texts(self, kind: int, texts: Mapping[str, object], most: int, what: str) -> None:
        try:
            good: dict[str, str] = {}
            size = 0
            for key, value in dict(texts).items():
                try:
                    text = storable_text(value)
                    if len(text) > most:
                        self._complaints.say(
                            f"run {self.id}: {what} {key!r} has {len(text):,} characters; {most:,} are kept"
                        )
                    good[check_key(key)] = cut(text, most)
                    size += len(key) + 4 * len(good[key]) + 8
                except Exception as error:  # noqa: BLE001 - the others are logged
                    self._tell(error, f"{what} {key!r}")
                if size > _MOST_TEXT_BYTES or len(good) >= _MOST_TEXTS:
                    self.writer.append(kind, good)
                    good, size = {}, 0
            if good:
                self.writer.append(kind, good)
        except Exception as error:  # noqa: BLE001 - as above
            self._tell(error, f"{what}s")

    def _tell(self, error: Exception, about: str) -> None:
        why = str(error) if isinstance(error, UsageError) else f"{about[:80]}: {type(error).__name__}: {error}"
        self._complaints.say(f"run {self.id}: not logged: {why}", f"{self.id} {about} {type(error).__name__}")


def ending_of(error: BaseException | None) -> tuple[str, str | None]:
    """Return how a run ends that an error ends, and what is said of it.

    >>> ending_of(None), ending_of(ValueError("no")), ending_of(KeyboardInterrupt())
    (('finished', None), ('failed', 'ValueError: no'), ('killed', 'interrupted'))
    """
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return "finished", None
    if isinstance(error, KeyboardInterrupt):
        return "killed", "interrupted"
    text = f"{type(error).__name__}: {error}"
    return "failed", text.removesuffix(": ")


def joined_run(target: Target, run_id: str, name: str) -> ActiveRun:
    """Return a copy of a run in this process, that logs to it and does not end it."""
    return ActiveRun(PROCESS, target, run_id, owner=False, name=name)
