"""What a Ray worker does with a task: unpack the project's code, execute the call, and answer."""

from __future__ import annotations

import functools
import importlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from tidemill.core import UnavailableError, UsageError, digest_bytes
from tidemill.pipelines.executors.call import unpacked
from tidemill.pipelines.executors.output_lines import OutputCapture
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.port import LogLine, Outcome, TaskError, Usage
from tidemill.pipelines.executors.worker_spec import CARRIED, WorkerSpec
from tidemill.storage import LocalBlobs
from tidemill.storage.confined import folder_below, split_name, write_below

MOST_CODE_BYTES = 50_000_000
_LARGEST_FILE = 1_000_000
_CODE = {".py", ".toml", ".json", ".yaml", ".yml", ".sql", ".txt", ".csv"}
_LINES_EVERY_S = 0.1


@dataclass(frozen=True)
class Sending:
    """What a worker needs for every task of one executor.

    code: the digest of the project's archive. lines: the name of the actor that takes lines while a task runs.
    """

    worker: str
    release: str
    code: str
    spec: bytes
    lines: str


@dataclass(frozen=True)
class Answer:
    """What came of a task.

    lines: the last ones. n_sent: how many went to the actor before. blobs: new ones, where they are carried.
    """

    outcome: Outcome
    lines: tuple[LogLine, ...] = ()
    n_sent: int = 0
    blobs: Mapping[str, bytes] = field(default_factory=dict)


class LineBox:
    """Takes lines from workers and gives them to the run; an actor."""

    def __init__(self) -> None:
        self._lines: list[LogLine] = []
        self._begun: list[str] = []

    def add(self, lines: Sequence[LogLine]) -> None:
        """Take lines."""
        self._lines.extend(lines)

    def begin(self, task_id: str) -> None:
        """Note that a task has begun."""
        self._begun.append(task_id)

    def take(self) -> tuple[list[LogLine], list[str]]:
        """Give what came since the last time: lines, and the tasks that began."""
        taken = self._lines, self._begun
        self._lines, self._begun = [], []
        return taken


@dataclass
class Relay:
    """Sends lines on their way while a task runs, and keeps the last ones for its answer."""

    send: Callable[[list[LogLine]], None] | None = None
    kept: list[LogLine] = field(default_factory=list)
    n_sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _timer: threading.Timer | None = None

    def take(self, lines: Sequence[LogLine]) -> None:
        """Take lines; those that came within a moment are sent at once."""
        with self._lock:
            self.kept.extend(lines)
            if self._timer is None and self.send is not None:
                self._timer = threading.Timer(_LINES_EVERY_S, self._flush)
                self._timer.daemon = True
                self._timer.start()

    def begin(self, send: Callable[[list[LogLine]], None]) -> None:
        """Start anew, for a task."""
        with self._lock:
            self.send, self.kept, self.n_sent = send, [], 0

    def finish(self) -> tuple[tuple[LogLine, ...], int]:
        """Return the lines that were not sent, and how many were."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer, self.send = None, None
            return tuple(self.kept), self.n_sent

    def _flush(self) -> None:
        with self._lock:
            self._timer = None
            if self.send is None or not self.kept:
                return
            lines, self.kept = self.kept, []
            self.n_sent += len(lines)
            self.send(lines)


@dataclass(frozen=True)
class Fetch:
    """How a worker comes to what is in Ray's object store. blobs: by digest, those that a task reads."""

    code: Callable[[], bytes]
    blobs: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)


def execute(sending: Sending, task: tuple[str, bytes], fetch: Fetch, lines: Callable[[list[LogLine]], None]) -> Answer:
    """Execute a task, its id and the packed call, in a worker process, on its main thread."""
    if version("tidemill") != sending.release:
        here = version("tidemill")
        message = f"a Ray worker has tidemill {here}, the run {sending.release}: give both the same image or lock"
        return Answer(Outcome("", Usage(0.0, 0.0, 0.0), error=TaskError("refused", message)))
    relay, capture = _capture()
    performer, blobs = _prepared(sending, _unpacked_code(sending.code, fetch))
    known = set() if blobs is None else _bring(blobs, fetch)
    relay.begin(lines)
    capture.begin(task[0])
    try:
        outcome = performer.perform(task[1])
    except KeyboardInterrupt:  # Ray's word for a cancellation
        error = TaskError("cancelled", "the task was cancelled")
        outcome = Outcome("", Usage(0.0, 0.0, 0.0), error=error)
    capture.end()
    kept, n_sent = relay.finish()
    new = (
        {}
        if blobs is None
        else {blob: blobs.get(blob) for blob in _digests_of(outcome) if blob not in known and blobs.has(blob)}
    )
    return Answer(outcome, kept, n_sent, new)


