"""Pipelines, plans, runs as pictures, steps and elements, as the server shows them of a real store."""

from __future__ import annotations

import re
from typing import Any

import httpx
import sqlalchemy as sa

from tests.server.conftest import House
from tests.small_project import ANN
from tidemill.pipelines import GraphNode
from tidemill.pipelines._tables import run_graph_table, step_element_table, step_run_table
from tidemill.tracking import NewRun

ELEMENTS = 10_000


def twin(house: House, path: str) -> dict[str, Any]:
    found = httpx.get(f"{house.local}{path}")
    assert found.status_code == 200, found.text
    told: dict[str, Any] = found.json()
    return told


def newest_of_pipeline(house: House) -> str:
    return house.workspace.tracking.list_runs(ANN, "lateness")[0].id


def going_run(house: House, name: str) -> str:
    """Begin a run of two steps, the second of which maps a list; the map is at work."""
    run = house.workspace.tracking.start_run(ANN, NewRun(name, name))
    nodes = [
        GraphNode(0, "load", "step", ("fit",), "p.py:3", ("result",), ()),
        GraphNode(1, "train_one", "map", (), "p.py:4", ("result",), (0,)),
        GraphNode(2, "best", "step", (), "p.py:5", ("result",), (1,)),
    ]
    step = {
        "project_id": "default", "run_id": run.id, "code_digest": "0" * 64, "key_parts": {}, "inputs": [],
        "outputs": [], "note": "it has not run before", "started_at": run.started_at, "seconds": 0.5,
    }  # fmt: skip
    steps = [
        step | {"position": 0, "step": "load", "state": "executed", "path": "fit", "kind": "step"},
        step | {"position": 1, "step": "train_one", "state": "running", "kind": "map", "n_elements": ELEMENTS},
    ]
    elements: list[dict[str, Any]] = [
        {
            "project_id": "default", "run_id": run.id, "position": 1, "element": at, "outputs": [], "seconds": 0.01,
            "state": "failed" if at % 100 == 7 else "executed", "note": "KeyError: 'x'" if at % 100 == 7 else "",
        }
        for at in range(ELEMENTS - 10)
    ]  # fmt: skip
    graph = [
        {name: getattr(node, name) for name in ("position", "name", "kind", "line")}
        | {name: list(getattr(node, name)) for name in ("path", "outputs", "depends_on", "guards")}
        for node in nodes
    ]

    def store(tx: Any) -> None:
        values = {"project_id": "default", "run_id": run.id, "pipeline": name, "graph": graph, "forecast": []}
        tx.execute(sa.insert(run_graph_table).values(**values))
        for row in steps:
            tx.execute(sa.insert(step_run_table).values(**row))
        tx.execute(sa.insert(step_element_table), elements)

    house.workspace.database.write(store)
    return run.id


def test_a_pipeline_is_listed_with_its_last_run_and_its_endpoint(house: House) -> None:
    (row,) = [each for each in twin(house, "/pipelines.json")["pipelines"] if each["name"] == "lateness"]
    assert (row["status"], row["n_steps"], row["endpoints"][0]["text"]) == ("finished", 5, "late")
    assert row["last"]["url"] == f"/runs/{newest_of_pipeline(house)}"
    page = twin(house, "/pipelines/lateness.json")
    assert [spot["name"] for spot in page["figure"]["spots"]][:2] == ["training_set", "split_by_time"]
    assert page["runs"][0]["states"][-1] == "executed"
    assert httpx.get(f"{house.local}/pipelines/latenes").status_code == 404


def test_a_plan_is_made_in_a_process_of_its_own(house: House) -> None:
    answer = httpx.post(f"{house.local}/api/pipelines/lateness/plan", json={"params": {"n_trees": 31}}, timeout=90)
    assert answer.status_code == 200, answer.text
    assert [step["action"] for step in answer.json()["steps"]][:3] == ["reuse", "reuse", "run"]
    refused = httpx.post(f"{house.local}/pipelines/lateness/plan", data={"n_tree": "31"}, timeout=90)
    assert refused.status_code == 200
    assert "has no param &#39;n_tree&#39;" in refused.text


