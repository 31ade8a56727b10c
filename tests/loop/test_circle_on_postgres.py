"""The whole circle with its records in PostgreSQL: asked, labelled, watched, retrained, promoted, verified."""

from __future__ import annotations

from pathlib import Path

from tests.loop.test_circle import Mill
from tests.loop.world import DAY, FIRST, HEAVIER, World, release_first, write_watched_project
from tests.postgres import postgres, postgres_url
from tests.serving_process import serving
from tests.small_project import ANN, open_project
from tidemill.client import Client
from tidemill.core import StoredClock
from tidemill.server.worker import Worker
from tidemill.storage.events import EventQuery

__all__ = ["postgres", "postgres_url"]


def test_the_loop_turns_on_records_in_postgresql(tmp_path: Path, postgres_url: str) -> None:
    write_watched_project(tmp_path)
    with (tmp_path / "tidemill.toml").open("a") as settings:
        settings.write(f'records = "{postgres_url}"\n')
    clock = StoredClock(tmp_path / "clock")
    clock.set(FIRST)
    release_first(tmp_path, clock).database.close()
    workspace, project = open_project(tmp_path, clock)
    with serving(workspace.home, "late", clock=clock.path) as address, Client(address) as client:
        mill = Mill(workspace, clock, client, World(tmp_path), project.endpoints["late"])
        mill.live_until(HEAVIER - 3 * DAY, HEAVIER + 14 * DAY)
        (turn,) = mill.turns()
        assert (turn.trigger, turn.state) == ("drift", "running")
        assert Worker(workspace).work_once()
        assert mill.turn().n_open == 0
    (turn,) = mill.turns()
    assert (turn.state, turn.after) == ("promoted", "late/2"), turn.outcome
    assert [each.reference for each in workspace.deployments.list_revisions(ANN, "late")] == ["late/2", "late/1"]
    kinds = [each.kind for each in workspace.audit.list(ANN, EventQuery(limit=1000))]
    assert kinds.count("turn.fired") == kinds.count("turn.settled") == 1
    report = workspace.audit.verify(ANN)
    assert (report.sound, report.n_entries) == (True, len(kinds))
    assert workspace.audit.head(ANN).position == len(kinds)
    assert not list(workspace.home.glob("records.db*"))
    workspace.database.close()
