"""The scheduler: makes the loop's passes, over and over. `python -m tidemill.server.scheduler`.

One is at work in a store; others wait for its end. It keeps nothing that matters: whenever it is killed, the next one
goes on from the records. A pass that fails is said, beside the endpoint's progress too, and made again a little later.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from types import FrameType

from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.compat import LineageSender
from tidemill.core import StoredClock, TidemillError
from tidemill.deployment import Endpoint
from tidemill.feedback import CLOCK_SLACK
from tidemill.loop import Progress, Reconciler
from tidemill.server.daily_collection import DailyCollection
from tidemill.server.deployed_code import DeployedCode
from tidemill.server.erasing import UnfinishedErasures
from tidemill.server.loaded_code import LoadedCode
from tidemill.server.loop_signs import LoopSigns, Signs
from tidemill.server.options import add_store_arguments, options_from
from tidemill.storage import FileLock
from tidemill.workspace import Workspace

_EVERY_S = 1.0
_SETTLE_EVERY_S = 15.0
#: In a replay, how long after a pass the next: when something may be due, while a turn is running, when rows or labels
#: have come of which nothing can follow yet.
_DUE_S, _RUNNING_S, _CHANGED_S = 0.01, 0.05, 0.5
_LOOK_EVERY_S = 0.005
_SHORTEST_PAUSE_S = 0.05
_LOAD_AGAIN_S = 2.0
_LONGEST_PAUSE_S = 5.0
_MOST_DOUBLINGS = 16
#: What goes on by itself in real time, such as that an instant was reached, is stored no more often.
_BEAT = timedelta(seconds=10)


class InterruptedWait(KeyboardInterrupt):
    """The wait for another scheduler's end is over, since this one was told to stop."""


