"""The queue: leases, fences, retries."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tidemill.core import ConflictError, ManualClock, NotFoundError, UnavailableError, UsageError
from tidemill.storage.queue import Job, NewJob, Queue
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_records import SqliteDatabase

LEASE = timedelta(seconds=30)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2013, 3, 1, tzinfo=UTC))


@pytest.fixture
def database(tmp_path: Path, clock: ManualClock) -> SqliteDatabase:
    return open_database(tmp_path / "records.db", clock)


@pytest.fixture
def queue(database: SqliteDatabase, clock: ManualClock) -> Queue:
    return Queue(database, clock)


def _add(database: SqliteDatabase, queue: Queue, **fields: object) -> str:
    job = NewJob("pipeline_run", {"pipeline": "delays"}, **fields)  # type: ignore[arg-type]
    return database.write(lambda tx: queue.enqueue(tx, "default", "ann", job))


def _claim(queue: Queue, owner: str = "w1") -> Job:
    job = queue.claim(owner, LEASE)
    assert job is not None
    return job


def test_a_job_is_claimed_once_and_settled_with_its_result(database: SqliteDatabase, queue: Queue) -> None:
    id_ = _add(database, queue)
    job = _claim(queue)
    assert (job.id, job.attempt, queue.claim("w2", LEASE)) == (id_, 1, None)
    database.write(lambda tx: queue.finish(tx, job, {"run_id": "r"}))
    assert (queue.get("default", id_).state, queue.get("default", id_).result) == ("done", {"run_id": "r"})


def test_the_same_unique_key_is_the_same_job(database: SqliteDatabase, queue: Queue) -> None:
    assert _add(database, queue, unique_key="2013-03-01") == _add(database, queue, unique_key="2013-03-01")
    assert _add(database, queue, unique_key="2013-03-02") != _add(database, queue, unique_key="2013-03-01")


def test_a_late_worker_can_write_nothing(database: SqliteDatabase, queue: Queue, clock: ManualClock) -> None:
    _add(database, queue)
    late = _claim(queue, "late")
    clock.advance(LEASE + timedelta(seconds=1))
    current = _claim(queue, "current")
    assert current.attempt == 2
    with pytest.raises(ConflictError, match="no longer attempt 1"):
        database.write(lambda tx: queue.finish(tx, late, {"x": 1}))
    with pytest.raises(ConflictError, match="no longer attempt 1"):
        queue.heartbeat(late, LEASE)
    with pytest.raises(ConflictError, match="no longer attempt 1"):
        queue.fail(late, "no", retry=True)
    database.write(lambda tx: queue.finish(tx, current, {"x": 2}))
    assert queue.get("default", current.id).result == {"x": 2}


def test_the_same_worker_that_lost_its_lease_is_late_too(
    database: SqliteDatabase, queue: Queue, clock: ManualClock
) -> None:
    _add(database, queue)
    late = _claim(queue, "same")
    clock.advance(LEASE + timedelta(seconds=1))
    _claim(queue, "same")
    with pytest.raises(ConflictError):
        database.write(lambda tx: queue.finish(tx, late, {}))


def test_a_heartbeat_keeps_the_lease(database: SqliteDatabase, queue: Queue, clock: ManualClock) -> None:
    _add(database, queue)
    job = _claim(queue)
    for _ in range(5):
        clock.advance(LEASE - timedelta(seconds=1))
        queue.heartbeat(job, LEASE)
    assert queue.claim("other", LEASE) is None


def test_failures_are_tried_again_later_and_given_up_with_their_reason(
    database: SqliteDatabase, queue: Queue, clock: ManualClock
) -> None:
    id_ = _add(database, queue, max_attempts=2)
    queue.fail(_claim(queue), "first", retry=True)
    assert queue.claim("w", LEASE) is None
    clock.advance(timedelta(minutes=1))
    queue.fail(_claim(queue), "second", retry=True)
    job = queue.get("default", id_)
    assert (job.state, job.error) == ("dead", "second")


def test_a_job_whose_workers_keep_dying_is_given_up(database: SqliteDatabase, queue: Queue, clock: ManualClock) -> None:
    id_ = _add(database, queue, max_attempts=2)
    for _ in range(2):
        _claim(queue)
        clock.advance(LEASE + timedelta(seconds=1))
    assert queue.claim("w", LEASE) is None
    assert queue.get("default", id_).state == "dead"


def test_a_cancelled_job_stops_its_worker_at_the_next_heartbeat(database: SqliteDatabase, queue: Queue) -> None:
    id_ = _add(database, queue)
    job = _claim(queue)
    database.write(lambda tx: queue.cancel(tx, "default", id_))
    with pytest.raises(ConflictError, match="cancelled"):
        queue.heartbeat(job, LEASE)
    with pytest.raises(NotFoundError):
        queue.get("other", id_)


_CLAIM = """
import os, sys, time
from datetime import timedelta
from pathlib import Path
from tidemill.core import SystemClock
from tidemill.storage.queue import Queue
from tidemill.storage.schema import open_database
queue = Queue(open_database(Path(sys.argv[1]), SystemClock()))
print(queue.claim("there:1/x", timedelta(hours=1)).id, flush=True)
sys.stdin.read()
"""


def test_the_job_of_a_killed_owner_is_taken_at_once_and_that_of_a_living_one_never(
    database: SqliteDatabase, queue: Queue
) -> None:
    id_ = _add(database, queue)
    real = Queue(database)
    other = subprocess.Popen(
        [sys.executable, "-c", _CLAIM, str(database.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == id_
        assert real.claim("here", LEASE) is None
        other.kill()
    job = real.claim("here", LEASE)
    assert job is not None
    assert (job.id, job.attempt, job.owner) == (id_, 2, "here")
    assert real.claim("third", LEASE) is None
    assert [file.name for file in sorted((database.path.parent / "workers").iterdir())] == ["here.lock", "third.lock"]
    real.leave("here")
    assert _claim(real, "third").attempt == 3


def test_what_killed_owners_leave_behind_is_swept_and_what_lives_is_not(database: SqliteDatabase, queue: Queue) -> None:
    queue.claim("living", LEASE)
    folder = database.path.parent / "workers"
    for name in ("old", "young"):
        (folder / f"{name}.lock").write_bytes((folder / "living.lock").read_bytes())
    for name in ("old", "living"):
        os.utime(folder / f"{name}.lock", (1, 1))
    Queue(database).claim("new", LEASE)
    assert sorted(file.name for file in folder.iterdir()) == ["living.lock", "new.lock", "young.lock"]


def test_leases_and_back_off_run_on_the_machines_clock_while_the_stores_clock_jumps(
    database: SqliteDatabase, clock: ManualClock
) -> None:
    machine = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
    queue = Queue(database, machine)
    id_ = _add(database, queue)
    job = _claim(queue)
    clock.advance(timedelta(days=300))
    assert queue.claim("other", LEASE) is None
    queue.fail(job, "not yet", retry=True)
    clock.advance(timedelta(days=300))
    assert queue.claim("other", LEASE) is None
    machine.advance(timedelta(seconds=3))
    job = _claim(queue)
    clock.set(datetime(1999, 1, 1, tzinfo=UTC))
    machine.advance(LEASE + timedelta(seconds=1))
    assert _claim(queue, "other").id == id_
    assert queue.get("default", id_).created_at.startswith("2013-03-01")


def test_a_folder_that_cannot_be_written_is_said_in_one_line(database: SqliteDatabase, queue: Queue) -> None:
    (database.path.parent / "workers").write_text("in the way")
    _add(database, queue)
    with pytest.raises(UnavailableError, match="workers cannot be written"):
        queue.claim("w", LEASE)


def test_a_dead_job_is_listed_with_its_reason_and_retried_without_its_old_workers(
    database: SqliteDatabase, queue: Queue, clock: ManualClock
) -> None:
    id_, other = _add(database, queue, max_attempts=1), _add(database, queue)
    old = _claim(queue, "old")
    queue.fail(old, "the disk was full", retry=True)
    assert [(job.id, job.error) for job in queue.list_jobs("default", "dead")] == [(id_, "the disk was full")]
    assert [job.id for job in queue.list_jobs("default")] == [other, id_]
    assert [job.id for job in queue.list_jobs("default", limit=1)] == [other]
    assert queue.list_jobs("elsewhere") == []
    with pytest.raises(NotFoundError):
        database.write(lambda tx: queue.retry(tx, "elsewhere", id_))
    database.write(lambda tx: queue.retry(tx, "default", id_))
    again = queue.get("default", id_)
    assert (again.state, again.attempt, again.max_attempts, again.error, again.ended_at) == ("queued", 1, 4, None, None)
    with pytest.raises(ConflictError, match="is queued; only dead and cancelled jobs can be retried"):
        database.write(lambda tx: queue.retry(tx, "default", id_))
    clock.advance(timedelta(seconds=1))
    current = {job.id: job for job in (_claim(queue, "old"), _claim(queue, "old"))}[id_]
    assert current.attempt == 2
    with pytest.raises(ConflictError, match="no longer attempt 1"):
        database.write(lambda tx: queue.finish(tx, old, {}))
    database.write(lambda tx: queue.finish(tx, current, {"run_id": "r"}))
    assert queue.get("default", id_).state == "done"


def test_an_unknown_state_of_jobs_is_refused_with_what_was_meant(queue: Queue) -> None:
    with pytest.raises(UsageError, match=r"no state 'ded' of a job\. Did you mean 'dead'"):
        queue.list_jobs("default", "ded")
