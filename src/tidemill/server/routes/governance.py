"""Why a prediction came out as it did, and the audit trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from tidemill.server.answers import Json
from tidemill.server.roles import Viewer
from tidemill.server.routes.route import Limit, Route
from tidemill.storage.events import EventQuery


def why(call: Viewer, prediction_id: str) -> Json:
    """Return what stands behind a prediction, from the answer down to the data."""
    found = call.rooms.evidence.why(call.caller, prediction_id)
    return Json(
        {
            "prediction": found.prediction,
            "revision": found.revision,
            "version": found.version,
            "verdict": found.verdict,
            "promotion": found.promotion,
            "run": found.run,
            "steps": found.steps,
            "datasets": [dataset.to_json() for dataset in found.datasets],
        }
    )


def audit(
    call: Viewer,
    limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    subject: str | None = None,
    kind: str | None = None,
) -> Json:
    """Return events, newest first; `next_before` asks for the page after this one."""
    events = call.rooms.audit.list(call.caller, EventQuery(limit, before, subject, kind))
    last = events[-1].sequence if len(events) == limit else None
    return Json({"events": events, "next_before": last})


def head(call: Viewer) -> Json:
    """Return position and hash of the last event: kept elsewhere, `tidemill verify --against` can tell a cut chain."""
    return Json(call.rooms.audit.head(call.caller))


ROUTES = (
    Route("GET", "/api/predictions/{prediction_id}", why),
    Route("GET", "/api/audit", audit),
    Route("GET", "/api/events/head", head),
)
