"""Many kills: what was acknowledged is there afterwards. Minutes, so run by `make test-long`."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.running import eventually, up
from tests.small_project import ANN, release, write_project
from tidemill.client import Client
from tidemill.core import SystemClock, TidemillError
from tidemill.governance import Predictions
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.schema import open_database

ROW = {"depot": "A", "weight": 1.0, "sent_at": None}
_WRITER = """
import sys
from pathlib import Path
from tidemill.core import Event, SystemClock
from tidemill.storage.schema import open_database
database = open_database(Path(sys.argv[1]), SystemClock())
number = 0
while True:
    subject = f"{sys.argv[2]}-{number}"
    database.write(lambda tx: tx.emit("writer", "default", Event("thing.done", subject)))
    print(subject, flush=True)
    number += 1
"""


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_hundred_kills_of_a_writer_lose_no_acknowledged_write(tmp_path: Path) -> None:
    seed = int(os.environ.get("TIDEMILL_SEED", "2013"))
    chance = random.Random(seed)
    path = tmp_path / "records.db"
    acknowledged: set[str] = set()
    for kill in range(100):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), str(kill)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(chance.randint(1, 40)):
            acknowledged.add(process.stdout.readline().strip())
        process.kill()
        acknowledged |= {line for line in process.stdout.read().splitlines() if "-" in line}
        process.wait()
        process.stdout.close()
    database = open_database(path, SystemClock())
    stored = {event.subject for event in database.read(lambda tx: read_events(tx, "default", EventQuery(limit=10**6)))}
    assert acknowledged <= stored, f"lost with seed {seed}: {sorted(acknowledged - stored)[:5]}"
    assert len(stored - acknowledged) <= 100


@pytest.mark.long
@pytest.mark.timeout(600)
def test_thirty_kills_under_load_lose_no_answered_prediction(tmp_path: Path) -> None:
    seed = int(os.environ.get("TIDEMILL_SEED", "2013"))
    chance = random.Random(seed)
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    answered: list[str] = []
    stop = threading.Event()

    def ask(address: str) -> None:
        with Client(address, timeout_s=5) as client:
            while not stop.is_set():
                try:
                    answered.append(client.predict("late", [ROW])[0].prediction_id)
                except TidemillError:
                    stop.wait(0.05)

    with up(tmp_path) as running:
        address = f"http://127.0.0.1:{running.port + 1}"
        threads = [threading.Thread(target=ask, args=(address,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(30):
            before = len(answered)
            eventually(lambda before=before: len(answered) > before + 20, "answers")  # type: ignore[misc]
            stop.wait(chance.uniform(0, 0.3))
            subprocess.run(["pkill", "-KILL", "-f", f"tidemill.serving --home {workspace.home}"], check=False)
        stop.set()
        for thread in threads:
            thread.join()
        running.stop(signal.SIGTERM)
    log = Predictions(workspace.home / "predictions")
    stored = {each.prediction_id for each in log.recent(ANN, "late", 10**7)}
    assert set(answered) <= stored, f"lost with seed {seed}: {len(set(answered) - stored)} of {len(answered)}"
