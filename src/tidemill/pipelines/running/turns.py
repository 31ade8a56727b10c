"""Two runs of one pipeline at once: which goes first, and how a run is told to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.access import Caller
from tidemill.core import Event, iso
from tidemill.pipelines._tables import run_cancel_table, run_turn_table
from tidemill.pipelines.pipeline import CANCEL_OLDER, QUEUE, SKIP
from tidemill.pipelines.run_options import RunCancelled, RunSkipped
from tidemill.storage.records import Database, Transaction
from tidemill.storage.statements import insert_or_ignore
from tidemill.tracking import Tracking

_LOOK_EVERY_S = 0.1
_LONGEST_LOOK_S = 2.0


class Turns:
    """The order in which the runs of pipelines go. Thread-safe; across all processes of a store."""

    def __init__(self, database: Database, tracking: Tracking) -> None:
        self._database = database
        self._tracking = tracking

    def refuse(self, caller: Caller, pipeline: str, policy: str) -> None:
        """Raise RunSkipped when the policy is to skip and another run of the pipeline is at work."""
        if policy == SKIP and (others := self._at_work(caller, pipeline, "")):
            raise RunSkipped(f"pipeline {pipeline!r} is not run: run {others[0]} of it is at work, and it says skip")

    def take(self, caller: Caller, run: tuple[str, str], policy: str, on_wait: Callable[[str], None]) -> None:
        """Wait until it is a run's turn. run: pipeline and id.

        Raises RunSkipped when another was first after all, RunCancelled when the run is cancelled while it waits.
        """
        pipeline, run_id = run
        self._database.write(lambda tx: _queue_up(tx, caller.project, pipeline, run_id))
        others = self._before(caller, pipeline, run_id)
        if policy == SKIP and others:
            raise RunSkipped(f"pipeline {pipeline!r} is not run: run {others[0]} of it is at work, and it says skip")
        if policy == CANCEL_OLDER:
            for other in others:
                self._database.write(lambda tx, other=other: cancel(tx, caller, other))  # type: ignore[misc]
        if policy not in {QUEUE, CANCEL_OLDER}:
            return
        pause, told = _LOOK_EVERY_S, ""
        while others:
            if others[0] != told:
                told = others[0]
                on_wait(f"waits for run {told} of pipeline {pipeline!r} to end")
            time.sleep(pause)
            pause = min(pause * 1.2, _LONGEST_LOOK_S)
            self._tracking.settle_dead_runs()
            others = self._before(caller, pipeline, run_id)
            if by := self._database.read(lambda tx: cancelled_by(tx, caller.project, run_id)):
                raise RunCancelled(f"run {run_id} was cancelled by {by} while it waited for its turn")

    def leave(self, caller: Caller, run_id: str) -> None:
        """Say that a run is over."""
        table = run_turn_table.c
        mine = (table.project_id == caller.project, table.run_id == run_id)

        def forget(tx: Transaction) -> None:
            tx.execute(sa.delete(run_turn_table).where(*mine))

        self._database.write(forget)

    def _before(self, caller: Caller, pipeline: str, run_id: str) -> list[str]:
        return self._at_work(caller, pipeline, run_id)

    def _at_work(self, caller: Caller, pipeline: str, run_id: str) -> list[str]:
        """Return the runs that are at work and came before one, the oldest first."""
        waiting = self._database.read(lambda tx: _turns(tx, caller.project, pipeline))
        first = waiting[: waiting.index(run_id)] if run_id in waiting else waiting
        return self._tracking.pauses.unended(caller, first)


def _queue_up(tx: Transaction, project: str, pipeline: str, run_id: str) -> None:
    table = run_turn_table.c
    mine = (table.project_id == project, table.pipeline == pipeline)
    if tx.scalar(sa.select(table.turn).where(*mine, table.run_id == run_id)) is not None:
        return
    last = tx.scalar(sa.select(sa.func.max(table.turn)).where(*mine)) or 0
    values = {"project_id": project, "pipeline": pipeline, "turn": last + 1, "run_id": run_id}
    tx.execute(sa.insert(run_turn_table), values)


def _turns(tx: Transaction, project: str, pipeline: str) -> Sequence[str]:
    table = run_turn_table.c
    mine = sa.select(table.run_id).where(table.project_id == project, table.pipeline == pipeline)
    rows: list[Any] = list(tx.execute(mine.order_by(table.turn)))
    return [row[0] for row in rows]


def cancel(tx: Transaction, caller: Caller, run_id: str) -> None:
    """Store that a run is to end; its scheduler looks between steps and while it waits."""
    row = {"project_id": caller.project, "run_id": run_id, "asked_at": iso(tx.now), "asked_by": caller.name}
    tx.execute(insert_or_ignore(run_cancel_table), row)
    tx.emit(caller.name, caller.project, Event("run.cancelled", run_id, {}))


def cancelled_by(tx: Transaction, project: str, run_id: str) -> str:
    """Return who has cancelled a run; empty when nobody has."""
    table = run_cancel_table.c
    found = tx.scalar(sa.select(table.asked_by).where(table.project_id == project, table.run_id == run_id))
    return str(found or "")
