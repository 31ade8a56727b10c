"""Batches of journals in the store: each once, in order, whoever sends them how often; runs that fall silent."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from tests.recording.stored import ANN, Stored
from tidemill.core import Clock, ConflictError, NotFoundError, UsageError, new_id
from tidemill.tracking import Beginning, Ending, JournalBatch, Journals, MetricPoint

BEGUN = Beginning("trees", "first", 1_000)


class SetClock(Clock):
    """A clock that stands where it is set."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


def batch(start: int, end: int, **more: object) -> JournalBatch:
    points = [MetricPoint("loss", float(at), at, at) for at in range(start, end)]
    return JournalBatch("j", start, end, points, {"last": str(end)}, **more)  # type: ignore[arg-type]


def test_batches_that_are_cut_and_sent_anew_are_stored_once_and_in_order(stored: Stored) -> None:
    journals, run_id, chance = Journals(stored.store.database), new_id(), random.Random(5)
    known = 0
    while known < 500:
        start = chance.choice([known, known, max(0, known - chance.randrange(40)), known + chance.randrange(1, 9)])
        end = start + chance.randrange(1, 30)
        reached = journals.apply(ANN, run_id, batch(start, end, begin=BEGUN))
        assert reached == (end if start == known else known)
        known = reached
    assert [point.step for point in stored.points(run_id, "loss")] == list(range(known))
    assert stored.run(run_id).params == {"last": str(known)}
    assert journals.position(ANN, run_id, "j") == known


def test_a_run_is_closed_when_it_is_not_heard_of_and_goes_on_when_it_is(stored: Stored) -> None:
    clock = SetClock(datetime.now(UTC) - timedelta(seconds=44))
    journals, run_id = Journals(stored.store.database, clock), new_id()
    journals.apply(ANN, run_id, batch(0, 1, begin=BEGUN))
    assert stored.tracking.settle_dead_runs() == []
    clock.instant -= timedelta(seconds=2)
    assert journals.hear(ANN, run_id) == "running"
    assert stored.tracking.settle_dead_runs() == [run_id]
    assert (stored.run(run_id).run.status, stored.run(run_id).run.error) == ("killed", "its machine was not heard of")
    clock.instant = datetime.now(UTC)
    journals.apply(ANN, run_id, batch(1, 2))
    assert stored.run(run_id).run.status == "running"
    assert stored.tracking.settle_dead_runs() == []
    journals.apply(ANN, run_id, batch(2, 3, finish=Ending("failed", 9_000, "ValueError: no")))
    ended = stored.run(run_id).run
    assert (ended.status, ended.error, ended.ended_at) == ("failed", "ValueError: no", "1970-01-01T00:00:09.000000Z")
    # What comes later is kept, and changes nothing of how it ended.
    journals.apply(ANN, run_id, batch(3, 4, finish=Ending("finished", 10_000)))
    assert journals.hear(ANN, run_id) == "failed"
    assert len(stored.points(run_id, "loss")) == 4
    assert stored.run(run_id).run.status == "failed"


def test_what_cannot_be_stored_is_refused_and_nothing_of_it_is_kept(stored: Stored) -> None:
    journals, run_id = Journals(stored.store.database), new_id()
    with pytest.raises(NotFoundError):
        journals.apply(ANN, run_id, batch(0, 1))
    wrong = (
        JournalBatch("j", 0, 1, [MetricPoint("k" * 251, 1.0, 0)], begin=BEGUN),
        JournalBatch("j", 0, 1, [MetricPoint("k", 1.0, 2**63)], begin=BEGUN),
        JournalBatch("j", 0, 1, [MetricPoint("k", 1.0, 0)] * 5001, begin=BEGUN),
        JournalBatch("j", 0, 1, params={"": "x"}, begin=BEGUN),
        JournalBatch("j", 1, 1, begin=BEGUN),
        JournalBatch("j", 0, 2**60, begin=BEGUN),
        JournalBatch("", 0, 1, begin=BEGUN),
        JournalBatch("j", 0, 1, begin=Beginning("", "x", 0)),
        JournalBatch("j", 0, 1, begin=Beginning("x", "", 0)),
        JournalBatch("j", 0, 1, begin=BEGUN, finish=Ending("done", 0)),
    )
    for each in wrong:
        with pytest.raises(UsageError):
            journals.apply(ANN, run_id, each)
    with pytest.raises(UsageError):
        journals.apply(ANN, "../x", batch(0, 1, begin=BEGUN))
    with pytest.raises(NotFoundError):
        stored.run(run_id)
    assert journals.begin(ANN, run_id, BEGUN) == journals.begin(ANN, run_id, BEGUN)
    assert journals.finish(ANN, run_id, Ending("killed", 5)).status == "killed"


def test_a_deleted_run_takes_no_more(stored: Stored) -> None:
    journals, run_id = Journals(stored.store.database), new_id()
    journals.begin(ANN, run_id, BEGUN)
    stored.delete_run(run_id)
    with pytest.raises(ConflictError, match="was deleted"):
        journals.apply(ANN, run_id, batch(0, 1))
