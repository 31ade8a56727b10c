"""Whether the server lives, and whether it can do its work. Public, so nothing is told beyond that."""

from __future__ import annotations

from fastapi import Request

from tidemill import __version__
from tidemill.access import local_caller
from tidemill.core import UnavailableError
from tidemill.server.answers import Json
from tidemill.server.roles import House
from tidemill.server.routes.route import Route
from tidemill.storage.events import EventQuery


async def health() -> Json:
    """Say that the server lives; needs no thread and no store."""
    return Json({"status": "ok", "version": __version__})


def ready(request: Request) -> Json:
    """Say that the store can be read, and takes writes as far as is known. Raises UnavailableError, DamagedError."""
    house: House = request.app.state.house
    try:
        house.rooms.database.check_writable()
    except UnavailableError as error:
        raise UnavailableError("the store takes no more writes; any write is told why, reads go on") from error
    house.rooms.audit.list(local_caller(house.rooms.settings.project), EventQuery(limit=1))
    return Json({"status": "ready"})


ROUTES = (Route("GET", "/health", health), Route("GET", "/ready", ready))
