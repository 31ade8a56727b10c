"""What clients bring from their journals: each batch once, in order, with the beginning and the end of a run in it.

A client numbers what it logs by the position in its journal. A batch says from where to where it reaches; it is stored
with that position in one transaction, and only when it begins where the last one ended. The answer is the position that
the store has: a client that was cut off, or has sent too much, goes on from there.

A run that is brought so has a lease: its client is heard of at least every fifteen seconds, else the run is closed as
killed, until something is heard of it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from tidemill.access import Caller, Role, require
from tidemill.core import (
    Clock,
    ConflictError,
    Event,
    SystemClock,
    UnavailableError,
    UsageError,
    from_unix_ms,
    iso,
    not_found,
)
from tidemill.storage.records import Database, Transaction, storable
from tidemill.tracking import _repository as rows
from tidemill.tracking._checks import check_experiment_name, check_points, check_texts
from tidemill.tracking._tables import journal_table, run_lease_table, run_table
from tidemill.tracking.runs import FAILED, FINISHED, KILLED, PAUSED, RUNNING, MetricPoint, NewRun, Run
from tidemill.tracking.service import SILENT

#: How long a run is believed to be worked on after it was last heard of.
LEASE_S = 45
#: What a batch may hold.
MOST_POINTS, MOST_PARAMS, MOST_TAGS, MOST_BATCH_BYTES = 5000, 1000, 1000, 1 << 20
_LARGEST_POSITION = 2**53
_LAST_MS = 253_402_300_799_999
_LONGEST_NAME = 250


@dataclass(frozen=True)
class Beginning:
    """How a run began. at: milliseconds since 1970."""

    experiment: str
    name: str
    at: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ending:
    """How a run ended: finished, failed or killed. at: milliseconds since 1970."""

    status: str
    at: int
    error: str | None = None


@dataclass(frozen=True)
class JournalBatch:
    """What a journal holds from `start` to `end`.

    alive: whether the process that logs is at work, so that its run is believed to be for a while.
    """

    journal: str
    start: int
    end: int
    points: Sequence[MetricPoint] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    begin: Beginning | None = None
    finish: Ending | None = None
    commit: str | None = None
    alive: bool = True


class Journals:
    """Takes in what clients bring. Thread-safe."""

    def __init__(self, database: Database, machine_clock: Clock | None = None) -> None:
        self._database = database
        self._machine = machine_clock or SystemClock()

    def apply(self, caller: Caller, run_id: str, batch: JournalBatch) -> int:
        """Store a batch if it begins where this journal's last one ended; return the position reached. Needs editor.

        Raises UsageError for what cannot be stored, NotFoundError for a run that is not there and not begun here,
        ConflictError for one that was deleted, UnavailableError for a batch that is being stored at this moment.
        """
        require(caller, Role.EDITOR)
        _check(run_id, batch)
        check_points(batch.points)
        params, tags = check_texts(batch.params), check_texts(batch.tags)

        def store(tx: Transaction) -> int:
            known = _position(tx, caller.project, run_id, batch.journal)
            if batch.start != (known or 0):
                return known or 0
            run, is_new = _begun(tx, caller, run_id, batch.begin)
            changes: dict[str, str | None] = {"started_at": _instant(batch.begin.at)} if batch.begin and is_new else {}
            if batch.commit is not None:
                changes["commit"] = batch.commit
            if batch.finish is not None:
                changes |= _end(tx, caller, run, batch.finish)
                if not is_new:
                    tx.execute(sa.delete(run_lease_table).where(*_lease_of(caller.project, run_id)))
            elif batch.alive:
                changes |= self._hear(tx, caller, run)
            if changes:
                _change(tx, caller.project, run_id, changes)
            rows.write_points(tx, caller.project, run_id, batch.points)
            rows.upsert_params(tx, caller.project, run_id, params)
            rows.upsert_tags(tx, caller.project, run_id, tags)
            _reach(tx, (caller.project, run_id), batch, is_known=known is not None)
            return batch.end

        try:
            return self._database.write(store)
        except sa.exc.IntegrityError as error:  # only where writers are not serial
            raise UnavailableError(f"run {run_id} was begun or logged to twice at one moment; send it again") from error

    def position(self, caller: Caller, run_id: str, journal: str) -> int:
        """Return how far a journal has been stored; 0 for one that is not known."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: _position(tx, caller.project, run_id, journal)) or 0

    def begin(self, caller: Caller, run_id: str, begin: Beginning) -> Run:
        """Store a run that begins, with the id that its client made; nothing when it is there. Needs editor.

        Raises UsageError for a bad id, name or tag.
        """
        self.apply(caller, run_id, JournalBatch(f"begin-{run_id}", 0, 1, begin=begin))
        return self._database.read(lambda tx: _demand(tx, caller.project, run_id))

    def finish(self, caller: Caller, run_id: str, finish: Ending) -> Run:
        """Store how a run ended; nothing when it has ended. Needs editor. Raises NotFoundError, UsageError."""
        self.apply(caller, run_id, JournalBatch(f"finish-{run_id}", 0, 1, finish=finish))
        return self._database.read(lambda tx: _demand(tx, caller.project, run_id))

    def hear(self, caller: Caller, run_id: str) -> str:
        """Put off the end of a run that is worked on, and return its status. Needs editor. Raises NotFoundError."""
        require(caller, Role.EDITOR)

        def beat(tx: Transaction) -> str:
            run = _demand(tx, caller.project, run_id)
            if changes := self._hear(tx, caller, run):
                _change(tx, caller.project, run_id, changes)
            return changes.get("status") or run.status

        return self._database.write(beat)

    def _hear(self, tx: Transaction, caller: Caller, run: Run) -> dict[str, str | None]:
        """Put off the end of a run that is worked on, and return what changes in it."""
        changes: dict[str, str | None] = {}
        if run.status == KILLED and run.error in SILENT:
            changes = {"status": RUNNING, "ended_at": None, "error": None}
            tx.emit(caller.name, caller.project, Event("run.resumed", run.id, {}))
        elif run.status != RUNNING:
            return changes
        until = iso(self._machine.now() + timedelta(seconds=LEASE_S))
        put_off = sa.update(run_lease_table).where(*_lease_of(caller.project, run.id))
        if not tx.execute(put_off.values(until=until)).rowcount:
            tx.execute(sa.insert(run_lease_table), {"project_id": caller.project, "run_id": run.id, "until": until})
        return changes


