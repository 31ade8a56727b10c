"""What the queue must do on every database of records: one worker a job, and nothing written by a late one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tidemill.core import ConflictError, Event, ManualClock, NotFoundError, UsageError
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.queue import Job, NewJob, Queue
from tidemill.storage.records import Database, Transaction
from tidemill.testing.records_conformance import PATIENCE_S, OpenStore

LEASE = timedelta(seconds=30)
LATER = LEASE + timedelta(seconds=1)
N_JOBS, N_WORKERS = 24, 4


class QueueConformance:
    """Tests of one store. Derive from it, and give it a fixture `open_store`: it opens the same store once more."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The clock of leases and back-off."""
        return ManualClock(datetime(2013, 3, 1, tzinfo=UTC))

    @pytest.fixture
    def database(self, open_store: OpenStore) -> Database:
        """The store."""
        return open_store()

    @pytest.fixture
    def queue(self, database: Database, clock: ManualClock) -> Queue:
        """Its queue."""
        return Queue(database, clock)

    def test_a_job_is_claimed_once_and_done_with_its_result(self, database: Database, queue: Queue) -> None:
        """The oldest that is due comes first."""
        ids = [_add(database, queue, unique_key=str(number)) for number in range(2)]
        first, second = _claim(queue, "w1"), _claim(queue, "w2")
        assert [first.id, second.id, queue.claim("w3", LEASE)] == [*ids, None]
        assert (first.payload, first.state, first.attempt, first.owner) == ({"of": 1}, "leased", 1, "w1")
        database.write(lambda tx: queue.finish(tx, first, {"run_id": "r"}))
        done = queue.get("default", ids[0])
        assert (done.state, done.result, queue.get("default", ids[1]).state) == ("done", {"run_id": "r"}, "leased")
        with pytest.raises(NotFoundError):
            queue.get("other", ids[0])

    def test_workers_at_once_never_take_the_same_job(
        self, database: Database, clock: ManualClock, open_store: OpenStore
    ) -> None:
        """From several threads and several openings."""
        queues = [Queue(database, clock), Queue(open_store(), clock)]
        ids = {_add(database, queues[0], unique_key=str(number)) for number in range(N_JOBS)}

        def work(number: int) -> list[str]:
            taken = []
            while (job := queues[number % 2].claim(f"w{number}", LEASE)) is not None:
                taken.append(job.id)
            return taken

        with ThreadPoolExecutor(N_WORKERS) as pool:
            found = [done.result(2 * PATIENCE_S) for done in [pool.submit(work, each) for each in range(N_WORKERS)]]
        # A worker may have found nothing for a moment, while another was taking the next.
        taken = [id_ for each in found for id_ in each]
        while (job := queues[0].claim("last", LEASE)) is not None:
            taken.append(job.id)
        assert sorted(taken) == sorted(ids)

    def test_a_unique_key_is_one_job_however_many_add_it_at_once(
        self, database: Database, queue: Queue, open_store: OpenStore
    ) -> None:
        """Within a project; another key is another job."""
        stores = [database, open_store()]
        with ThreadPoolExecutor(N_WORKERS) as pool:
            adding = [pool.submit(_add, stores[n % 2], queue, unique_key="2013-03-01") for n in range(2 * N_WORKERS)]
            same = {done.result(PATIENCE_S) for done in adding}
        other = _add(database, queue, unique_key="2013-03-02")
        assert len(same) == 1
        assert other not in same
        assert {_claim(queue).id, _claim(queue).id} == {*same, other}
        assert queue.claim("w", LEASE) is None

    def test_a_late_worker_can_write_nothing(self, database: Database, queue: Queue, clock: ManualClock) -> None:
        """The fence is checked in the transaction of the effect, which goes with it."""
        _add(database, queue)
        late = _claim(queue, "late")
        clock.advance(LATER)
        current = _claim(queue, "current")
        assert (current.id, current.attempt) == (late.id, 2)

        def settle(tx: Transaction, job: Job, effect: str) -> None:
            tx.emit("w", "default", Event("effect.done", effect))
            queue.finish(tx, job, {"effect": effect})

        with pytest.raises(ConflictError, match="no longer attempt 1"):
            database.write(lambda tx: settle(tx, late, "stale"))
        with pytest.raises(ConflictError, match="no longer attempt 1"):
            queue.heartbeat(late, LEASE)
        with pytest.raises(ConflictError, match="no longer attempt 1"):
            queue.fail(late, "no", retry=True)
        database.write(lambda tx: settle(tx, current, "fresh"))
        assert queue.get("default", current.id).result == {"effect": "fresh"}
        assert [e.subject for e in database.read(lambda tx: read_events(tx, "default", EventQuery()))] == ["fresh"]

    def test_a_late_worker_races_with_the_next_one(
        self, database: Database, clock: ManualClock, open_store: OpenStore
    ) -> None:
        """Whoever comes first, only one of the two effects is kept."""
        queues = [Queue(database, clock), Queue(open_store(), clock)]
        stores = [database, open_store()]

        def settle(number: int, job: Job) -> bool:
            def write(tx: Transaction) -> None:
                queues[number].finish(tx, job, {"by": number})
                tx.emit("w", "default", Event("effect.done", job.id))

            try:
                stores[number].write(write)
            except ConflictError:
                return False
            return True

        def take_and_settle() -> bool:
            job = queues[1].claim("next", LEASE)
            return job is not None and settle(1, job)

        for number in range(8):
            id_ = _add(database, queues[0], unique_key=str(number))
            late = _claim(queues[0], "late")
            clock.advance(LATER)
            with ThreadPoolExecutor(2) as pool:
                done = [pool.submit(settle, 0, late), pool.submit(take_and_settle)]
                kept = [each.result(PATIENCE_S) for each in done]
            assert sum(kept) == 1
            assert queues[0].get("default", id_).result == {"by": kept.index(True)}
        effects = database.read(lambda tx: read_events(tx, "default", EventQuery()))
        assert len({event.subject for event in effects}) == len(effects) == 8

    def test_a_heartbeat_keeps_the_lease(self, database: Database, queue: Queue, clock: ManualClock) -> None:
        """As often as it comes in time."""
        _add(database, queue)
        job = _claim(queue)
        for _ in range(4):
            clock.advance(LEASE - timedelta(seconds=1))
            queue.heartbeat(job, LEASE)
        assert queue.claim("other", LEASE) is None

    def test_failures_are_tried_again_later_and_given_up_with_their_reason(
        self, database: Database, queue: Queue, clock: ManualClock
    ) -> None:
        """Or at once, when they may not be tried again."""
        id_ = _add(database, queue, max_attempts=2)
        queue.fail(_claim(queue), "first", retry=True)
        assert queue.claim("w", LEASE) is None
        clock.advance(timedelta(minutes=1))
        queue.fail(_claim(queue), "second", retry=True)
        assert (queue.get("default", id_).state, queue.get("default", id_).error) == ("dead", "second")
        id_ = _add(database, queue)
        queue.fail(_claim(queue), "never again", retry=False)
        assert (queue.get("default", id_).state, queue.get("default", id_).error) == ("dead", "never again")

    def test_a_job_whose_workers_keep_dying_is_given_up(
        self, database: Database, queue: Queue, clock: ManualClock
    ) -> None:
        """After as many attempts as it has."""
        id_ = _add(database, queue, max_attempts=2)
        for _ in range(2):
            _claim(queue)
            clock.advance(LATER)
        assert queue.claim("w", LEASE) is None
        dead = queue.get("default", id_)
        assert (dead.state, dead.error) == ("dead", "its workers died before they ended it")

    def test_a_job_that_is_given_up_keeps_nobody_from_the_next(
        self, database: Database, queue: Queue, clock: ManualClock
    ) -> None:
        """Whoever claims gets the next that is due, not nothing."""
        _add(database, queue, max_attempts=1)
        _claim(queue)
        clock.advance(LATER)
        next_one = _add(database, queue)
        assert _claim(queue).id == next_one

    @pytest.mark.parametrize("reason", ["a \0 byte", "half a pair \ud800", "x" * 1_000_000])
    def test_a_reason_of_any_text_settles_the_job(self, database: Database, queue: Queue, reason: str) -> None:
        """A project's code may raise what no database holds; its job must not run again for that."""
        id_ = _add(database, queue)
        queue.fail(_claim(queue), reason, retry=False)
        job = queue.get("default", id_)
        assert (job.state, queue.claim("w", LEASE)) == ("dead", None)
        assert job.error is not None
        assert job.error[:2] == reason[:2]
        assert len(job.error) < 30_000

    def test_a_job_waits_ten_minutes_at_most_however_often_it_failed(
        self, database: Database, queue: Queue, clock: ManualClock
    ) -> None:
        """And can then still be given back."""
        _add(database, queue, max_attempts=100)
        for _ in range(70):
            queue.fail(_claim(queue), "again", retry=True)
            clock.advance(timedelta(minutes=10, seconds=1))

    def test_a_job_that_is_given_back_is_due_at_once_and_has_lost_no_attempt(
        self, database: Database, queue: Queue
    ) -> None:
        """Restarting a server five times must not give its jobs up; and who gave one back can write no more."""
        id_ = _add(database, queue, max_attempts=2)
        for _ in range(5):
            job = _claim(queue)
            queue.give_back(job, "its worker was stopped")
            with pytest.raises(ConflictError):
                queue.heartbeat(job, LEASE)
            with pytest.raises(ConflictError):
                queue.give_back(job, "again")
        queue.fail(_claim(queue), "first", retry=True)
        assert queue.get("default", id_).state == "queued"

    @pytest.mark.parametrize("max_attempts", [0, -1, 1001])
    def test_a_job_that_could_never_run_is_refused(self, database: Database, queue: Queue, max_attempts: int) -> None:
        """It would be given up with a reason that is not so."""
        with pytest.raises(UsageError, match="attempts"):
            _add(database, queue, max_attempts=max_attempts)

    def test_a_cancelled_job_stops_its_worker(self, database: Database, queue: Queue) -> None:
        """At its next heartbeat, and nothing it writes is kept; what has ended cannot be cancelled."""
        id_ = _add(database, queue)
        job = _claim(queue)
        database.write(lambda tx: queue.cancel(tx, "default", id_))
        with pytest.raises(ConflictError, match="cancelled"):
            queue.heartbeat(job, LEASE)
        with pytest.raises(ConflictError, match="cancelled"):
            database.write(lambda tx: queue.finish(tx, job, {}))
        with pytest.raises(ConflictError, match="is cancelled"):
            database.write(lambda tx: queue.cancel(tx, "default", id_))
        with pytest.raises(NotFoundError):
            database.write(lambda tx: queue.cancel(tx, "other", id_))


def _add(database: Database, queue: Queue, unique_key: str = "", max_attempts: int = 3) -> str:
    job = NewJob("pipeline_run", {"of": 1}, unique_key, max_attempts)
    return database.write(lambda tx: queue.enqueue(tx, "default", "ann", job))


def _claim(queue: Queue, owner: str = "w1") -> Job:
    job = queue.claim(owner, LEASE)
    assert job is not None
    return job
