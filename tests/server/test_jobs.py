"""Queueing runs over HTTP, and the worker that does them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import server
from tests.small_project import ANN, open_project, write_project
from tidemill.access import Caller, Role
from tidemill.core import ForbiddenError
from tidemill.server.loaded_code import LoadedCode
from tidemill.server.worker import Worker
from tidemill.storage.queue import NewJob
from tidemill.workspace import Workspace


@dataclass(frozen=True)
class Yard:
    """A fresh project that nothing has run in, behind a server."""

    workspace: Workspace
    client: httpx.Client

    def queue(self, **asked: Any) -> str:
        answer = self.client.post("/api/runs", json=asked)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def job(self, id_: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/jobs/{id_}").json()
        return found

    def work(self) -> bool:
        return Worker(self.workspace).work_once()


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    write_project(tmp_path)
    workspace, _ = open_project(tmp_path)
    with server(workspace, serving_port=1) as address, httpx.Client(base_url=address) as client:
        yield Yard(workspace, client)
    workspace.database.close()


def test_a_queued_run_is_done_and_released(yard: Yard) -> None:
    id_ = yard.queue(pipeline="lateness", params={"n_trees": 10})
    assert yard.job(id_)["state"] == "queued"
    assert yard.work()
    done = yard.job(id_)
    assert done["state"] == "done"
    (release,) = done["result"]["releases"]
    assert (release["endpoint"], release["passed"], release["version"], release["revision"]) == (
        "late",
        True,
        "late/1",
        1,
    )
    run = yard.client.get(f"/api/runs/{done['result']['run_id']}").json()
    assert run["run"]["status"] == "finished"
    assert run["params"] == {"n_trees": "10"}
    assert run["tags"]["job_id"] == id_
    assert {"bundle", "tidemill.environment"} <= run["tags"].keys()
    assert len(run["steps"]) == done["result"]["n_executed"] == 5
    assert not yard.work()


def test_the_second_run_of_the_same_executes_nothing(yard: Yard) -> None:
    yard.queue()
    yard.work()
    again = yard.queue()
    yard.work()
    assert yard.job(again)["result"]["n_executed"] == 0
    assert len(yard.client.get("/api/models/late").json()["versions"]) == 1


def test_a_run_that_is_not_to_be_released_is_not(yard: Yard) -> None:
    id_ = yard.queue(release=False)
    yard.work()
    assert "releases" not in yard.job(id_)["result"]
    assert yard.client.get("/api/models").json() == {"models": []}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"pipeline": "latenes"}, "There is no pipeline 'latenes'. Did you mean 'lateness'?"),
        ({"params": {"n_tree": 1}}, "pipeline 'lateness' has no param 'n_tree'. Did you mean 'n_trees'?"),
        ({"params": {"n_trees": "many"}}, "param 'n_trees' of pipeline 'lateness' is 'many'; it takes int"),
        ({"params": {"n_trees": -1}}, "step 'train' failed"),
    ],
)
def test_a_run_that_cannot_be_says_why(yard: Yard, asked: dict[str, Any], words: str) -> None:
    id_ = yard.queue(**asked)
    assert yard.work()
    dead = yard.job(id_)
    assert (dead["state"], dead["attempt"]) == ("dead", 1)
    assert words in dead["error"]
    assert "\n" not in dead["error"]


def test_one_key_is_one_job(yard: Yard) -> None:
    assert yard.queue(unique_key="monday") == yard.queue(unique_key="monday")
    assert yard.queue(unique_key="tuesday") != yard.queue(unique_key="monday")
    assert yard.client.post("/api/runs", json={"unique_key": "k" * 301}).status_code == 400


def test_an_editor_may_run_and_not_release(yard: Yard) -> None:
    secret = yard.workspace.tokens.create(ANN, "ed", Role.EDITOR)
    headers = {"Authorization": f"Bearer {secret}"}
    refused = yard.client.post("/api/runs", json={}, headers=headers)
    assert refused.status_code == 403
    assert '"release": false' in refused.json()["error"]["message"]
    answer = yard.client.post("/api/runs", json={"release": False}, headers=headers)
    yard.work()
    done = yard.job(answer.json()["job_id"])
    assert done["state"] == "done"
    run = yard.client.get(f"/api/runs/{done['result']['run_id']}").json()["run"]
    assert run["created_by"] == "ed"


def test_a_worker_does_no_more_than_its_caller_may(yard: Yard) -> None:
    payload = {"pipeline": "lateness", "release": True, "role": "editor"}
    job = NewJob("pipeline_run", payload)
    id_ = yard.workspace.database.write(lambda tx: yard.workspace.queue.enqueue(tx, "default", "ed", job))
    yard.work()
    assert "this needs deployer" in yard.job(id_)["error"]


@pytest.mark.parametrize("job", [NewJob("dance", {}), NewJob("pipeline_run", {"params": 7})])
def test_a_job_that_nobody_can_do_is_given_up(yard: Yard, job: NewJob) -> None:
    id_ = yard.workspace.database.write(lambda tx: yard.workspace.queue.enqueue(tx, "default", "ann", job))
    assert yard.work()
    assert yard.job(id_)["state"] == "dead"


def test_a_dead_job_is_listed_and_retried_by_whom_it_may(yard: Yard) -> None:
    queue, rooms = yard.workspace.queue, yard.workspace
    jobs = [NewJob("dance", {}), NewJob("pipeline_run", {"pipeline": "nothing", "tags": {"turn": "t"}})]
    dead, turn = rooms.database.write(lambda tx: [queue.enqueue(tx, "default", "ann", job) for job in jobs])
    release = yard.queue(pipeline="nothing")
    while yard.work():
        pass
    listed = yard.client.get("/api/jobs?state=dead").json()["jobs"]
    assert [job["id"] for job in listed] == [release, turn, dead]
    assert "no worker of this version knows" in listed[-1]["error"]
    assert yard.client.get("/api/jobs?state=ded").status_code == 400
    page = yard.client.get("/runs").text
    assert "no worker of this version knows" in page
    assert f"tidemill jobs {dead} --retry" in page
    assert yard.client.post(f"/api/jobs/{dead}/retry").json()["state"] == "queued"
    assert yard.client.post(f"/api/jobs/{dead}/retry").status_code == 409
    assert "begin another by retraining" in yard.client.post(f"/api/jobs/{turn}/retry").json()["error"]["message"]
    assert yard.client.post("/api/jobs/none/retry").status_code == 404
    with pytest.raises(ForbiddenError, match="retrying a run that releases"):
        rooms.jobs.retry(Caller("ed", "default", Role.EDITOR), release)
    assert rooms.jobs.retry(Caller("dee", "default", Role.DEPLOYER), release).state == "queued"
    events = yard.client.get("/api/audit?kind=job.retried").json()["events"]
    assert (events[0]["subject"], events[0]["actor"]) == (release, "dee")


def test_a_cancelled_job_is_not_begun(yard: Yard) -> None:
    id_ = yard.queue()
    assert yard.client.post(f"/api/jobs/{id_}/cancel").json()["state"] == "cancelled"
    assert not yard.work()
    again = yard.client.post(f"/api/jobs/{id_}/cancel")
    assert again.status_code == 409
    assert "only queued and leased jobs can be cancelled" in again.json()["error"]["message"]


def test_a_job_cancelled_while_it_runs_ends_after_its_step(yard: Yard) -> None:
    stopper = yard.workspace.folder / "stop.txt"
    module = yard.workspace.folder / "parcels.py"
    waiting = f"    while not pathlib.Path({str(stopper)!r}).exists(): time.sleep(0.01)\n    known = rows.labelled()"
    text = module.read_text().replace("    known = rows.labelled()", waiting)
    module.write_text(text.replace("import polars as pl", "import pathlib\nimport time\n\nimport polars as pl"))
    id_ = yard.queue()
    worker = threading.Thread(target=yard.work)
    worker.start()
    _wait_until(lambda: yard.job(id_)["state"] == "leased")
    _wait_until(lambda: bool(yard.client.get("/api/runs").json()["runs"]))
    assert yard.client.post(f"/api/jobs/{id_}/cancel").status_code == 200
    stopper.touch()
    worker.join(30)
    assert not worker.is_alive()
    assert yard.job(id_)["state"] == "cancelled"
    (run,) = yard.client.get("/api/runs").json()["runs"]
    assert run["status"] == "killed"
    assert yard.client.get("/api/models").json() == {"models": []}


def test_a_worker_that_is_stopped_gives_its_job_back(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(yard.workspace, timedelta(seconds=30))
    plan = yard.workspace.pipelines.plan

    def stopped(*given: Any, **named: Any) -> Any:
        found = plan(*given, **named)
        worker.stop()
        return found

    monkeypatch.setattr(yard.workspace.pipelines, "plan", stopped)
    id_ = yard.queue()
    assert worker.work_once()
    given_back = yard.job(id_)
    assert (given_back["state"], given_back["error"]) == ("queued", "its worker was stopped")
    assert worker.run() is False


def test_a_worker_that_loses_its_job_after_the_last_step_releases_nothing(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = yard.workspace.pipelines.run
    id_ = yard.queue()

    def cancelled(*given: Any, **named: Any) -> Any:
        done = run(*given, **named)
        assert yard.client.post(f"/api/jobs/{id_}/cancel").status_code == 200
        return done

    monkeypatch.setattr(yard.workspace.pipelines, "run", cancelled)
    assert yard.work()
    assert yard.job(id_)["state"] == "cancelled"
    assert yard.client.get("/api/models").json() == {"models": []}
    assert yard.client.get("/api/endpoints").json()["endpoints"] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    known = rows.labelled()\n", "    raise SystemExit(0)\n", "step 'train' called sys.exit(0)"),
        ("import polars as pl\n", "import polars as pl\nraise SystemExit(0)\n", "it calls sys.exit"),
        ("known.pandas(), known.y)\n", "known.pandas(), known.y), raise_()\n", "NameError"),
    ],
)
def test_user_code_that_exits_ends_its_job_and_not_the_worker(yard: Yard, old: str, new: str, words: str) -> None:
    module = yard.workspace.folder / "parcels.py"
    assert old in module.read_text()
    module.write_text(module.read_text().replace(old, new))
    id_ = yard.queue()
    assert yard.work()
    dead = yard.job(id_)
    assert (dead["state"], dead["attempt"]) == ("dead", 1)
    assert words in dead["error"]
    assert [run["status"] for run in yard.client.get("/api/runs").json()["runs"]] in ([], ["failed"])


def test_the_job_of_a_killed_worker_is_taken_at_once_and_its_run_marked(yard: Yard) -> None:
    module = yard.workspace.folder / "parcels.py"
    text = module.read_text()
    module.write_text(text.replace("    known = rows.labelled()\n", "    import os\n\n    os._exit(9)\n"))
    id_ = yard.queue()
    command = [sys.executable, "-m", "tidemill.server.worker", "--folder", str(yard.workspace.folder)]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 9
    (run,) = yard.client.get("/api/runs").json()["runs"]
    assert (run["status"], yard.job(id_)["state"]) == ("running", "leased")
    module.write_text(text)
    assert yard.work()
    job = yard.job(id_)
    assert (job["state"], job["attempt"]) == ("done", 2)
    again, killed = yard.client.get("/api/runs").json()["runs"]
    assert (again["status"], killed["status"], killed["error"]) == ("finished", "killed", "its process ended")


_IMPATIENT = """
import sys
from datetime import timedelta
from pathlib import Path
from tests.small_project import open_project
from tidemill.server.worker import Worker
workspace, _ = open_project(Path(sys.argv[1]))
Worker(workspace, timedelta(seconds=3), timedelta(seconds=0.5)).run()
"""


def test_a_step_that_hangs_after_its_job_was_cancelled_ends_its_worker(yard: Yard) -> None:
    module = yard.workspace.folder / "parcels.py"
    begun = yard.workspace.folder / "begun.txt"
    hanging = f"    open({str(begun)!r}, 'w').close()\n    time.sleep(600)\n    known = rows.labelled()\n"
    text = module.read_text().replace("    known = rows.labelled()\n", hanging)
    module.write_text(text.replace("import polars as pl", "import time\n\nimport polars as pl"))
    id_ = yard.queue()
    command = [sys.executable, "-c", _IMPATIENT, str(yard.workspace.folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as worker:
        try:
            _wait_until(begun.exists)
            assert yard.client.post(f"/api/jobs/{id_}/cancel").status_code == 200
            _, said = worker.communicate(timeout=30)
        finally:
            worker.kill()
    assert worker.returncode == 3
    assert said.splitlines()[-1].startswith("tidemill worker: ending, since the step in hand does not: ")
    other = yard.queue(pipeline="nothing")
    assert yard.work()
    assert (yard.job(id_)["state"], yard.job(other)["state"]) == ("cancelled", "dead")
    (run,) = yard.client.get("/api/runs").json()["runs"]
    assert (run["status"], run["error"]) == ("killed", "its process ended")


def test_a_worker_sees_that_its_code_has_changed(yard: Yard) -> None:
    module = yard.workspace.folder / "parcels.py"
    worker = Worker(yard.workspace)
    yard.queue(release=False)
    worker.work_once()
    code = LoadedCode(yard.workspace.folder)
    code.note()
    assert not code.changed()
    os.utime(module, ns=(0, 0))
    assert code.changed()
    assert worker.run() is True


def _wait_until(holds: Any) -> None:
    end = threading.Event()
    for _ in range(1500):
        if holds():
            return
        end.wait(0.02)
    raise AssertionError("it did not happen within 30 s")
