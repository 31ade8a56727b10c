"""What is stored and for whom; letting go what nothing keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tidemill.core import parse_duration
from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Admin
from tidemill.server.routes.route import Route

_GRACE = "1d"


@dataclass(frozen=True)
class CollectionAsked:
    """A collection to make: how young something is that is left alone."""

    grace: str = _GRACE


def plan_collection(call: Admin, grace: str = _GRACE) -> Json:
    """Return what a collection would let go now, and what stays for whom."""
    return Json(call.rooms.collector.plan(call.caller, parse_duration(grace, of="grace")))


def collect(call: Admin, asked: Annotated[CollectionAsked, json_body(CollectionAsked)]) -> Json:
    """Let go what retention does not keep, collect blobs, and return what went."""
    return Json(call.rooms.collector.collect(call.caller, parse_duration(asked.grace, of="grace")))


ROUTES = (
    Route("GET", "/api/storage", plan_collection),
    Route("POST", "/api/storage/collect", collect),
)
