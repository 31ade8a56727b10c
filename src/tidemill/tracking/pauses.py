"""Runs that wait for a person: paused, perhaps without a process, until somebody has answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event
from tidemill.storage import ProcessLocks
from tidemill.storage.records import Database, Transaction, is_shared
from tidemill.tracking import _repository as rows
from tidemill.tracking._tables import run_table
from tidemill.tracking.heartbeat import Heartbeat
from tidemill.tracking.runs import FINISHED, PAUSED, RUNNING


class Pauses:
    """Pauses runs and lets them go on. Thread-safe."""

    def __init__(self, database: Database, locks: ProcessLocks, heartbeat: Heartbeat) -> None:
        self._database = database
        self._locks = locks
        self._heartbeat = heartbeat

    def set_paused(self, caller: Caller, run_id: str, *, paused: bool) -> None:
        """Store that a run of this process waits, or goes on. Needs editor. Raises ConflictError when it has ended."""
        require(caller, Role.EDITOR)
        before, after = (RUNNING, PAUSED) if paused else (PAUSED, RUNNING)

        def store(tx: Transaction) -> None:
            _change(tx, caller.project, run_id, before, after)
            tx.emit(caller.name, caller.project, Event("run.paused" if paused else "run.resumed", run_id, {}))

        self._database.write(store)

    def park(self, caller: Caller, run_id: str) -> None:
        """Let go of a paused run, which goes on in whatever process takes it up. Needs editor."""
        require(caller, Role.EDITOR)
        self._database.write(lambda tx: self._heartbeat.end(tx, caller.project, run_id))
        self._locks.release(run_id)
        self._heartbeat.release(caller.project, run_id)

    def take_up(self, caller: Caller, run_id: str) -> None:
        """Go on with a paused run in this process. Needs editor. Raises ConflictError when it is not paused."""
        require(caller, Role.EDITOR)

        def store(tx: Transaction) -> None:
            _change(tx, caller.project, run_id, PAUSED, RUNNING)
            self._heartbeat.end(tx, caller.project, run_id)
            if is_shared(self._database):
                self._heartbeat.begin(tx, caller.project, run_id)
            tx.emit(caller.name, caller.project, Event("run.resumed", run_id, {}))

        self._locks.hold(run_id)
        try:
            self._database.write(store)
        except BaseException:
            self._locks.release(run_id)
            raise
        if is_shared(self._database):
            self._heartbeat.hold(caller.project, run_id)

    def is_parked(self, run_id: str) -> bool:
        """Tell whether no process answers for a paused run."""
        return self._locks.is_dead(run_id)

    def unended(self, caller: Caller, run_ids: Sequence[str]) -> list[str]:
        """Return those of the runs that are running or paused, in their order."""
        there = self._with_status(caller, run_ids, {RUNNING, PAUSED})
        return [run_id for run_id in run_ids if run_id in there]

    def at_work(self, run_ids: Collection[str]) -> set[str]:
        """Return those of the runs that are running or paused, whatever project they are of."""
        table = run_table.c
        wanted = sa.select(table.id).where(table.id.in_(list(run_ids)), table.status.in_([RUNNING, PAUSED]))
        return {row["id"] for row in self._database.read(lambda tx: tx.rows(wanted))} if run_ids else set()

    def unfinished(self, caller: Caller, run_ids: Sequence[str]) -> list[str]:
        """Return those of the runs that are there and did not finish."""
        there = self._with_status(caller, run_ids, None) - self._with_status(caller, run_ids, {FINISHED})
        return [run_id for run_id in run_ids if run_id in there]

    def _with_status(self, caller: Caller, run_ids: Sequence[str], status: Collection[str] | None) -> set[str]:
        require(caller, Role.VIEWER)
        if not run_ids:
            return set()
        table = run_table.c
        wanted = [table.project_id == caller.project, table.id.in_(list(run_ids))]
        wanted += [] if status is None else [table.status.in_(list(status))]
        return {row["id"] for row in self._database.read(lambda tx: tx.rows(sa.select(table.id).where(*wanted)))}


def _change(tx: Transaction, project: str, run_id: str, before: str, after: str) -> None:
    table = run_table.c
    this = (table.project_id == project, table.id == run_id, table.status == before)
    if not tx.execute(sa.update(run_table).where(*this).values(status=after)).rowcount:
        run = rows.find_run(tx, project, run_id)
        raise ConflictError(f"run {run_id} is {run.status if run else 'not there'}, and not {before}")
