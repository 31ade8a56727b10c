"""Pipelines and what their runs are made of: graphs, elements of maps, approvals; planning and cancelling."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from tidemill.pipelines import RunGraph, elements_page, nodes_of_steps
from tidemill.server.answers import Json, json_body
from tidemill.server.known_pipelines import runs_by_pipeline
from tidemill.server.planning import plan_in_child
from tidemill.server.roles import Editor, Labeller, Viewer
from tidemill.server.routes.route import Route
from tidemill.server.run_controls import answer_run, cancel_run


@dataclass(frozen=True)
class PlanAsked:
    """A plan to make: the params by name."""

    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a person answers to a run."""

    approved: bool
    note: str = ""


def list_pipelines(call: Viewer) -> Json:
    """Return the pipelines with their last runs."""
    found = runs_by_pipeline(call)
    return Json({"pipelines": [{"name": name, "last_run": runs[0] if runs else None} for name, runs in found.items()]})


def make_plan(call: Editor, name: str, asked: Annotated[PlanAsked, json_body(PlanAsked)]) -> Json:
    """Return what a run would do, step by step, and why; nothing is executed."""
    params = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in asked.params.items()}
    return Json(plan_in_child(call, name, params))


def get_graph(call: Viewer, run_id: str) -> Json:
    """Return the graph of a run as it was planned; of a run that recorded none, as its steps tell it."""
    run = call.rooms.tracking.get_run(call.caller, run_id).run
    found = call.rooms.pipelines.graph(call.caller, run_id)
    if found is None:
        found = RunGraph(run_id, run.experiment, nodes_of_steps(call.rooms.pipelines.steps(call.caller, run_id)))
    return Json(found)


def get_elements(call: Viewer, run_id: str, position: int, state: str = "", after: int = -1) -> Json:
    """Return up to 200 elements of the map at a position, behind the element `after`."""
    call.rooms.tracking.get_run(call.caller, run_id)
    rows = elements_page(call.rooms.database, call.caller, (run_id, position), state, after)
    return Json({"elements": rows})


def get_approvals(call: Viewer, run_id: str) -> Json:
    """Return what a run asks people, and their answers."""
    call.rooms.tracking.get_run(call.caller, run_id)
    return Json({"approvals": call.rooms.pipelines.approvals(call.caller, run_id)})


def answer(call: Labeller, run_id: str, position: int, said: Annotated[Answer, json_body(Answer)]) -> Json:
    """Answer what a run asks at a position; the approval itself says which role may."""
    answer_run(call, run_id, position, said.approved, said.note)
    return Json({"approvals": call.rooms.pipelines.approvals(call.caller, run_id)})


def cancel(call: Editor, run_id: str) -> Json:
    """Ask a run that goes on to end."""
    cancel_run(call, run_id)
    return Json({"run": call.rooms.tracking.get_run(call.caller, run_id).run})


ROUTES = (
    Route("GET", "/api/pipelines", list_pipelines),
    Route("POST", "/api/pipelines/{name}/plan", make_plan),
    Route("GET", "/api/runs/{run_id}/graph", get_graph),
    Route("GET", "/api/runs/{run_id}/steps/{position}/elements", get_elements),
    Route("GET", "/api/runs/{run_id}/approvals", get_approvals),
    Route("POST", "/api/runs/{run_id}/approvals/{position}", answer),
    Route("POST", "/api/runs/{run_id}/cancel", cancel),
)
