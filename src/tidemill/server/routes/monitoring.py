"""Windows: what the monitors of an endpoint found, week by week of event time."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from tidemill.core import from_iso
from tidemill.server.answers import Json
from tidemill.server.roles import Viewer
from tidemill.server.routes.route import Limit, Route

MonitorName = Annotated[str | None, Query(description="Windows of this monitor only: drift or performance.")]


def list_windows(call: Viewer, name: str, monitor: MonitorName = None, limit: Limit = 100) -> Json:
    """Return the windows of an endpoint, newest first, and how far event time has come."""
    call.rooms.deployments.get(call.caller, name)
    found = call.rooms.monitoring.windows(call.caller, name, monitor, limit)
    watermark = call.rooms.monitoring.watermark(call.caller, name)
    return Json({"watermark": watermark, "windows": [each.to_json() for each in found]})


def get_window(call: Viewer, name: str, monitor: str, starts_at: str) -> Json:
    """Return what one monitor found in the window that starts at an instant."""
    call.rooms.deployments.get(call.caller, name)
    return Json(call.rooms.monitoring.window(call.caller, name, monitor, from_iso(starts_at)).to_json())


ROUTES = (
    Route("GET", "/api/endpoints/{name}/windows", list_windows),
    Route("GET", "/api/endpoints/{name}/windows/{monitor}/{starts_at}", get_window),
)
