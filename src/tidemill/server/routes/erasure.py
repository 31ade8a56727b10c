"""Erasing entities. Keys travel in bodies only, never in addresses, which others log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Admin
from tidemill.server.routes.route import Route


@dataclass(frozen=True)
class ErasureAsked:
    """What to erase: keys, each its values by column. why: kept with the request. dry_run: only say what holds them."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""
    dry_run: bool = False


def list_erasures(call: Admin) -> Json:
    """Return the requests, newest first, without what they found."""
    return Json(call.rooms.erasures.list(call.caller))


def get_erasure(call: Admin, request_id: str) -> Json:
    """Return a request with what was found and done."""
    return Json(call.rooms.erasures.get(call.caller, request_id))


def erase(call: Admin, asked: Annotated[ErasureAsked, json_body(ErasureAsked)]) -> Json:
    """Erase keys, or say what holds them, and return the report."""
    erasures = call.rooms.erasures
    if asked.dry_run:
        return Json(erasures.plan(call.caller, asked.keys))
    return Json(erasures.erase(call.caller, asked.keys, asked.why))


def finish_erasure(call: Admin, request_id: str) -> Json:
    """Go on with a request that is not done, and return its report."""
    return Json(call.rooms.erasures.finish(call.caller, request_id)[0])


def lift_erasure(call: Admin, request_id: str) -> Json:
    """Let the keys of a request come back, and return its report."""
    return Json(call.rooms.erasures.lift(call.caller, request_id))


ROUTES = (
    Route("GET", "/api/erasures", list_erasures),
    Route("POST", "/api/erasures", erase),
    Route("GET", "/api/erasures/{request_id}", get_erasure),
    Route("POST", "/api/erasures/{request_id}/finish", finish_erasure),
    Route("POST", "/api/erasures/{request_id}/lift", lift_erasure),
)
