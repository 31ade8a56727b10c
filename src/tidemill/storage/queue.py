"""A durable queue in the records: leases with a fencing number, so that a late worker cannot write.

A job's attempt number is its fence: `finish` and `fail` take effect only while the caller's attempt is the
current one, checked in the transaction that stores the work's result.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tidemill.core import ConflictError, iso, new_id, not_found
from tidemill.storage._tables import job_table
from tidemill.storage.records import Database, Transaction

_BACKOFF_S = 2


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

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, tx: Transaction, project: str, actor: str, job: NewJob) -> str:
        """Add a job in the caller's transaction and return its id, or the id of the same job added before."""
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
                run_at=iso(tx.now),
                attempt=0,
                max_attempts=job.max_attempts,
                created_at=iso(tx.now),
                created_by=actor,
            )
        )
        return id_

    def claim(self, owner: str, lease: timedelta) -> Job | None:
        """Lease the oldest job that is due, or whose lease has run out; None when there is none."""
        if self._database.read(_next_due) is None:
            return None

        def take(tx: Transaction) -> Job | None:
            id_ = _next_due(tx)
            if id_ is None:
                return None
            tx.execute(
                sa.update(job_table)
                .where(job_table.c.id == id_)
                .values(
                    state="leased",
                    owner=owner,
                    attempt=job_table.c.attempt + 1,
                    lease_until=iso(tx.now + lease),
                )
            )
            job = find_job(tx, id_)
            if job is not None and job.attempt > job.max_attempts:
                _settle(tx, job, state="dead", error=job.error or "its workers died before they ended it")
                return None
            return job

        return self._database.write(take)

    def heartbeat(self, job: Job, lease: timedelta) -> None:
        """Extend the lease. Raises ConflictError when the job was given to another worker or cancelled."""

        def extend(tx: Transaction) -> None:
            _check_fence(tx, job)
            tx.execute(sa.update(job_table).where(job_table.c.id == job.id).values(lease_until=iso(tx.now + lease)))

        self._database.write(extend)

    def finish(self, tx: Transaction, job: Job, result: dict[str, Any]) -> None:
        """Mark the job done, in the transaction that stores its effect. Raises ConflictError for a late worker."""
        _check_fence(tx, job)
        _settle(tx, job, state="done", result=result)

    def fail(self, job: Job, error: str, *, retry: bool) -> None:
        """Give the job back with backoff, or up when it may not be retried. Raises ConflictError for a late worker."""

        def give_back(tx: Transaction) -> None:
            _check_fence(tx, job)
            if not retry or job.attempt >= job.max_attempts:
                _settle(tx, job, state="dead", error=error)
                return
            due = tx.now + timedelta(seconds=_BACKOFF_S**job.attempt)
            tx.execute(
                sa.update(job_table)
                .where(job_table.c.id == job.id)
                .values(state="queued", run_at=iso(due), error=error, owner=None, lease_until=None)
            )

        self._database.write(give_back)

    def cancel(self, tx: Transaction, project: str, id_: str) -> None:
        """Cancel a job that has not ended. Raises NotFoundError, ConflictError."""
        job = find_job(tx, id_)
        if job is None or job.project_id != project:
            raise not_found("job", id_, [])
        if job.state not in {"queued", "leased"}:
            raise ConflictError(f"job {id_} is {job.state}; only queued and leased jobs can be cancelled")
        _settle(tx, job, state="cancelled")

    def get(self, project: str, id_: str) -> Job:
        """Return a job. Raises NotFoundError."""
        job = self._database.read(lambda tx: find_job(tx, id_))
        if job is None or job.project_id != project:
            raise not_found("job", id_, [])
        return job


def find_job(tx: Transaction, id_: str) -> Job | None:
    """Return a job by its id, or None."""
    row = tx.row(sa.select(job_table).where(job_table.c.id == id_))
    return Job(**{name: row[name] for name in Job.__dataclass_fields__}) if row else None


def _next_due(tx: Transaction) -> str | None:
    table = job_table.c
    now = iso(tx.now)
    due = sa.or_(
        sa.and_(table.state == "queued", table.run_at <= now),
        sa.and_(table.state == "leased", table.lease_until < now),
    )
    found = tx.scalar(sa.select(table.id).where(due).order_by(table.run_at, table.id).limit(1))
    return None if found is None else str(found)


def _check_fence(tx: Transaction, job: Job) -> None:
    current = find_job(tx, job.id)
    if current is None or current.state != "leased" or (current.attempt, current.owner) != (job.attempt, job.owner):
        state = "gone" if current is None else f"{current.state}, attempt {current.attempt}"
        raise ConflictError(f"job {job.id} is no longer attempt {job.attempt} of {job.owner}: it is {state}")


def _settle(
    tx: Transaction, job: Job, *, state: str, result: dict[str, Any] | None = None, error: str | None = None
) -> None:
    tx.execute(
        sa.update(job_table)
        .where(job_table.c.id == job.id)
        .values(state=state, result=result, error=error, ended_at=iso(tx.now), lease_until=None)
    )
