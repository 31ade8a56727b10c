"""The supervised children of `tidemill up`: started, watched, started again when they die, stopped together."""

from __future__ import annotations

import errno
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tidemill.cli.process_group import group_lives, signal_group
from tidemill.core import TidemillError, UnavailableError, UsageError, make_private_folder

# Addresses that mean all of this machine, and the loopback address to reach them by.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to compare with
_STOP_WITHIN_S = 10.0
_ASK_AGAIN_S = 1.0
_READY_WITHIN_S = 30.0
_POLL_S = 0.02
_LOOK_EVERY_S = 0.05
_QUICK_DEATH_S = 2.0
_LONGEST_PAUSE_S = 5.0
_MOST_DOUBLINGS = 16
_WRONG_USAGE = 2
_CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True)
class Child:
    """A process to keep running: a module with arguments, and the address that tells its health, if it has one.

    loaded_at: the path that is answered once all of it is loaded, when that is later than its health.
    """

    name: str
    module: str
    arguments: Sequence[str]
    host: str = "127.0.0.1"
    port: int | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    loaded_at: str = "/health"


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    started: float
    said_before: int = 0
    quick_deaths: int = 0


class ChildError(TidemillError):
    """A child process cannot be kept running."""


@dataclass
class Supervisor:
    """Keeps children running. Their output goes to a log file each; `say` is told of deaths and starts."""

    logs: Path
    say: Callable[[str], None]
    _running: list[_Running] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _hurry: threading.Event = field(default_factory=threading.Event)

    def start(self, children: Sequence[Child]) -> None:
        """Start the children. Raises UsageError when a port is in use; then none is started."""
        make_private_folder(self.logs)
        for child in children:
            if child.port is not None:
                check_port(child.host, child.port)
        for child in children:
            self._running.append(self._begin(child))

    def wait_healthy(self) -> None:
        """Return once every child with an address is healthy. Raises ChildError, UsageError when one gives up."""
        self._wait(_healthy, "healthy")

    def wait_loaded(self) -> None:
        """Return once every child with an address has loaded what it needs. Raises what `wait_healthy` raises."""
        self._wait(_loaded, "ready")

    def _wait(self, reached: Callable[[Child], bool], what: str) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        waiting = [entry for entry in self._running if entry.child.port is not None]
        while waiting:
            for entry in self._running:
                self._raise_if_ended(entry)
            waiting = [entry for entry in waiting if not reached(entry.child)]
            if waiting and time.monotonic() > deadline:
                names = ", ".join(entry.child.name for entry in waiting)
                raise ChildError(f"{names} did not become {what} in {_READY_WITHIN_S:g} s; see {self.logs}")
            if waiting:
                time.sleep(_POLL_S)

    def watch(self) -> None:
        """Start dead children again, after a pause when they die quickly, until `request_stop`."""
        while not self._stop.wait(_LOOK_EVERY_S):
            for entry in self._running:
                code = entry.process.poll()
                if code is not None:
                    self._revive(entry, code)

    def request_stop(self) -> None:
        """Ask `watch` to return; safe in a signal handler."""
        self._stop.set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch from a thread while the block runs."""
        thread = threading.Thread(target=self.watch, name="supervisor", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            self._stop.clear()

    def hurry(self) -> None:
        """Make `stop` wait no longer; safe in a signal handler."""
        self._hurry.set()

    def stop(self) -> None:
        """End every child with all that it has started, gently first, and return when all are gone."""
        self._stop.set()
        now = time.monotonic()
        deadline, ask_again = now + _STOP_WITHIN_S, now + _ASK_AGAIN_S
        for entry in self._running:
            if entry.process.poll() is None:
                entry.process.terminate()
        while any(entry.process.poll() is None for entry in self._running):
            if self._hurry.is_set() or time.monotonic() > deadline:
                break
            if time.monotonic() > ask_again:
                # A process that was just starting may have missed the first signal, or its parent may have.
                ask_again += _ASK_AGAIN_S
                for entry in self._running:
                    if entry.process.poll() is None:
                        signal_group(entry.process.pid, signal.SIGTERM)
            time.sleep(_POLL_S)
        for entry in self._running:
            if entry.process.poll() is None:
                self.say(f"{entry.child.name} did not stop in time and was ended")
            self._end_group(entry)

    def pids(self) -> dict[str, int]:
        """Return the process id of each child by name."""
        return {entry.child.name: entry.process.pid for entry in self._running}

    def said(self, name: str, begins: str, within_s: float) -> str:
        """Return the rest of the first line of a child's log since its start in which these words are; empty for none.

        Waits for it, no longer than that.
        """
        deadline = time.monotonic() + within_s
        entry = next(each for each in self._running if each.child.name == name)
        while time.monotonic() < deadline and entry.process.poll() is None and not self._stop.is_set():
            for line in _lines(self._log(entry.child), entry.said_before):
                _, found, rest = line.partition(begins)
                if found:
                    return rest
            time.sleep(_POLL_S)
        return ""

    def _begin(self, child: Child) -> _Running:
        log = self._log(child)
        said_before = log.stat().st_size if log.exists() else 0
        return _Running(child, self._spawn(child), time.monotonic(), said_before)

    def _log(self, child: Child) -> Path:
        return self.logs / f"{child.name}.log"

    def _end_group(self, entry: _Running) -> None:
        """End what is left of a child and of what it has started, gently first unless in a hurry."""
        leader, deadline = entry.process.pid, time.monotonic() + _ASK_AGAIN_S
        signal_group(leader, signal.SIGTERM)
        while group_lives(leader) and time.monotonic() < deadline and not self._hurry.is_set():
            time.sleep(_POLL_S)
            entry.process.poll()
        signal_group(leader, signal.SIGKILL)
        entry.process.wait()
        if entry.process.stdin is not None:
            entry.process.stdin.close()

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        # Its standard input is a pipe that nobody writes to: when this process dies the pipe closes, and
        # the child stops by itself instead of holding its port for ever.
        with self._log(child).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", str(_CHILD), child.module, *child.arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **child.environ, "PYTHONUNBUFFERED": "1"},
            )

    def _revive(self, entry: _Running, code: int) -> None:
        # It was healthy once, so it is never given up: one part that keeps dying must not take the others down.
        lived = time.monotonic() - entry.started
        entry.quick_deaths = entry.quick_deaths + 1 if lived < _QUICK_DEATH_S else 0
        doublings = min(entry.quick_deaths, _MOST_DOUBLINGS)
        pause = min(_LONGEST_PAUSE_S, 0.1 * 2.0**doublings) if doublings else 0.0
        last = _last_line(self._log(entry.child), entry.said_before) if entry.quick_deaths > 1 else ""
        self.say(f"{entry.child.name} ended with {_cause(code)} and is started again{': ' + last if last else ''}")
        self._end_group(entry)  # what it had started would hold its port and answer with what it held
        if self._stop.wait(pause):
            return
        begun = self._begin(entry.child)
        entry.process, entry.started, entry.said_before = begun.process, begun.started, begun.said_before

    def _raise_if_ended(self, entry: _Running) -> None:
        code = entry.process.poll()
        if code is None:
            return
        log = self._log(entry.child)
        last = _last_line(log, entry.said_before)
        told = re.fullmatch(rf"(?:tidemill {entry.child.name}|error): (.+)", last)
        if told and code > 0:  # its own words about what it was given, which say all
            raise UsageError(told[1]) if code == _WRONG_USAGE else ChildError(told[1])
        raise ChildError(f"{entry.child.name} ended with {_cause(code)}: {last or 'it said nothing'}; see {log}")


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_port(host: str, port: int) -> None:
    """Do nothing when a port can be listened on. Raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise UsageError(f"port {port} on {host} {reason}; choose another with --port") from error


def get_health(host: str, port: int, timeout_s: float = 1.0, path: str = "/health") -> int:
    """Return the status code of ``GET /health``, or of another path. Raises UnavailableError when nobody answers."""
    connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError(f"nobody answers on {host}:{port}") from error
    finally:
        connection.close()


def _healthy(child: Child) -> bool:
    try:
        return child.port is None or get_health(child.host, child.port) == http.client.OK
    except UnavailableError:
        return False


def _loaded(child: Child) -> bool:
    try:
        # Whether it is ready for work is another question, which a full disk answers with a no.
        return child.port is None or get_health(child.host, child.port, path=child.loaded_at) != http.client.BAD_GATEWAY
    except UnavailableError:
        return False


def _cause(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _last_line(log: Path, start: int) -> str:
    return next(reversed(_lines(log, start)), "")


def _lines(log: Path, start: int) -> list[str]:
    """Return the lines of a log from a place on; the last one may be half written."""
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode("utf-8", "replace").strip().splitlines()
