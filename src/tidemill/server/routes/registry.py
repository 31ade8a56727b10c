"""Models, their versions with the evidence for them."""

from __future__ import annotations

from tidemill.server.answers import Json, stored_json
from tidemill.server.roles import Viewer
from tidemill.server.routes.promotions import reference
from tidemill.server.routes.route import Route


def list_models(call: Viewer) -> Json:
    """Return all models by name."""
    return Json({"models": call.rooms.registry.list_models(call.caller)})


def get_model(call: Viewer, name: str) -> Json:
    """Return a model's versions, newest first."""
    return Json({"name": name, "versions": call.rooms.registry.list_versions(call.caller, name)})


def get_version(call: Viewer, name: str, version: str) -> Json:
    """Return a version, by number or alias, with its gate's verdict and the report it was judged on."""
    registry = call.rooms.registry
    found = registry.get(call.caller, reference(name, version))
    return Json(
        {
            "version": found,
            "verdict": registry.get_verdict(call.caller, found.verdict_id),
            "report": stored_json(registry.load_report(found).to_json()),
        }
    )


ROUTES = (
    Route("GET", "/api/models", list_models),
    Route("GET", "/api/models/{name}", get_model),
    Route("GET", "/api/models/{name}/{version}", get_version),
)
