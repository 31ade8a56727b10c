"""The loop over HTTP and on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from tests.cli.test_commands import tidemill
from tests.server.running import server
from tests.small_project import ANN, open_project, release, write_project
from tidemill.access import Role
from tidemill.server.scheduler import Scheduler
from tidemill.server.worker import Worker

RETRAIN = 'monitors=[tm.drift()], retrain=[tm.on_drift(), tm.every("28d")], description='


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    write_project(folder)
    module = folder / "parcels.py"
    module.write_text(module.read_text().replace("description=", RETRAIN))
    release(folder)[0].database.close()
    return folder


@pytest.fixture
def folder(released: Path, tmp_path: Path) -> Path:
    shutil.copytree(released, tmp_path / "doors")
    return tmp_path / "doors"


def test_a_turn_over_http(folder: Path) -> None:
    workspace, _ = open_project(folder)
    with server(workspace, serving_port=1) as address, httpx.Client(base_url=address) as client:
        assert client.get("/api/loop").json() == {"endpoints": []}
        assert Scheduler(workspace).pass_once()
        (progress,) = client.get("/api/loop").json()["endpoints"]
        assert (progress["endpoint"], progress["n_open"], progress["said"]) == ("late", 0, "")
        assert progress["next_due_at"] is not None

        begun = client.post("/api/endpoints/late/retrain")
        assert begun.status_code == 202
        turn = begun.json()
        assert client.get("/api/loop").json()["endpoints"][0]["n_open"] == 1
        again = client.post("/api/endpoints/late/retrain")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
        assert Worker(workspace).work_once()
        assert Scheduler(workspace).pass_once()
        (settled,) = client.get("/api/endpoints/late/turns").json()["turns"]
        assert settled == client.get(f"/api/turns/{turn['id']}").json()
        assert (settled["state"], settled["after"], settled["trigger"]) == ("unchanged", "late/1", "hand")

        assert client.get("/api/turns/nothing").status_code == 404
        assert client.get("/api/endpoints/lat/turns").status_code == 404
        assert client.post("/api/endpoints/lat/retrain").status_code == 404
        editor = {"Authorization": f"Bearer {workspace.tokens.create(ANN, 'ed', Role.EDITOR)}"}
        assert client.post("/api/endpoints/late/retrain", headers=editor).status_code == 403
    workspace.database.close()


def test_a_turn_on_the_command_line(folder: Path) -> None:
    nothing = tidemill(folder, "loop")
    assert nothing.returncode == 0
    assert "nothing is watched yet" in nothing.stdout
    begun = tidemill(folder, "retrain", "late")
    assert begun.returncode == 0, begun.stderr
    assert "of late begun; the worker of 'tidemill up' runs it" in begun.stdout
    again = tidemill(folder, "retrain", "late")
    assert again.returncode == 1
    assert "is running" in again.stderr
    workspace, _ = open_project(folder)
    assert Worker(workspace).work_once()
    assert Scheduler(workspace).pass_once()
    workspace.database.close()
    shown = tidemill(folder, "loop", "late").stdout
    assert "on drift, every 28d" in shown
    assert "unchanged" in shown
    assert "what there is to learn from gave late/1 again" in shown
    assert "late" in tidemill(folder, "loop").stdout
    assert "next due" in shown
    told = json.loads(tidemill(folder, "loop", "late", "--json").stdout)
    assert told["turns"][0]["trigger"] == "hand"
    assert told["declared"]["retrain"] == ["on drift", "every 28d"]
    wrong = tidemill(folder, "loop", "lat")
    assert wrong.returncode == 1
    assert "Did you mean 'late'" in wrong.stderr


def test_a_turn_whose_endpoint_is_renamed_ends_and_its_loop_says_so(folder: Path) -> None:
    workspace, _ = open_project(folder)
    assert Scheduler(workspace).pass_once()
    assert tidemill(folder, "retrain", "late").returncode == 0
    module = folder / "parcels.py"
    module.write_text(module.read_text().replace('tm.endpoint("late"', 'tm.endpoint("tardy"'))
    assert Worker(workspace).work_once()
    assert Scheduler(workspace).pass_once()
    (turn,) = workspace.loop.turns(ANN, "late")
    assert (turn.state, turn.outcome) == ("failed", "its run offered no candidate to this endpoint")
    workspace.database.close()
    shown = tidemill(folder, "loop", "late").stdout
    assert "no longer declared in the project" in shown
    assert "next due" not in shown
    assert "no longer declared in the project" in tidemill(folder, "loop").stdout
