"""Following the records and sending lineage events in order, whatever becomes of the receiver.

The runs that start are told by the event log, whose position is stored; what of each was sent is stored event by event,
after the receiver has taken it. So nothing is lost, and of what was sent when a sender died, at most the last event
comes again, right behind itself. One process of a machine sends at a time. A run never waits for any of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version

from tidemill.access import Caller, Role
from tidemill.compat import _repository as rows
from tidemill.compat.openlineage.datasets import RunDatasets
from tidemill.compat.openlineage.facets import Facets
from tidemill.compat.openlineage.receivers import Receiver, RefusedEventError, receiver_of
from tidemill.compat.openlineage.run_events import ABORT, COMPLETE, FAIL, WHOLE, Recorded, RunEvents, due_events
from tidemill.core import NotFoundError, TidemillError, UnavailableError
from tidemill.storage import FileLock
from tidemill.storage.followers import catch_up
from tidemill.workspace import Workspace

_EVERY_S = 1.0
_LONGEST_PAUSE_S = 60.0
_MOST_DOUBLINGS = 10
Say = Callable[[str], None]


class Lineage:
    """Sends the events of one project's runs. For one thread."""

    def __init__(self, workspace: Workspace, receiver: Receiver, say: Say) -> None:
        self._workspace = workspace
        self._receiver = receiver
        self._say = say
        self._caller = Caller("lineage", workspace.settings.project, Role.VIEWER)
        self._facets = Facets(version("tidemill"))
        self._lock = FileLock(workspace.home / "lineage.lock")

    def send_due(self, stop: threading.Event | None = None) -> int:
        """Send what is due; return how many events went out. Waits while another process sends.

        Raises UnavailableError when the receiver or the records do not answer: what was not sent is sent next time.
        """
        with self._lock:
            self._follow()
            n_sent = 0
            for run_id in self._workspace.database.read(lambda tx: rows.open_runs(tx, self._caller.project)):
                if stop is not None and stop.is_set():
                    break
                n_sent += self._send_run(run_id, stop)
            return n_sent

    def _follow(self) -> None:
        database, project = self._workspace.database, self._caller.project
        catch_up(database)
        while database.read(lambda tx: rows.has_news(tx, project)):
            if not database.write(lambda tx: rows.take_up(tx, project)):
                break

    def _send_run(self, run_id: str, stop: threading.Event | None) -> int:
        database, caller = self._workspace.database, self._caller
        try:
            recorded = Recorded(
                self._workspace.tracking.get_run(caller, run_id),
                self._workspace.pipelines.steps(caller, run_id),
                self._workspace.pipelines.graph(caller, run_id),
            )
        except NotFoundError:  # retention has let it go
            database.write(lambda tx: rows.forget(tx, caller.project, run_id))
            return 0
        sent = database.read(lambda tx: rows.sent_of(tx, caller.project, run_id))
        datasets = RunDatasets(self._workspace, caller, self._facets)
        events = RunEvents(recorded, self._facets, datasets, messages=not self._workspace.settings.encryption)
        n_sent = 0
        for due in due_events(recorded, sent):
            if stop is not None and stop.is_set():
                return n_sent
            try:
                self._receiver.send(events.event(due, self._workspace.folder))
            except RefusedEventError as error:
                self._say(f"lineage: left out {due.kind} of run {run_id}: {error}")
            n_sent += 1
            if due.position == WHOLE and due.kind in {COMPLETE, FAIL, ABORT}:
                database.write(lambda tx: rows.forget(tx, caller.project, run_id))
            else:
                self._store(run_id, due.position, due.kind)
        return n_sent

    def _store(self, run_id: str, position: int, kind: str) -> None:
        project = self._caller.project
        self._workspace.database.write(lambda tx: rows.store_sent(tx, project, run_id, position, kind))


class LineageSender:
    """A thread that sends what is due, over and over, until it is stopped; a receiver that fails is asked ever less
    often, up to once a minute."""

    def __init__(self, workspace: Workspace, say: Say, every_s: float = _EVERY_S) -> None:
        self._receiver = receiver_of(workspace.settings.openlineage)
        self._lineage = Lineage(workspace, self._receiver, say)
        self._say = say
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lineage", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Send nothing more; an event that is on its way may be cut off, and goes out again another time."""
        self._stop.set()
        self._thread.join(timeout_s)
        self._receiver.close()

    def _run(self) -> None:
        n_failed = 0
        while not self._stop.is_set():
            try:
                self._lineage.send_due(self._stop)
                n_failed = 0
            except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, it is told once and tried again
                if not n_failed and not self._stop.is_set():
                    told = str(error) if isinstance(error, TidemillError) else f"{type(error).__name__}: {error}"
                    self._say(f"lineage events wait: {told}")
                n_failed += 1
            pause = self._every_s * 2.0 ** min(n_failed, _MOST_DOUBLINGS)
            self._stop.wait(min(pause, _LONGEST_PAUSE_S))


def send_for_a_while(workspace: Workspace, say: Say, seconds: float = 5.0) -> bool:
    """Send what is due, for some seconds at most: at the end of a command. Tell whether all of it went out.

    What did not is sent at the end of the next run, or while `tidemill up` is running. Raises nothing.
    """
    done: list[bool] = []
    stop = threading.Event()

    def send() -> None:
        try:
            receiver = receiver_of(workspace.settings.openlineage)
            with suppress(UnavailableError):
                Lineage(workspace, receiver, say).send_due(stop)
                done.append(not stop.is_set())
            receiver.close()
        except Exception as error:  # noqa: BLE001 - a run that is done has not failed for this
            say(f"lineage: {type(error).__name__}: {error}")

    thread = threading.Thread(target=send, name="lineage", daemon=True)
    thread.start()
    thread.join(seconds)
    stop.set()
    if not done:
        say("lineage events wait: the receiver has not taken them; the next run or 'tidemill up' sends them")
    return bool(done and done[0])
