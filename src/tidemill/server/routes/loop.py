"""The loop: how far it has come, its turns, and beginning one by hand."""

from __future__ import annotations

from tidemill.server.answers import Json
from tidemill.server.roles import Deployer, Viewer
from tidemill.server.routes.route import Limit, Route


def list_progress(call: Viewer) -> Json:
    """Return how far the loop has come with each endpoint that it watches."""
    return Json({"endpoints": call.rooms.loop.progress(call.caller)})


def list_turns(call: Viewer, name: str, limit: Limit = 100) -> Json:
    """Return an endpoint's turns, the latest due first."""
    call.rooms.deployments.get(call.caller, name)
    return Json({"turns": call.rooms.loop.turns(call.caller, name, limit)})


def get_turn(call: Viewer, turn_id: str) -> Json:
    """Return a turn: what asked for it, and what came of it."""
    return Json(call.rooms.loop.get(call.caller, turn_id))


def retrain(call: Deployer, name: str) -> Json:
    """Begin a turn at once; a worker runs its pipeline."""
    return Json(call.rooms.loop.retrain(call.caller, name), status_code=202)


ROUTES = (
    Route("GET", "/api/loop", list_progress),
    Route("GET", "/api/endpoints/{name}/turns", list_turns),
    Route("GET", "/api/turns/{turn_id}", get_turn),
    Route("POST", "/api/endpoints/{name}/retrain", retrain),
)