def test_a_run_that_goes_on_tells_what_changed_and_no_more(house: House) -> None:
    run_id = going_run(house, "mapping")
    try:
        page = twin(house, f"/runs/{run_id}.json")
        states = {spot["name"]: (spot["state"], spot["words"]) for spot in page["figure"]["spots"]}
        assert states["load"] == ("executed", "0.50 s")
        assert states["train_one"][0] == "running"
        assert states["train_one"][1].startswith("9,990 of 10,000, ")
        assert states["best"] == ("waiting", "")
        assert [step["state"] for step in page["steps"]] == ["executed", "running", "waiting"]
        same = httpx.get(f"{house.local}{page['live_url']}", params={"seen": page["stamp"]})
        moved = httpx.get(f"{house.local}{page['live_url']}", params={"seen": "something else"})
        assert same.status_code in {204, 200}, "the clock may have moved on"
        assert moved.status_code == 200
        assert 'id="live"' in moved.text
        folded = twin(house, f"/runs/{run_id}.json?folded=fit")
        assert [spot["kind"] for spot in folded["figure"]["spots"]] == ["pipeline", "map", "step"]
        assert folded["folds"][0]["text"] == "Open fit"
    finally:
        house.workspace.tracking.end_run(ANN, run_id, "killed", "interrupted")
    ended = twin(house, f"/runs/{run_id}.json")
    assert (ended["live_url"], ended["status"]) == ("", "cancelled")
    seen = httpx.get(f"{house.local}/runs/{run_id}/live", params={"seen": ended["stamp"]})
    assert (seen.status_code, seen.content) == (204, b"")
    elements_are_paged(house, run_id)


def elements_are_paged(house: House, run_id: str) -> None:
    failed = twin(house, f"/runs/{run_id}/steps/2/elements.json?state=failed")
    assert dict(failed["counts"]) == {"executed": 9890, "failed": 100}
    assert [row["element"] for row in failed["rows"]][:2] == [7, 107]
    first = twin(house, f"/runs/{run_id}/steps/2/elements.json")
    second = twin(house, first["next_url"].replace("elements?", "elements.json?"))
    assert (len(first["rows"]), second["rows"][0]["element"]) == (200, 200)
    told = httpx.get(f"{house.local}/api/runs/{run_id}/steps/1/elements", params={"after": 9_988}).json()
    assert [each["element"] for each in told["elements"]] == [9_989]
    assert httpx.get(f"{house.local}/runs/{run_id}/steps/2/elements?state=odd").status_code == 400


def test_a_step_tells_its_key_and_leads_to_what_it_read(house: House) -> None:
    run_id = newest_of_pipeline(house)
    step = twin(house, f"/runs/{run_id}/steps/3.json")
    assert (step["name"], step["reason"]) == ("train", "changed: input: n_trees")
    assert {part["name"] for part in step["key_parts"]} >= {"input: rows", "input: n_trees"}
    assert step["inputs"][0]["source"] == {"text": "step 2 fit", "url": f"/runs/{run_id}/steps/2"}
    assert httpx.get(f"{house.local}/runs/{run_id}/steps/99").status_code == 404


def test_a_run_is_run_again_with_the_same_params(house: House) -> None:
    run_id, before = newest_of_pipeline(house), house.workspace.jobs.list(ANN, "queued")
    n_queued = twin(house, "/pipelines/lateness.json")["n_queued"]
    again = httpx.post(f"{house.local}/runs/{run_id}/again")
    assert (again.status_code, again.headers["location"]) == (303, "/pipelines/lateness")
    (job,) = (each for each in house.workspace.jobs.list(ANN, "queued") if each not in before)
    assert (job.payload["pipeline"], job.payload["params"]) == ("lateness", {"n_trees": 30})
    assert twin(house, "/pipelines/lateness.json")["n_queued"] == n_queued + 1
    house.workspace.jobs.cancel(ANN, job.id)


def test_a_run_that_has_ended_cannot_be_cancelled(house: House) -> None:
    refused = httpx.post(f"{house.local}/api/runs/{newest_of_pipeline(house)}/cancel")
    assert refused.status_code == 409
    assert re.search("has ended: it is finished", refused.json()["error"]["message"])


def test_a_run_of_the_worker_is_cancelled_by_its_job(house: House) -> None:
    rooms = house.workspace
    job_id = httpx.post(f"{house.local}/api/runs", json={"pipeline": "lateness"}).json()["job_id"]
    run = rooms.tracking.start_run(ANN, NewRun("lateness", "lateness", tags={"job_id": job_id}))
    try:
        answer = httpx.post(f"{house.local}/runs/{run.id}/cancel")
        assert answer.headers["location"] == f"/runs/{run.id}"
        assert rooms.jobs.get(ANN, job_id).state == "cancelled"
    finally:
        rooms.tracking.end_run(ANN, run.id, "killed", "interrupted")


def test_other_origins_cannot_cancel(house: House) -> None:
    there = f"{house.local}/runs/{newest_of_pipeline(house)}/cancel"
    assert httpx.post(there, headers={"origin": "http://evil.example"}).status_code == 403
