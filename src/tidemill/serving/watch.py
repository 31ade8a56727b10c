"""The watcher: sees which revision each endpoint points at, loads it aside and swaps it in.

A revision that cannot be loaded changes nothing but its endpoint's report and one line on stderr.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tidemill.core import DamagedError, TidemillError, UnavailableError, iso
from tidemill.models import ModelPackage, load_predictor
from tidemill.serving.feature_lookup import OnlineReader
from tidemill.serving.log_writer import EndpointLog, LogWriter
from tidemill.serving.repeats import Repeats
from tidemill.serving.request_locks import RequestLocks
from tidemill.serving.served_endpoint import ServedEndpoint
from tidemill.serving.snapshot import read_files, read_pointer, read_snapshot
from tidemill.serving.state import EndpointReport, Route, StateHolder
from tidemill.serving.telemetry import Telemetry
from tidemill.serving.times import Times
from tidemill.serving.turn import Turn

LOOK_EVERY_S = 0.1
_RETRY_AFTER_S = 2.0

Mark = tuple[int, int, int]


class Loader:
    """Loads revisions from snapshot folders. Used by one thread."""

    def __init__(
        self, store: OnlineReader, logs: LogWriter, locks: RequestLocks, telemetry: Telemetry, times: Times
    ) -> None:
        self._store = store
        self._logs = logs
        self._locks = locks
        self._telemetry = telemetry
        self._times = times
        self._repeats: dict[Path, Repeats] = {}

    def load(self, folder: Path, revision: int) -> Route:
        """Read, check, load and warm up a revision. Raises TidemillError."""
        snapshot = read_snapshot(folder, revision)
        package = ModelPackage(read_files(folder, snapshot, self._logs.seal.keys)).verify(snapshot.package_digest)
        try:
            predictor = load_predictor(package, snapshot.runtime)
            batches = predictor.runtime == "onnx" and package.parity.batch_identical
            endpoint = ServedEndpoint(snapshot, predictor, self._store, batches=batches, times=self._times)
            endpoint.warm_up()
        except TidemillError:
            raise
        except Exception as error:  # whatever a model's library throws, the version that answers must go on
            raise DamagedError(f"{snapshot.model} does not load: {type(error).__name__}: {error}") from error
        log = self._logs.endpoint(snapshot.project, snapshot.endpoint)
        turn = Turn(endpoint, log, self._logs, self._repeats_of(log))
        return Route(endpoint, turn, self._telemetry.series(snapshot.model))

    def follow(self) -> None:
        """Take in what other workers have logged where requests carry ids, so that a request finds little to do."""
        for repeats in self._repeats.values():
            with suppress(UnavailableError):  # told to whom it concerns: the next request with an id
                repeats.follow(always=False)

    def _repeats_of(self, log: EndpointLog) -> Repeats:
        """Return the endpoint's memory of requests, with what the log's tail tells before anything is answered."""
        if log.folder not in self._repeats:
            repeats = Repeats(log.folder, log.slot.epoch, self._locks, log.seal)
            with suppress(UnavailableError):
                repeats.follow()
            self._repeats[log.folder] = repeats
        return self._repeats[log.folder]


class Watcher:
    """Looks at every endpoint's pointer about ten times a second, in a thread of its own."""

    def __init__(self, root: Path, holder: StateHolder, loader: Loader, report: Callable[[str], None]) -> None:
        self._root = root
        self._holder = holder
        self._loader = loader
        self._report = report
        self._seen: dict[tuple[str, str], tuple[Mark | None, float]] = {}
        self._parent = os.getppid()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after the load it may be in."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look at every endpoint once, and load what has changed."""
        for folder in _endpoint_folders(self._root):
            self._look_at(folder)
        for project, endpoint in list(self._holder.state.reports):
            folder = self._root / project / endpoint
            if not folder.is_dir():
                self._look_at(folder)

    def _run(self) -> None:
        while True:
            self.look()
            self._loader.follow()
            if not self._holder.state.looked:
                self._holder.state = replace(self._holder.state, looked=True)
            if self._stop.wait(LOOK_EVERY_S):
                return
            if os.getppid() != self._parent:  # the supervisor was killed: do not hold its port for ever
                os.kill(os.getpid(), signal.SIGTERM)
                return

    def _look_at(self, folder: Path) -> None:
        key = (folder.parent.name, folder.name)
        mark = _mark(folder / "current")
        seen, retry_at = self._seen.get(key, (None, 0.0))
        if key in self._seen and mark == seen and not (0 < retry_at <= time.monotonic()):
            return
        if mark is None and key not in self._holder.state.reports:
            return
        retry_at = 0.0
        try:
            self._update(folder)
        except (TidemillError, OSError) as error:
            retry_at = time.monotonic() + _RETRY_AFTER_S
            self._failed(key, str(error))
        self._seen[key] = (mark, retry_at)

    def _update(self, folder: Path) -> None:
        project, endpoint = folder.parent.name, folder.name
        revision = read_pointer(folder)
        if revision is None:
            self._holder.state = self._holder.state.without(project, endpoint)
            self._report(f"{project}/{endpoint} is withdrawn")
            return
        before = self._holder.state.reports.get((project, endpoint))
        if before is not None and before.revision == revision and before.error is None:
            return
        began = time.monotonic()
        route = self._loader.load(folder, revision)
        served = route.endpoint
        report = EndpointReport(
            project, endpoint, revision, served.snapshot.model, served.runtime, iso(datetime.now(UTC))
        )
        self._holder.state = self._holder.state.with_route(report, route)
        took_ms = (time.monotonic() - began) * 1000
        self._report(
            f"{project}/{endpoint} answers with {report.model} "
            f"(revision {revision}, {report.runtime}, loaded in {took_ms:.0f} ms)"
        )

    def _failed(self, key: tuple[str, str], message: str) -> None:
        before = self._holder.state.reports.get(key, EndpointReport(*key))
        if before.error == message:
            return
        self._holder.state = self._holder.state.with_report(msgspec.structs.replace(before, error=message))
        kept = f"revision {before.revision} goes on answering" if before.revision else "nothing answers yet"
        self._report(f"{key[0]}/{key[1]} was not loaded, {kept}: {message}")


def _endpoint_folders(root: Path) -> list[Path]:
    found = []
    for project in _folders(root):
        found += _folders(project)
    return found


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _mark(path: Path) -> Mark | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
