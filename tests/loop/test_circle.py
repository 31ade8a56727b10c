"""The whole circle, on a clock that is moved: requests, labels, windows, a turn, and the better version serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.loop.world import DAY, FIRST, HEAVIER, World, release_first, write_watched_project
from tests.serving_process import serving
from tests.small_project import ANN, open_project
from tidemill.client import Client
from tidemill.core import StoredClock
from tidemill.deployment import Endpoint
from tidemill.loop import Progress, Turn
from tidemill.server.worker import Worker
from tidemill.storage.events import EventQuery
from tidemill.workspace import Workspace


@dataclass
class Mill:
    """A store with its data plane; each day is lived in order."""

    workspace: Workspace
    clock: StoredClock
    client: Client
    world: World
    endpoint: Endpoint

    def live(self, day: datetime) -> None:
        """Live a day: yesterday's outcomes come at midnight, then the day's requests."""
        self.clock.set(day)
        before = day - DAY
        if before in self.world.ids:
            self.world.write_file(before)
        if before - DAY in self.world.ids:
            self.label(before - DAY)
        self.clock.set(day + DAY - timedelta(minutes=20))
        self.world.ask(self.client, day)

    def label(self, day: datetime) -> None:
        recorded = self.workspace.feedback.record(ANN, self.world.labels(day))
        assert recorded.n_accepted == len(self.world.ids[day])

    def turn(self) -> Progress:
        return self.workspace.loop.turn(ANN, self.endpoint)

    def turns(self) -> list[Turn]:
        return self.workspace.loop.turns(ANN, "late")

    def live_until(self, day: datetime, last: datetime) -> datetime:
        """Live days until a turn is running, or the last; return the day after."""
        while day <= last:
            self.live(day)
            day += DAY
            if self.turn().n_open:
                break
        return day


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("circle")
    write_watched_project(folder)
    clock = StoredClock(folder / "clock")
    clock.set(FIRST)
    release_first(folder, clock).database.close()
    return folder


@pytest.fixture(scope="module")
def mill(home: Path) -> Iterator[Mill]:
    clock = StoredClock(home / "clock")
    workspace, project = open_project(home, clock)
    with serving(home / ".tidemill", "late", clock=clock.path) as address, Client(address) as client:
        yield Mill(workspace, clock, client, World(home), project.endpoints["late"])
    workspace.database.close()


def test_the_loop_turns(mill: Mill) -> None:
    day = mill.live_until(FIRST, HEAVIER - DAY)
    assert day == HEAVIER, f"nothing is to be done while the world is as it was: {mill.turns()}"
    assert mill.turns() == []
    assert mill.turn().next_due_at is not None

    day = mill.live_until(HEAVIER, HEAVIER + 14 * DAY)
    (turn,) = mill.turns()
    assert (turn.trigger, turn.due_at, turn.before, turn.state) == ("drift", HEAVIER + 7 * DAY, "late/1", "running")
    assert "weight" in turn.reason
    assert mill.turn().n_open == 1, "one turn at a time"

    assert Worker(mill.workspace).work_once()
    assert mill.turn().n_open == 0
    (turn,) = mill.turns()
    assert (turn.state, turn.after) == ("promoted", "late/2"), turn.outcome
    assert turn.seconds
    assert turn.run_id
    assert turn.verdict_id
    run = mill.workspace.tracking.get_run(ANN, turn.run_id)
    assert run.tags["turn"] == turn.id
    assert mill.workspace.deployments.list_revisions(ANN, "late")[0].reference == "late/2"
    kinds = [each.kind for each in mill.workspace.audit.list(ANN, EventQuery(limit=1000))]
    assert kinds.count("turn.fired") == kinds.count("turn.settled") == 1

    mill.live_until(day, day + 20 * DAY)
    windows = mill.workspace.monitoring.windows(ANN, "late", "performance", 10)
    assert [each.verdict for each in windows[:1]] == ["measured"]
    later = [each for each in mill.turns() if each.id != turn.id]
    assert all(each.before == "late/2" for each in later)


def test_a_pass_with_nothing_to_do_is_cheap_and_writes_nothing(mill: Mill) -> None:
    before = mill.turn()
    assert mill.turn() == before