def pack_code(folder: Path, files: Sequence[str]) -> bytes:
    """Return the code of a folder as an archive whose bytes depend on nothing else.

    Code is what was imported from it, and the small text files that lie there. Raises UsageError when that is much.
    """
    names = sorted({*files, *_code_files(folder)})
    data = msgspec.msgpack.encode({name: (folder / name).read_bytes() for name in names})
    if len(data) > MOST_CODE_BYTES:
        raise UsageError(
            f"the code in {folder} makes {len(data):,} bytes for Ray's workers, more than {MOST_CODE_BYTES:,}: keep "
            "data in a hidden folder, or outside"
        )
    return data


def _code_files(folder: Path) -> list[str]:
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith((".", "__")) and n not in {"node_modules", "venv"})
        for name in files:
            file = Path(place, name)
            if file.suffix in _CODE and not name.startswith(".") and file.stat().st_size <= _LARGEST_FILE:
                found.append(str(file.relative_to(folder)))
    return found


@functools.lru_cache(maxsize=1)
def _capture() -> tuple[Relay, OutputCapture]:
    relay = Relay()
    return relay, OutputCapture(relay.take)


@functools.lru_cache(maxsize=1)
def _prepared(sending: Sending, folder: Path) -> tuple[Performer, LocalBlobs | None]:
    spec: WorkerSpec = unpacked(sending.spec)
    module: Any = importlib.import_module(sending.worker)
    here = replace(spec, folder=folder, shown=spec.folder)
    if spec.blobs != CARRIED:
        return module.prepare(here), None
    blobs = LocalBlobs(_private_folder() / f"blobs-{os.getpid()}")
    return module.prepare_carried(here, blobs), blobs


def _unpacked_code(digest: str, fetch: Fetch) -> Path:
    folder = _private_folder() / f"code-{digest}"
    if folder.is_dir():
        return folder
    data = fetch.code()
    if digest_bytes(data) != digest:
        raise UnavailableError("the project's code came damaged to a Ray worker: run again")
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    for name, content in msgspec.msgpack.decode(data, type=dict[str, bytes]).items():
        with folder_below(made, split_name(name)[:-1], make=True):
            write_below(made, name, content)
    try:
        made.rename(folder)
    except OSError:  # another worker was faster
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _private_folder() -> Path:
    """Return a folder that only this user reads, for what workers of this machine unpack."""
    folder = Path(tempfile.gettempdir()) / f"tidemill-ray-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    held = folder.lstat()
    if held.st_uid != os.getuid() or held.st_mode & 0o077 or folder.is_symlink():
        raise UnavailableError(f"{folder} belongs to somebody else or can be read by others: remove it")
    return folder


def _bring(blobs: LocalBlobs, fetch: Fetch) -> set[str]:
    for digest, read in fetch.blobs.items():
        if not blobs.has(digest):
            blobs.put_stream([read()], digest)
    return set(fetch.blobs)


def _digests_of(outcome: Outcome) -> list[str]:
    return [digest for output in outcome.outputs for digest in digests_in(output.manifest)]


def digests_in(value: object) -> list[str]:
    """Return what looks like a blob's digest in a manifest.

    >>> digests_in({"files": {"model.txt": "ab" * 32}, "format": "lightgbm"}) == ["ab" * 32]
    True
    """
    if isinstance(value, str):
        with suppress(ValueError):
            return [value] if len(value) == 64 and int(value, 16) >= 0 else []
    if isinstance(value, Mapping):
        value = list(value.values())
    return [digest for item in value for digest in digests_in(item)] if isinstance(value, list | tuple) else []
