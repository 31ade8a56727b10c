"""The same in PostgreSQL, where writers are not serial: two that send one journal at once do not store it twice."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from pathlib import Path

from tests.postgres import postgres, postgres_url
from tests.recording.stored import ANN
from tidemill.core import SystemClock, UnavailableError, new_id
from tidemill.storage.schema import open_database
from tidemill.tracking import Beginning, Ending, JournalBatch, Journals, MetricPoint, Tracking

__all__ = ["postgres", "postgres_url"]
N_BATCHES = 20


def test_two_senders_of_one_journal_store_it_once(postgres_url: str, tmp_path: Path) -> None:
    database = open_database(postgres_url, SystemClock(), tmp_path)
    run_id = new_id()

    def send(seed: int) -> None:
        journals, position, chance = Journals(database), 0, random.Random(seed)
        while position < N_BATCHES:
            end = min(N_BATCHES, position + chance.randrange(1, 4))
            points = [MetricPoint("loss", float("nan") if at % 3 else at, at, at) for at in range(position, end)]
            finish = Ending("finished", 9) if end == N_BATCHES else None
            batch = JournalBatch("j", position, end, points, begin=Beginning("pg", "x", 5), finish=finish)
            with suppress(UnavailableError):
                position = journals.apply(ANN, run_id, batch)

    senders = [threading.Thread(target=send, args=(seed,)) for seed in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    tracking = Tracking(database)
    assert [point.step for point in tracking.metric_history(ANN, run_id, "loss")] == list(range(N_BATCHES))
    assert tracking.get_run(ANN, run_id).run.status == "finished"
    assert tracking.settle_dead_runs() == []
    database.close()
