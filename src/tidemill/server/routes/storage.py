"""What is stored and for whom; letting go what nothing keeps; backups, and the keys of an encrypted store."""

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


def list_backups(call: Admin) -> Json:
    """Return the backups that are there, newest first."""
    return Json(call.rooms.backups.list(call.caller))


def encryption(call: Admin) -> Json:
    """Return whether the store is encrypted, and what is known of its keys, none of which it holds."""
    status = call.rooms.encryption.status(call.caller)
    if status is None:
        return Json({"encrypted": False})
    keys = [{"id": id_, "made_at": made_at} for id_, made_at in status.keys]
    told = {"store": status.store, "master_keys": status.masters, "data_key": status.current, "data_keys": keys}
    return Json({"encrypted": True} | told)


ROUTES = (
    Route("GET", "/api/backups", list_backups),
    Route("GET", "/api/encryption", encryption),
    Route("GET", "/api/storage", plan_collection),
    Route("POST", "/api/storage/collect", collect),
)
