"""Heartbeats of runs whose records other machines share: a run that is not heard of for ten minutes is taken for dead.

On one machine the operating system tells whether a run's process lives, at once (`ProcessLocks`). Of another machine
nobody is told anything. So, in shared records only, a run has a row that says until when it is to be believed, and its
process puts that off every two minutes, on the machine's clock; ten minutes leave room for clocks that differ.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa

from tidemill.core import Clock, SystemClock, TidemillError, iso
from tidemill.storage.records import Database, Transaction
from tidemill.tracking._tables import run_lease_table

LEASE = timedelta(minutes=10)
_BEATS = 5


class Heartbeat:
    """Puts off the end of the runs of this process, from a thread that lives as long as there are any. Thread-safe."""

    def __init__(self, database: Database, lease: timedelta = LEASE, machine_clock: Clock | None = None) -> None:
        self._database = database
        self._lease = lease
        self._machine = machine_clock or SystemClock()
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()
        self._thread: threading.Thread | None = None

    def begin(self, tx: Transaction, project: str, run_id: str) -> None:
        """Store the first beat of a run, with the run."""
        tx.execute(sa.insert(run_lease_table), {"project_id": project, "run_id": run_id, "until": self._until()})

    def hold(self, project: str, run_id: str) -> None:
        """Go on for a run until `release`, or the end of this process."""
        with self._lock:
            self._held.add((project, run_id))
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="runs", daemon=True)
                self._thread.start()

    def release(self, project: str, run_id: str) -> None:
        """Go on no more for a run."""
        with self._lock:
            self._held.discard((project, run_id))

    def end(self, tx: Transaction, project: str, run_id: str) -> None:
        """Remove what is stored of a run that has ended."""
        tx.execute(sa.delete(run_lease_table).where(*_is(project, run_id)))

    def silent(self, tx: Transaction) -> list[tuple[str, str]]:
        """Return project and id of each run that was not heard of for too long."""
        table = run_lease_table.c
        found = sa.select(table.project_id, table.run_id).where(table.until < iso(self._machine.now()))
        return [(str(row["project_id"]), str(row["run_id"])) for row in tx.rows(found)]

    def _beat(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._lease.total_seconds() / _BEATS) and (held := self._mine()):
            with suppress(TidemillError, sa.exc.SQLAlchemyError):  # the store is away; more beats come before the end
                self._database.write(lambda tx, held=held: self._put_off(tx, held))  # type: ignore[misc]

    def _mine(self) -> list[tuple[str, str]]:
        """Return the runs to beat for; without any the thread ends, and the next run starts another."""
        with self._lock:
            if not self._held:
                self._thread = None
            return sorted(self._held)

    def _put_off(self, tx: Transaction, held: list[tuple[str, str]]) -> None:
        for project, run_id in held:
            tx.execute(sa.update(run_lease_table).where(*_is(project, run_id)).values(until=self._until()))

    def _until(self) -> str:
        return iso(self._machine.now() + self._lease)


def _is(project: str, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return run_lease_table.c.project_id == project, run_lease_table.c.run_id == run_id