class Scheduler:
    """Makes passes until it is told to stop, or the project's code has changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._caller = Caller("loop", workspace.settings.project, Role.DEPLOYER)
        self._code = LoadedCode(workspace.folder)
        self._deployed = DeployedCode(workspace)
        self._digest, self._look_at = "", 0.0
        self._reconciler = Reconciler(workspace.database, workspace.deployments, workspace.registry)
        self._replayed = isinstance(workspace.clock, StoredClock)
        self._signs = LoopSigns(workspace)
        self._collection = DailyCollection(workspace, say)
        self._erasures = UnfinishedErasures(workspace, say)
        self._stop = threading.Event()
        self._waiting = False
        self._endpoints: list[Endpoint] | None = None
        self._load_at = self._reconcile_at = self._settle_at = 0.0
        self._n_failed = 0
        self._reached: dict[str, Progress] = {}
        self._due: set[datetime | None] = set()
        self._said: dict[str, str] = {}

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End `run` after the pass in hand. Fit to be a signal handler."""
        self._stop.set()
        if self._waiting:
            self._waiting = False
            raise InterruptedWait

    def run(self) -> bool:
        """Make passes until `stop` is called; True when it ended because it holds code that has changed since."""
        lock = FileLock(self._workspace.home / "scheduler.lock")
        try:
            self._waiting = True
            with lock:
                self._waiting = False
                with self._lineage():
                    return self._run()
        except InterruptedWait:
            return False

    def pass_once(self) -> bool:
        """Make one pass over every endpoint that is watched; tell whether all went well."""
        endpoints, due_before = self._declared(), {each.next_due_at for each in self._reached.values()}
        # Those of endpoints that are declared no more too, which have no pass of their own.
        well = self._guarded("the turns", partial(self._workspace.loop.settle, self._caller))
        well = self._guarded("the collection", self._collection.look) and well
        well = self._guarded("the erasures", self._erasures.look) and well
        if time.monotonic() >= self._settle_at:
            self._settle_at = time.monotonic() + _SETTLE_EVERY_S
            well = self._guarded("the runs", self._workspace.tracking.settle_dead_runs) and well
        if self._endpoints is not None and time.monotonic() >= self._reconcile_at:
            self._reconcile_at = time.monotonic() + _EVERY_S
            well = self._guarded("the promotions", partial(self._answer, endpoints)) and well
            well = self._guarded("the endpoints", partial(self._reconcile, endpoints)) and well
        for endpoint in endpoints:
            if endpoint.monitors or endpoint.retrain:
                well = self._guarded(endpoint.name, partial(self._turn, endpoint)) and well
        self._n_failed = 0 if well else self._n_failed + 1
        # What was due before the pass too: rows and labels of that instant may still be on their way.
        self._due = due_before | {each.next_due_at for each in self._reached.values()}
        return well

    @contextmanager
    def _lineage(self) -> Iterator[None]:
        """Send lineage events meanwhile, from a thread of its own, when a receiver is set."""
        if not self._workspace.settings.openlineage:
            yield
            return
        sender = LineageSender(self._workspace, say)
        sender.start()
        try:
            yield
        finally:
            sender.stop()

    def _run(self) -> bool:
        last, seen = -_EVERY_S, self._signs.read()
        while not self._stop.is_set():
            now, signs = time.monotonic(), self._signs.read() if self._replayed else seen
            if now - last >= self._pause(signs, seen):
                if self._code.changed():
                    return True
                seen, last = signs, now
                self.pass_once()
            self._stop.wait(_LOOK_EVERY_S if self._replayed else _EVERY_S / 5)
        return False

    def _pause(self, signs: Signs, seen: Signs) -> float:
        """Return how long after the last pass the next is made. Event time never runs ahead of the clock by more than
        its slack, so that before a due time nothing but rows and labels can come."""
        if self._n_failed:
            return min(_LONGEST_PAUSE_S, _SHORTEST_PAUSE_S * 2.0 ** min(self._n_failed, _MOST_DOUBLINGS))
        if signs == seen:
            return _EVERY_S
        if any(each.n_open for each in self._reached.values()):
            return _RUNNING_S
        may_be_due = (
            signs.clock is None
            or not self._due
            or any(at is None or signs.clock + CLOCK_SLACK >= at for at in self._due)
        )
        return _DUE_S if may_be_due and signs.clock != seen.clock else _CHANGED_S

    def _turn(self, endpoint: Endpoint) -> None:
        beat = timedelta(0) if self._replayed else _BEAT
        reached = self._reached[endpoint.name] = self._workspace.loop.turn(self._caller, endpoint, beat)
        self._tell(endpoint.name, "a turn is running" if reached.n_open else reached.said)

    def _reconcile(self, endpoints: list[Endpoint]) -> None:
        for name in self._workspace.loop.retire(self._caller, {each.name for each in endpoints}):
            say(f"endpoint {name}: no longer declared, its loop rests")
        for line in self._reconciler.reconcile(self._caller, endpoints) if endpoints else ():
            say(line)

    def _answer(self, endpoints: list[Endpoint]) -> None:
        """End what has waited too long for approval, and go on with what was approved."""
        self._workspace.promotions.requests.expire(self._caller)
        self._workspace.loop.answer_waiting(self._caller, endpoints)

    def _declared(self) -> list[Endpoint]:
        """Return the endpoints of the project's module, none while there is no module that can be imported."""
        self._notice_deployment()
        if self._endpoints is None and time.monotonic() >= self._load_at:
            try:
                code = self._deployed.now(self._workspace.settings.project)
                self._digest = code.bundle.digest if code.bundle else ""
                project = self._deployed.load(code)
                self._code.note()
                self._endpoints = list(project.endpoints.values())
                self._signs.follow([each.name for each in self._endpoints])
                self._tell("", f"watching {', '.join(sorted(project.endpoints)) or 'nothing: no endpoint is declared'}")
            except TidemillError as error:
                self._tell("", f"waiting for a project: {error}")
                self._load_at = time.monotonic() + _LOAD_AGAIN_S
        return self._endpoints or []

    def _notice_deployment(self) -> None:
        """Load the project anew when another bundle was deployed, or none any more."""
        if self._endpoints is None or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _EVERY_S
        with suppress(TidemillError):  # the pass that follows says what is wrong with the store
            settings = self._workspace.settings
            found = self._workspace.bundles.deployed(self._caller, settings.env)
            if (found.digest if found else "") != self._digest:
                self._endpoints, self._load_at = None, 0.0

    def _guarded(self, name: str, work: Callable[[], object]) -> bool:
        """Do a part of a pass; tell why when it fails. What it was about is tried again with the next pass."""
        try:
            work()
        except TidemillError as error:
            told = str(error)
        except Exception as error:  # noqa: BLE001 - the boundary: one endpoint's trouble must not stop the others
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"
        else:
            return True
        self._tell(name, told)
        if any(each.name == name for each in self._endpoints or []):
            with suppress(TidemillError):  # the store itself may be the trouble
                self._workspace.loop.note(self._caller, name, f"the last pass failed: {told}")
        return False

    def _tell(self, name: str, told: str) -> None:
        """Say what is news of an endpoint."""
        if told and self._said.get(name) != told:
            say(f"{name}: {told}" if name else told)
        self._said[name] = told


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m tidemill.server.scheduler", description="Turn the loop.")
    add_store_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        options = options_from(given)
        scheduler = Scheduler(open_workspace(options.folder, options.settings))
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, scheduler.stop)
        say(f"begun, home {options.settings.home}")
        stale = scheduler.run()
    except TidemillError as error:
        say(str(error))
        return error.exit_code
    if stale:
        say("the project's code has changed: starting afresh with it")
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very program again
    return 0


def say(line: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"tidemill scheduler: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