def _check(run_id: str, batch: JournalBatch) -> None:
    if not run_id.isascii() or not run_id.isalnum() or not 0 < len(run_id) <= 32:
        raise UsageError(f"{run_id[:80]!r} cannot be the id of a run; use up to 32 letters and digits")
    if not batch.journal.isascii() or not batch.journal.isprintable() or not 0 < len(batch.journal) <= 64:
        raise UsageError(f"{batch.journal[:80]!r} cannot be the id of a journal; use up to 64 characters of ASCII")
    if not 0 <= batch.start < batch.end <= _LARGEST_POSITION:
        raise UsageError(f"a batch from {batch.start} to {batch.end} holds nothing; positions grow, from 0 to 2**53")
    for what, found, most in (
        ("points", batch.points, MOST_POINTS),
        ("params", batch.params, MOST_PARAMS),
        ("tags", batch.tags, MOST_TAGS),
    ):
        if len(found) > most:
            raise UsageError(f"a batch of {len(found):,} {what} is too large; send up to {most:,} at a time")
    if batch.begin is not None:
        check_experiment_name(batch.begin.experiment)
        if not 0 < len(batch.begin.name) <= _LONGEST_NAME:
            raise UsageError(f"{batch.begin.name[:80]!r} cannot name a run; use 1 to {_LONGEST_NAME} characters")
    if batch.finish is not None and batch.finish.status not in {FINISHED, FAILED, KILLED}:
        raise UsageError(f"{batch.finish.status!r} is not how a run ends; use {FINISHED}, {FAILED} or {KILLED}")


def _demand(tx: Transaction, project: str, run_id: str) -> Run:
    run = rows.find_run(tx, project, run_id)
    if run is None:
        raise not_found("run", run_id, [recent.id for recent in rows.list_runs(tx, project, None, 5)])
    if run.deleted_at is not None:
        raise ConflictError(f"run {run_id} was deleted at {run.deleted_at}; restore it before more is logged to it")
    return run


def _begun(tx: Transaction, caller: Caller, run_id: str, begin: Beginning | None) -> tuple[Run, bool]:
    """Return the run, and whether it begins here."""
    if begin is None or rows.knows_run(tx, caller.project, run_id):
        return _demand(tx, caller.project, run_id), False
    new = NewRun(begin.experiment, begin.name, tags=check_texts(begin.tags), attended=False)
    rows.insert_run(tx, caller.project, caller.name, run_id, new)
    tx.emit(caller.name, caller.project, Event("run.started", run_id, {"experiment": begin.experiment}))
    now = iso(tx.now)
    return Run(run_id, begin.experiment, begin.name, RUNNING, now, None, caller.name, None, None, None), True


def _end(tx: Transaction, caller: Caller, run: Run, finish: Ending) -> dict[str, str | None]:
    """Return what changes in a run that ends, unless it is known how; that it was not heard of is not how it ended."""
    if run.status not in {RUNNING, PAUSED} and not (run.status == KILLED and run.error in SILENT):
        return {}
    tx.emit(caller.name, caller.project, Event(f"run.{finish.status}", run.id, {"experiment": run.experiment}))
    error = None if finish.error is None else storable(finish.error)
    return {"status": finish.status, "ended_at": _instant(finish.at), "error": error}


def _position(tx: Transaction, project: str, run_id: str, journal: str) -> int | None:
    table = journal_table.c
    where = (table.project_id == project, table.run_id == run_id, table.journal == journal)
    found = tx.scalar(sa.select(table.position).where(*where))
    return None if found is None else int(found)


def _reach(tx: Transaction, run: tuple[str, str], batch: JournalBatch, *, is_known: bool) -> None:
    table = journal_table.c
    if not is_known:
        values = {"project_id": run[0], "run_id": run[1], "journal": batch.journal, "position": batch.end}
        tx.execute(sa.insert(journal_table).values(**values))
        return
    this = (table.project_id == run[0], table.run_id == run[1], table.journal == batch.journal)
    moved = sa.update(journal_table).where(*this, table.position == batch.start).values(position=batch.end)
    if not tx.execute(moved).rowcount:
        raise UnavailableError(f"journal {batch.journal} of run {run[1]} was sent twice at one moment; send it again")


def _change(tx: Transaction, project: str, run_id: str, values: Mapping[str, str | None]) -> None:
    tx.execute(sa.update(run_table).where(run_table.c.project_id == project, run_table.c.id == run_id).values(**values))


def _instant(milliseconds: int) -> str:
    return iso(from_unix_ms(min(max(milliseconds, 0), _LAST_MS)))


def _lease_of(project: str, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return run_lease_table.c.project_id == project, run_lease_table.c.run_id == run_id
