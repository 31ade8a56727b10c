"""Whether the server lives, and whether it can do its work. Public, so nothing is told beyond that."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import PlainTextResponse

from tidemill import __version__
from tidemill.access import local_caller
from tidemill.core import UnavailableError
from tidemill.server.answers import Json
from tidemill.server.roles import House
from tidemill.server.routes.route import Route
from tidemill.storage.events import EventQuery


async def health() -> PlainTextResponse:
    """Say that the server lives, in the two letters that clients of MLflow expect; needs no thread and no store."""
    return PlainTextResponse("OK")


def ready(request: Request) -> Json:
    """Say that the store can be read, and takes writes as far as is known; and which Tidemill this is.

    Raises UnavailableError, DamagedError.
    """
    house: House = request.app.state.house
    try:
        house.rooms.database.check_writable()
    except UnavailableError as error:
        raise UnavailableError("the store takes no more writes; any write is told why, reads go on") from error
    house.rooms.audit.list(local_caller(house.rooms.settings.project), EventQuery(limit=1))
    return Json({"status": "ready", "version": __version__})


ROUTES = (Route("GET", "/health", health), Route("GET", "/ready", ready))
