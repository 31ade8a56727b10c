"""A durable queue in the records: leases with a fencing number, so that a late worker cannot write.

A job's attempt number is its fence: `finish` and `fail` take effect only while the caller's attempt is the
current one, checked in the transaction that stores the work's result.

Leases and back-off run on the machine's clock, whatever clock the store has: a replay moves a year in a minute, and
its workers live in real time. `created_at` and `ended_at` are the store's time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tidemill.core import Clock, ConflictError, SystemClock, UsageError, did_you_mean, iso, new_id, not_found
from tidemill.storage._tables import job_table
from tidemill.storage.process_locks import ProcessLocks
from tidemill.storage.records import Database, Transaction, is_shared, storable

_BACKOFF_S = 2
_LONGEST_BACKOFF = timedelta(minutes=10)
_MOST_ATTEMPTS = 1000
_MORE_ATTEMPTS = 3
_NEVER = "9999-12-31T23:59:59.999999Z"
_STATES = ("queued", "leased", "done", "dead", "cancelled")


@dataclass(frozen=True)
class NewJob:
    """Work to be done once. Two jobs of one kind and unique key are one job."""

    kind: str
    payload: dict[str, Any]
    unique_key: str = ""
    max_attempts: int = 3


@dataclass(frozen=True)
class Job:
    """A job as stored. States: queued, leased, done, dead (gave up, with its error), cancelled."""

    id: str
    project_id: str
    kind: str
    payload: dict[str, Any]
    state: str
    attempt: int
    max_attempts: int
    owner: str | None
    lease_until: str | None
    result: dict[str, Any] | None
    error: str | None
    created_at: str
    created_by: str
    ended_at: str | None


class Queue:
    """Claims and settles jobs. Thread-safe; any number of workers in any number of processes."""

    def __init__(self, database: Database, machine_clock: Clock | None = None) -> None:
        self._database = database
        self._machine = machine_clock or SystemClock()
        self._owners = ProcessLocks(database.folder / "workers", shared=is_shared(database))

    def enqueue(self, tx: Transaction, project: str, actor: str, job: NewJob) -> str:
        """Add a job in the caller's transaction and return its id, or the id of the same job added before.

        Raises UsageError for a number of attempts outside 1 to 1000.
        """
        if not 1 <= job.max_attempts <= _MOST_ATTEMPTS:
            raise UsageError(f"a job of {job.max_attempts} attempts would never run; use 1 to {_MOST_ATTEMPTS}")
        id_ = new_id()
        unique_key = job.unique_key or id_
        known = tx.scalar(
            sa.select(job_table.c.id).where(
                job_table.c.project_id == project,
                job_table.c.kind == job.kind,
                job_table.c.unique_key == unique_key,
            )
        )
        if known is not None:
            return str(known)
        tx.execute(
            sa.insert(job_table).values(
                id=id_,
                project_id=project,
                kind=job.kind,
                unique_key=unique_key,
                payload=job.payload,
                state="queued",
                run_at=iso(self._machine.now()),
                attempt=0,
                max_attempts=job.max_attempts,
                created_at=iso(tx.now),
                created_by=actor,
            )
        )
        return id_

    def claim(self, owner: str, lease: timedelta) -> Job | None:
        """Lease the oldest job that is due, or whose lease has run out, or whose owner is dead; None without one.

        owner: a name of this process alone; while the process lives, nobody takes its jobs before their time.
        """
        self._owners.hold(owner)
        now = self._machine.now()
        next_due, owners = self._database.read(lambda tx: (_next_due(tx, now, ()), _at_work(tx, now)))
        dead = [name for name in owners if self._owners.is_dead(name)]
        if next_due is None and not dead:
            return None

        def take(tx: Transaction) -> Job | None:
            while (due := _next_due(tx, now, dead, take=True)) is not None:
                leased = {"state": "leased", "owner": owner, "lease_until": iso(now + lease)}
                tx.execute(sa.update(job_table).where(*_is(*due)).values(**leased, attempt=job_table.c.attempt + 1))
                job = _find(tx, *due)
                if job is None or job.attempt <= job.max_attempts:
                    return job
                _settle(tx, job, state="dead", error=job.error or "its workers died before they ended it")
            return None

        job = self._database.write(take)
        for name in dead:
            self._owners.forget(name)
        return job

    def leave(self, owner: str) -> None:
        """Say that an owner claims no more; what it still holds may be taken at once."""
        self._owners.release(owner)

    def heartbeat(self, job: Job, lease: timedelta) -> None:
        """Extend the lease. Raises ConflictError when the job was given to another worker or cancelled."""

        def extend(tx: Transaction) -> None:
            _check_fence(tx, job)
            until = iso(self._machine.now() + lease)
            tx.execute(sa.update(job_table).where(*_is(job.project_id, job.id)).values(lease_until=until))

        self._database.write(extend)

    def finish(self, tx: Transaction, job: Job, result: dict[str, Any]) -> None:
        """Mark the job done, in the transaction that stores its effect. Raises ConflictError for a late worker."""
        _check_fence(tx, job)
        _settle(tx, job, state="done", result=result)

    def fail(self, job: Job, error: str, *, retry: bool) -> None:
        """Give the job back with backoff, or up when it may not be retried. Raises ConflictError for a late worker.

        error: the reason, whatever text it is: what no database can hold is written as escapes.
        """
        reason = storable(error)

        def give_back(tx: Transaction) -> None:
            _check_fence(tx, job)
            if not retry or job.attempt >= job.max_attempts:
                _settle(tx, job, state="dead", error=reason)
                return
            due = self._machine.now() + _backoff(job.attempt)
            tx.execute(
                sa.update(job_table)
                .where(*_is(job.project_id, job.id))
                .values(state="queued", run_at=iso(due), error=reason, owner=None, lease_until=None)
            )

        self._database.write(give_back)

    def give_back(self, job: Job, reason: str) -> None:
        """Queue the job again at once, since its worker has to leave it: no fault of the job, so this is no attempt.

        Raises ConflictError for a late worker.
        """

        def queue_again(tx: Transaction) -> None:
            _check_fence(tx, job)
            again = {"state": "queued", "run_at": iso(self._machine.now()), "error": storable(reason)}
            more = job_table.c.max_attempts + 1  # the attempts go on counting: they are the fence
            this = _is(job.project_id, job.id)
            tx.execute(
                sa.update(job_table).where(*this).values(**again, owner=None, lease_until=None, max_attempts=more)
            )

        self._database.write(queue_again)

    def cancel(self, tx: Transaction, project: str, id_: str) -> None:
        """Cancel a job that has not ended. Raises NotFoundError, ConflictError."""
        job = _find(tx, project, id_)
        if job is None:
            raise not_found("job", id_, [])
        if job.state not in {"queued", "leased"}:
            raise ConflictError(f"job {id_} is {job.state}; only queued and leased jobs can be cancelled")
        _settle(tx, job, state="cancelled")

    def retry(self, tx: Transaction, project: str, id_: str) -> None:
        """Queue a dead or cancelled job again, for three more attempts. Raises NotFoundError, ConflictError.

        The attempts go on counting, so that no worker that had the job before can settle it.
        """
        job = find_job(tx, id_)
        if job is None or job.project_id != project:
            raise not_found("job", id_, [])
        if job.state not in {"dead", "cancelled"}:
            raise ConflictError(f"job {id_} is {job.state}; only dead and cancelled jobs can be retried")
        again = {"state": "queued", "run_at": iso(self._machine.now()), "max_attempts": job.attempt + _MORE_ATTEMPTS}
        this = (job_table.c.project_id == project, job_table.c.id == id_)
        tx.execute(sa.update(job_table).where(*this).values(**again, owner=None, error=None, ended_at=None))

    def list_jobs(self, project: str, state: str | None = None, limit: int = 50) -> list[Job]:
        """Return jobs, the newest first. Raises UsageError for an unknown state."""
        if state is not None and state not in _STATES:
            known = ", ".join(_STATES)
            raise UsageError(f"there is no state {state!r} of a job.{did_you_mean(state, _STATES)} Known: {known}")
        found = sa.select(job_table).where(job_table.c.project_id == project)
        if state is not None:
            found = found.where(job_table.c.state == state)
        rows = self._database.read(lambda tx: tx.rows(found.order_by(job_table.c.id.desc()).limit(limit)))
        return [_job(row) for row in rows]

    def get(self, project: str, id_: str) -> Job:
        """Return a job. Raises NotFoundError."""
        job = self._database.read(lambda tx: _find(tx, project, id_))
        if job is None:
            raise not_found("job", id_, [])
        return job


def park_job(tx: Transaction, job: Job, until: str | None, payload: dict[str, Any]) -> None:
    """Put a job aside until an instant, or until `wake_job`: no worker holds it, and this was no attempt.

    payload: what it holds when it is taken up. Raises ConflictError for a late worker.
    """
    _check_fence(tx, job)
    aside = {"state": "queued", "run_at": until or _NEVER, "payload": payload, "error": None}
    more = job_table.c.max_attempts + 1
    this = _is(job.project_id, job.id)
    tx.execute(sa.update(job_table).where(*this).values(**aside, owner=None, lease_until=None, max_attempts=more))


def wake_job(tx: Transaction, project: str, id_: str) -> None:
    """Let a job that was parked go on at once; nothing when it is not."""
    due = {"run_at": iso(SystemClock().now())}
    tx.execute(sa.update(job_table).where(*_is(project, id_), job_table.c.state == "queued").values(**due))


def find_job(tx: Transaction, id_: str) -> Job | None:
    """Return a job by its id, or None."""
    row = tx.row(sa.select(job_table).where(job_table.c.id == id_))
    return _job(row) if row else None


def _backoff(attempt: int) -> timedelta:
    """Return how long a job waits after an attempt: twice as long each time, and ten minutes at most."""
    return min(_LONGEST_BACKOFF, timedelta(seconds=_BACKOFF_S ** min(attempt, 20)))


def _job(row: dict[str, Any]) -> Job:
    return Job(**{name: row[name] for name in Job.__dataclass_fields__})


def _is(project: str, id_: str) -> tuple[sa.ColumnElement[bool], ...]:
    return job_table.c.project_id == project, job_table.c.id == id_


def _find(tx: Transaction, project: str, id_: str) -> Job | None:
    row = tx.row(sa.select(job_table).where(*_is(project, id_)))
    return Job(**{name: row[name] for name in Job.__dataclass_fields__}) if row else None


def _next_due(tx: Transaction, now: datetime, dead: Collection[str], *, take: bool = False) -> tuple[str, str] | None:
    """Return project and id of the job to do next; `take`: one that nobody else is taking at this moment."""
    table = job_table.c
    due = sa.or_(
        sa.and_(table.state == "queued", table.run_at <= iso(now)),
        sa.and_(table.state == "leased", sa.or_(table.lease_until < iso(now), table.owner.in_(dead))),
    )
    statement = sa.select(table.project_id, table.id).where(due).order_by(table.run_at, table.id).limit(1)
    found = tx.row(statement.with_for_update(skip_locked=True) if take else statement)
    return None if found is None else (str(found["project_id"]), str(found["id"]))


def _at_work(tx: Transaction, now: datetime) -> list[str]:
    """Return the owners of leases that have not run out."""
    table = job_table.c
    held = sa.and_(table.state == "leased", table.lease_until >= iso(now))
    return [str(row["owner"]) for row in tx.rows(sa.select(table.owner).where(held).distinct())]


def _check_fence(tx: Transaction, job: Job) -> None:
    current = _find(tx, job.project_id, job.id)
    if current is None or current.state != "leased" or (current.attempt, current.owner) != (job.attempt, job.owner):
        state = "gone" if current is None else f"{current.state}, attempt {current.attempt}"
        raise ConflictError(f"job {job.id} is no longer attempt {job.attempt} of {job.owner}: it is {state}")


def _settle(
    tx: Transaction, job: Job, *, state: str, result: dict[str, Any] | None = None, error: str | None = None
) -> None:
    tx.execute(
        sa.update(job_table)
        .where(*_is(job.project_id, job.id))
        .values(state=state, result=result, error=error, ended_at=iso(tx.now), lease_until=None)
    )
