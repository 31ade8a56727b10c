"""Runs and what their steps did."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from tidemill.provenance import read_origin
from tidemill.server.answers import Json
from tidemill.server.roles import Editor, Viewer
from tidemill.server.routes.route import Route
from tidemill.server.run_lists import RunsAsked, Texts, run_json
from tidemill.tracking.queries import LARGEST_PAGE
from tidemill.workbench import pinned_data

Asked = Annotated[RunsAsked, Depends()]
PageSize = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]


def list_runs(call: Viewer, asked: Asked, fields: Texts = None, limit: PageSize = 100) -> Json:
    """Return a page of found runs, the newest first unless ordered; with `fields`, those of what they logged."""
    page = call.rooms.tracking.search_runs(call.caller, asked.query(fields, limit))
    return Json({"runs": [run_json(each, logged=fields is not None) for each in page.runs], "next": page.next})


def get_run(call: Viewer, run_id: str) -> Json:
    """Return a run with its params, metrics, tags and steps."""
    detail = call.rooms.tracking.get_run(call.caller, run_id)
    return Json(
        {
            "run": detail.run,
            "params": detail.params,
            "metrics": detail.metrics,
            "tags": detail.tags,
            "steps": call.rooms.pipelines.steps(call.caller, run_id),
        }
    )


def why_steps(call: Viewer, run_id: str) -> Json:
    """Return for each step of a run whether its result was reused, and which part of its key differed when not."""
    return Json({"steps": call.rooms.evidence.why_step(call.caller, run_id)})


def why_step(call: Viewer, run_id: str, step: str) -> Json:
    """Return the same for one step, given by its name or number; several when they have one name."""
    return Json({"steps": call.rooms.evidence.why_step(call.caller, run_id, step)})


def get_origin(call: Editor, run_id: str) -> Json:
    """Return what a run was made in and from: installed packages, lock, uncommitted changes; null for what it lacks."""
    detail = call.rooms.tracking.get_run(call.caller, run_id)
    origin = read_origin(call.rooms.blobs, detail.tags)
    return Json(
        {
            "commit": detail.run.commit,
            "environment": origin.environment,
            "lock": None if origin.lock is None else origin.lock.decode("utf-8", "replace"),
            "changes": origin.changes.patch.decode("utf-8", "replace") or None,
            "lacking": origin.changes.lacking,
            "datasets": pinned_data(call.rooms.pipelines.steps(call.caller, run_id)),
        }
    )


ROUTES = (
    Route("GET", "/api/runs", list_runs),
    Route("GET", "/api/runs/{run_id}", get_run),
    Route("GET", "/api/runs/{run_id}/why", why_steps),
    Route("GET", "/api/runs/{run_id}/steps/{step}/why", why_step),
    Route("GET", "/api/runs/{run_id}/origin", get_origin),
)
