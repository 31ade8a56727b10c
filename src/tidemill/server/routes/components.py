"""Components that are installed here."""

from __future__ import annotations

from tidemill.components import installed_components
from tidemill.server.answers import Json
from tidemill.server.roles import Viewer
from tidemill.server.routes.route import Route


def list_installed(_: Viewer) -> Json:
    """Return the steps and pipelines that Tidemill and installed packages offer."""
    return Json({"components": [component.to_json() for component in installed_components()]})


ROUTES = (Route("GET", "/api/components", list_installed),)
