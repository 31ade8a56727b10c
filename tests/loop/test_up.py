"""The loop under `tidemill up`: the world is outside, all that watches and retrains is the real processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.cli.running import Up, eventually, up
from tests.loop.world import DAY, HEAVIER, World, release_first, write_watched_project
from tests.small_project import ANN, open_project
from tidemill.client import Client
from tidemill.core import StoredClock, UnavailableError, from_iso, iso

T = TypeVar("T")
WITHIN_S = 60.0
#: Two weeks before the world changes, so that one whole window is as the first model knows it.
BEGIN = HEAVIER - 7 * DAY
LAST = HEAVIER + 15 * DAY


class Outside:
    """The world beside a running Tidemill: it asks, sends labels, writes files, and moves the clock."""

    def __init__(self, folder: Path, running: Up) -> None:
        self.world = World(folder)
        self.clock = StoredClock(folder / "clock")
        self.running = running
        self.server = Client(running.ready["pages"])
        self.data_plane = Client(f"http://127.0.0.1:{running.port + 1}")
        self.to_kill: list[str] = []

    def close(self) -> None:
        """Close the connections."""
        self.server.close()
        self.data_plane.close()

    def live(self, day: datetime) -> None:
        """Live a day, and wait until the loop has seen it and no turn is under way."""
        self.clock.set(day)
        if day - DAY in self.world.ids:
            self.world.write_file(day - DAY)
        if day - 2 * DAY in self.world.ids:
            labels = [
                {"prediction_id": each.prediction_id, "label": each.label, "event_at": iso(each.event_at or day)}
                for each in self.world.labels(day - 2 * DAY)
            ]
            answer = patiently(lambda: self.server.post("/api/labels", {"labels": labels}))
            assert answer["n_accepted"] + answer["n_repeated"] == len(labels), answer
        self.clock.set(day + DAY - timedelta(minutes=20))
        patiently(lambda: self.world.ask(self.data_plane, day))
        self.clock.set(day + DAY - timedelta(minutes=10))
        self.wait()

    def wait(self) -> dict[str, Any]:
        """Return the loop's progress once it has come to the clock's instant with no turn running."""
        now, deadline = self.clock.now(), time.monotonic() + WITHIN_S
        while True:
            found = patiently(lambda: self.server.get("/api/loop"))["endpoints"]
            if found and from_iso(found[0]["reached_at"]) >= now and not found[0]["n_open"]:
                return dict(found[0])
            if found and found[0]["n_open"]:
                self.kill("worker")  # in the middle of its turn
            assert time.monotonic() < deadline, found
            time.sleep(0.01)

    def kill(self, name: str) -> None:
        """Kill a child as it was at the start, unless that is done or not wanted."""
        if name in self.to_kill:
            self.to_kill.remove(name)
            self.running.kill(name)

    def serves(self) -> str:
        """Return the version that the data plane answers with."""
        found = patiently(lambda: self.data_plane.get("/endpoints"))["endpoints"]
        return str(found[0]["model"]) if found else ""

    def turns(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = patiently(lambda: self.server.get("/api/endpoints/late/turns"))["turns"]
        return list(reversed(found))


def patiently(ask: Callable[[], T]) -> T:
    """Ask again while nobody answers: a process may be being started again."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        try:
            return ask()
        except UnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def begin(folder: Path) -> None:
    """Write the project and release its first version, on the replay's clock."""
    write_watched_project(folder)
    clock = StoredClock(folder / "clock")
    clock.set(BEGIN)
    release_first(folder, clock).database.close()
    (folder / "tidemill.toml").write_text('module = "parcels.py"\nclock = "clock"\n')


def history(folder: Path) -> list[tuple[str, str, str]]:
    """Return what fired, what came of it, and what served after."""
    workspace, _ = open_project(folder)
    turns = workspace.loop.turns(ANN, "late")
    workspace.database.close()
    return [(iso(turn.due_at), turn.state, turn.after) for turn in reversed(turns)]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_it_turns_by_itself_when_everything_is_killed(tmp_path: Path) -> None:
    stormy = tmp_path / "stormy"
    _turn(stormy, kill=True)
    assert history(stormy)[0][1:] == ("promoted", "late/2")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_it_turns_as_it_does_when_nothing_is_killed(tmp_path: Path) -> None:
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    _turn(calm, kill=False)
    _turn(stormy, kill=True)
    assert history(calm) == history(stormy)


def _turn(folder: Path, *, kill: bool) -> None:
    folder.mkdir()
    begin(folder)
    with up(folder) as running, closing(Outside(folder, running)) as outside:
        eventually(lambda: outside.serves() == "late/1", "the first version")
        outside.to_kill = ["scheduler", "worker", "server", "serving"] if kill else []
        day, due = BEGIN, {BEGIN + 3 * DAY: "server", BEGIN + 5 * DAY: "serving", HEAVIER + 7 * DAY: "scheduler"}
        while day <= LAST:
            outside.kill(due.get(day, ""))
            outside.live(day)
            day += DAY
        first = outside.turns()[0]
        assert (first["state"], first["before"], first["after"]) == ("promoted", "late/1", "late/2"), first
        eventually(lambda: outside.serves() == outside.turns()[-1]["after"], "the champion")
        assert not outside.to_kill, "everything was killed that should have been"
        predicted = sum(len(ids) for ids in outside.world.ids.values())
    workspace, _ = open_project(folder)
    workspace.logged.catch_up("default", "late")
    frame = workspace.logged.frame("default", "late", BEGIN, LAST + 2 * DAY)
    assert frame.height == predicted == frame["prediction_id"].n_unique()
    assert {id_ for ids in outside.world.ids.values() for id_ in ids} == set(frame["prediction_id"])
    workspace.database.close()
