"""Dataset versions."""

from __future__ import annotations

from tidemill.core import not_found
from tidemill.server.answers import Json
from tidemill.server.roles import Viewer
from tidemill.server.routes.route import Route


def list_datasets(call: Viewer) -> Json:
    """Return every dataset version, by name and number."""
    return Json({"datasets": [version.to_json() for version in call.rooms.datasets.list(call.caller)]})


def get_dataset(call: Viewer, name: str) -> Json:
    """Return a dataset's versions, oldest first; ``flights@3`` names one of them."""
    if "@" in name:
        return Json(call.rooms.datasets.get(call.caller, name).to_json())
    versions = call.rooms.datasets.list(call.caller, name)
    if not versions:
        known = {version.name for version in call.rooms.datasets.list(call.caller)}
        raise not_found("dataset", name, known)
    return Json({"name": name, "versions": [version.to_json() for version in versions]})


ROUTES = (Route("GET", "/api/datasets", list_datasets), Route("GET", "/api/datasets/{name}", get_dataset))
