"""Workers that were stopped beyond their lease and woken: nothing they write is taken (RELIABILITY R3).

Real processes, SIGSTOP and SIGCONT, short leases. In a try one worker claims a job, is stopped, and wakes with its
result in hand when the job may be another's: in hand there, done, given up again, claimed in that very moment,
cancelled, or still its own because it stood inside its transaction. In the end each job must have one effect at most,
that of the last attempt that anyone was ever given.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.postgres import postgres, postgres_url
from tests.storage.late_worker import open_place, record_effect
from tidemill.core import UnavailableError
from tidemill.storage.queue import Job, NewJob, Queue
from tidemill.storage.records import Database

__all__ = ["postgres", "postgres_url"]
LEASE_S = 0.08
LEASE = timedelta(seconds=LEASE_S)
HELD = timedelta(seconds=30)
WAYS = ("held", "done", "given up", "racing", "cancelled", "inside")
ROOT = Path(__file__).resolve().parents[2]


class LateWorker:
    """The process that is stopped."""

    def __init__(self, place: str) -> None:
        command = [sys.executable, "-m", "tests.storage.late_worker", place, "late", str(LEASE_S)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def stop(self) -> None:
        """Return once the process stands still."""
        os.kill(self._process.pid, signal.SIGSTOP)
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def wake(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


class Yard:
    """One store, the worker that is stopped, and the one that takes its jobs."""

    def __init__(self, place: str) -> None:
        self.database: Database = open_place(place)
        self.queue = Queue(self.database)
        self.late = LateWorker(place)
        self.database.write(lambda tx: tx.execute(sa.text("CREATE TABLE effect (job TEXT, attempt INTEGER)")))

    def begin(self, number: int) -> Job:
        """Add a job, let the late worker claim it, and return it as it then is."""
        new = NewJob("work", {}, f"schedule/{number}", max_attempts=9)
        id_ = self.database.write(lambda tx: self.queue.enqueue(tx, "default", "ann", new))
        self.late.tell("claim")
        assert self.late.hear() == f"{id_} 1"
        return self.queue.get("default", id_)

    def claim(self, lease: timedelta = HELD) -> Job | None:
        """Claim as the other worker, waiting as long as the store is held by the one that is stopped."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.queue.claim("other", lease)
            except UnavailableError:
                assert time.monotonic() < deadline

    def finish(self, job: Job | None) -> str:
        return record_effect(self.database, self.queue, job, "other") if job else ""

    def effects(self) -> list[tuple[str, int]]:
        found = self.database.read(lambda tx: tx.rows(sa.text("SELECT job, attempt FROM effect")))
        return [(str(row["job"]), int(row["attempt"])) for row in found]


@contextmanager
def yard_in(place: Path | str) -> Iterator[Yard]:
    yard = Yard(str(place / "records.db") if isinstance(place, Path) else place)
    try:
        yield yard
    finally:
        yard.late.end()
        yard.database.close()


def _try(yard: Yard, number: int) -> tuple[str, str]:
    """Do one try and return the job's id, and what the late worker was answered."""
    way = WAYS[number % len(WAYS)]
    job = yard.begin(number)
    if way == "inside":
        yard.late.tell("inside")
        assert yard.late.hear() == "inside"
        yard.late.stop()
    else:
        yard.late.stop()
        yard.late.tell("finish")  # it has this in hand when it wakes
    time.sleep(LEASE_S * (0.6 if way == "racing" else 1.3))
    if way == "cancelled":
        yard.database.write(lambda tx: yard.queue.cancel(tx, "default", job.id))
        yard.late.wake()
        return job.id, yard.late.hear()
    if way in {"racing", "inside"}:
        return job.id, _wake_in_a_race(yard, number)
    other = yard.claim(LEASE if way == "given up" else HELD)
    assert other is not None
    assert other.attempt == 2
    if way == "given up":
        time.sleep(LEASE_S * 1.3)
    if way == "done":
        assert yard.finish(other) == "accepted"
    yard.late.wake()
    said = yard.late.hear()
    if way != "done":
        assert yard.finish(other) == "accepted"
    return job.id, said


def _wake_in_a_race(yard: Yard, number: int) -> str:
    """Wake the late worker while the other one claims; either may be first."""
    taken: list[Job | None] = []
    other = threading.Thread(target=lambda: taken.append(yard.claim()))
    other.start()
    time.sleep(number % 7 * LEASE_S / 8)
    yard.late.wake()
    said = yard.late.hear()
    other.join()
    yard.finish(taken[0] or yard.claim())
    return said


def _stale_writes(yard: Yard, n_tries: int) -> int:
    """Do the tries, say what became of them, and return how many late writes were accepted."""
    answers = Counter[str]()
    ids = []
    for number in range(n_tries):
        id_, said = _try(yard, number)
        ids.append(id_)
        answers["accepted" if said == "accepted" else "refused"] += 1
        assert said == "accepted" or "no longer attempt 1" in said, said
        if WAYS[number % len(WAYS)] in {"held", "done", "given up", "cancelled"}:
            assert said != "accepted"
    jobs = {id_: yard.queue.get("default", id_) for id_ in ids}
    effects = yard.effects()
    stale = sum(jobs[id_].state != "done" or jobs[id_].attempt != attempt for id_, attempt in effects)
    twice = len(effects) - len({id_ for id_, _ in effects})
    undone = sum(job.state not in {"done", "cancelled"} for job in jobs.values())
    lost = sum(job.state == "done" for job in jobs.values()) - len({id_ for id_, _ in effects})
    print(
        f"\n{n_tries} workers stopped beyond their lease and woken: {stale} stale writes accepted, {twice} effects "
        f"twice, {lost} lost, {undone} jobs undone; late answers: {dict(answers)}"
    )
    return stale + twice + undone + abs(lost)


def test_40_stopped_workers_write_nothing_stale(tmp_path: Path) -> None:
    with yard_in(tmp_path) as yard:
        assert _stale_writes(yard, 40) == 0


def test_18_stopped_workers_write_nothing_stale_in_postgresql(postgres_url: str) -> None:
    with yard_in(postgres_url) as yard:
        assert _stale_writes(yard, 18) == 0


@pytest.mark.long
@pytest.mark.timeout(900)
def test_500_stopped_workers_write_nothing_stale_in_postgresql(postgres_url: str) -> None:
    with yard_in(postgres_url) as yard:
        assert _stale_writes(yard, 500) == 0


@pytest.mark.long
@pytest.mark.timeout(900)
def test_500_stopped_workers_write_nothing_stale(tmp_path: Path) -> None:
    with yard_in(tmp_path) as yard:
        assert _stale_writes(yard, 500) == 0


def test_the_check_sees_a_fence_that_is_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.storage.late_worker.Queue.finish", _finish_unfenced)
    with yard_in(tmp_path) as yard:
        job = yard.begin(0)
        yard.late.stop()
        time.sleep(LEASE_S * 1.3)
        assert yard.claim() is not None
        assert record_effect(yard.database, yard.queue, job, "late") == "accepted"
        assert yard.effects() == [(job.id, 1)]
        assert yard.queue.get("default", job.id).attempt == 2


def _finish_unfenced(*_: object) -> None:
    """Check nothing, as a queue without fencing numbers would."""
