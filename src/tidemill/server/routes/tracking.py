"""Runs and what their steps did."""

from __future__ import annotations

from tidemill.server.answers import Json
from tidemill.server.roles import Viewer
from tidemill.server.routes.route import Limit, Route


def list_runs(call: Viewer, experiment: str | None = None, limit: Limit = 100) -> Json:
    """Return the newest runs first."""
    return Json({"runs": call.rooms.tracking.list_runs(call.caller, experiment, limit)})


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


ROUTES = (Route("GET", "/api/runs", list_runs), Route("GET", "/api/runs/{run_id}", get_run))
