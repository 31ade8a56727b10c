"""R2: a promotion takes place exactly once, on the very bytes the gate saw, whoever races and dies on the way."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.registry.requests import ANN, govern, register
from tidemill.core import SystemClock
from tidemill.evaluation import at_least
from tidemill.registry import PolicyInForce, Registry
from tidemill.registry._tables import request_table
from tidemill.storage.blob_urls import open_blobs
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.schema import open_database

POLICY = PolicyInForce("late", "champion", "late", ("champion",), True, (at_least("auc", 0.6),))
SEED = int(os.environ.get("TIDEMILL_SEED", "2013"))


@dataclass
class Actor:
    """One of those who race: it dies, and goes on with what it died over."""

    home: Path
    seed: int
    count: int
    kills: int
    asked: dict[str, int] = field(default_factory=dict)
    n_kills: int = 0
    trouble: str = ""

    def run(self) -> None:
        chance = random.Random(self.seed)
        left = self.count
        over: list[str] = []
        for life in range(self.kills + 1):
            dies_at = chance.randint(4, 24) if life < self.kills else 0
            said, left, over = self._live(self.seed * 1000 + life, left, dies_at, over)
            if self.trouble or not left:
                return
        self.trouble = self.trouble or f"{left} were not asked for: {said[-300:]}"

    def _live(self, seed: int, left: int, dies_at: int, over: list[str]) -> tuple[str, int, list[str]]:
        given = [str(self.home), str(seed), str(left), str(dies_at), *over]
        command = [sys.executable, "-m", "tests.registry.racing", *given]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line.split() for line in done.stdout.splitlines()]
        finished = {line[1] for line in lines if line[0] == "done" and len(line) == 3}
        for line in lines:
            if line[0] == "asks" and len(line) == 3:
                self.asked[line[1]] = int(line[2])
        if done.returncode not in {0, -9}:
            self.trouble = done.stderr[-2000:]
        self.n_kills += done.returncode == -9
        open_ = [line[1:] for line in lines if line[0] == "asks" and len(line) == 3 and line[1] not in finished]
        return done.stdout, left - len(finished), open_[-1] if open_ else over


def race(home: Path, n_actors: int, n_each: int, kills: int) -> int:
    """Let actors race, check the history, and return how many promotions took place."""
    database = open_database(home / "records.db", SystemClock())
    registry = Registry(database, open_blobs(str(home / "blobs"), home / "cache", home=home))
    versions = {each.version: each for each in register(registry, registry._blobs, 5)}
    govern(database, POLICY)
    actors = [Actor(home, SEED + number, n_each, kills) for number in range(n_actors)]
    threads = [threading.Thread(target=actor.run) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [actor.trouble for actor in actors] == [""] * n_actors, f"seed {SEED}"
    asked = {id_: number for actor in actors for id_, number in actor.asked.items()}
    assert sum(actor.n_kills for actor in actors) >= (n_actors if kills else 0)
    assert len(asked) == n_actors * n_each

    rows = database.read(lambda tx: tx.rows(sa.select(request_table)))
    requests = {row["id"]: row for row in rows}
    assert requests.keys() == asked.keys(), "every request is there once, and none beside"
    assert {row["state"] for row in rows} == {"approved"}
    events = database.read(
        lambda tx: read_events(tx, "default", EventQuery(10**6, kind_prefix="model_version.promoted"))
    )
    events.sort(key=lambda event: event.sequence)
    standing = 0
    for event in events:  # one champion at every moment: each takes the place of the one before
        assert (event.data["previous"] or 0) == standing
        standing = int(event.subject.rpartition("/")[2])
        request = requests[event.data["request_id"]]
        assert event.data["package_digest"] == versions[standing].package_digest == request["package_digest"]
        verdict = registry.get_verdict(ANN, event.data["verdict_id"])
        assert verdict.passed
        assert verdict.package_digest == event.data["package_digest"], "the gate saw these bytes"
        assert asked[request["id"]] == standing
    moved = [event.data["request_id"] for event in events]
    assert len(moved) == len(set(moved)), "one entry each"
    still = [row for row in rows if row["id"] not in set(moved)]
    assert all(row["against"]["champion"] == row["version"] for row in still), "only what stood there moved nothing"
    assert registry.get(ANN, "late@champion").version == standing
    database.close()
    return len(events)


def test_promotions_that_race_and_die_take_place_once(tmp_path: Path) -> None:
    assert race(tmp_path, n_actors=3, n_each=12, kills=1) > 10


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_eight_actors_and_two_thousand_promotions(tmp_path: Path) -> None:
    assert race(tmp_path, n_actors=8, n_each=250, kills=25) > 1000
