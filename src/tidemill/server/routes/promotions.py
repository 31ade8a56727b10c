"""Promotions: asking, answering, taking back, demoting; what governs a model, and what is known of a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tidemill.deployment import Promoted, Wish
from tidemill.registry import CHAMPION, verdict_of
from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Deployer, Editor, Labeller, Viewer
from tidemill.server.routes.route import Limit, Route
from tidemill.server.run_controls import asked_of_runs


@dataclass(frozen=True)
class PromotionAsked:
    """Where to: `alias` is an environment, or any alias.

    request_id: of the caller's own making, so that asking again changes nothing. break_glass: the reason for doing
    without gate and approval.
    """

    alias: str = CHAMPION
    note: str = ""
    request_id: str = ""
    break_glass: str = ""


@dataclass(frozen=True)
class PromotionAnswer:
    """What somebody answers to a request."""

    approved: bool
    note: str = ""


@dataclass(frozen=True)
class DemotionAsked:
    """The environment, or alias, to leave."""

    alias: str
    note: str = ""


def promote(call: Editor, name: str, version: str, asked: Annotated[PromotionAsked, json_body(PromotionAsked)]) -> Json:
    """Ask for a version to come into an environment; an editor may, where somebody must approve."""
    wish = Wish(asked.request_id, asked.note, asked.break_glass.strip())
    return _told(call.rooms.promotions.promote(call.caller, reference(name, version), asked.alias, wish))


def demote(call: Deployer, name: str, asked: Annotated[DemotionAsked, json_body(DemotionAsked)]) -> Json:
    """Take a version out of an environment, or an alias away."""
    return Json({"version": call.rooms.promotions.demote(call.caller, name, asked.alias, asked.note)})


def list_promotions(call: Viewer, state: str = "", model: str = "", limit: Limit = 100) -> Json:
    """Return requests for promotions, the latest first."""
    found = call.rooms.promotions.requests.list_requests(call.caller, state or None, model or None, limit)
    return Json({"promotions": found})


def get_promotion(call: Viewer, request_id: str) -> Json:
    """Return a request with its answers, and what its gate found."""
    found = call.rooms.promotions.requests.get(call.caller, request_id)
    return Json({"request": found, "verdict": verdict_of(call.rooms.registry, call.caller, found)})


def answer(call: Labeller, request_id: str, said: Annotated[PromotionAnswer, json_body(PromotionAnswer)]) -> Json:
    """Approve a request or reject it; its policy says who may."""
    verb = call.rooms.promotions.approve if said.approved else call.rooms.promotions.reject
    return _told(verb(call.caller, request_id, said.note))


def cancel(call: Editor, request_id: str) -> Json:
    """Take a request back."""
    return Json({"request": call.rooms.promotions.cancel(call.caller, request_id)})


def list_approvals(call: Viewer) -> Json:
    """Return what waits for answers: promotions, and what runs ask."""
    waiting = call.rooms.promotions.waiting(call.caller)
    return Json({"promotions": waiting, "runs": asked_of_runs(call)})


def get_policies(call: Viewer, name: str) -> Json:
    """Return what governs the environments of a model."""
    found = call.rooms.promotions.policies(call.caller, name)
    if not found:  # a model that nothing governs, or none at all
        call.rooms.registry.list_versions(call.caller, name)
    return Json({"model": name, "policies": found})


def get_evidence(call: Viewer, name: str, version: str) -> Json:
    """Return what was collected of a version for its gate, beside its report."""
    return Json({"evidence": call.rooms.promotions.evidence(call.caller, reference(name, version))})


def reference(name: str, version: str) -> str:
    """Return how the registry names a version that stands in a path by number or alias.

    >>> reference("delay", "3"), reference("delay", "champion")
    ('delay/3', 'delay@champion')
    """
    return f"{name}/{version}" if version.isdecimal() else f"{name}@{version}"


def _told(done: Promoted) -> Json:
    return Json({"request": done.request, "promotion": done.promotion, "revisions": done.revisions})


ROUTES = (
    Route("POST", "/api/models/{name}/{version}/promote", promote),
    Route("GET", "/api/models/{name}/{version}/evidence", get_evidence),
    Route("POST", "/api/models/{name}/demote", demote),
    Route("GET", "/api/models/{name}/policies", get_policies),
    Route("GET", "/api/promotions", list_promotions),
    Route("GET", "/api/promotions/{request_id}", get_promotion),
    Route("POST", "/api/promotions/{request_id}/answer", answer),
    Route("POST", "/api/promotions/{request_id}/cancel", cancel),
    Route("GET", "/api/approvals", list_approvals),
)
