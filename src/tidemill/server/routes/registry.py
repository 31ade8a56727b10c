"""Models, their versions with the evidence for them, and promotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tidemill.registry import CHAMPION
from tidemill.server.answers import Json, json_body, stored_json
from tidemill.server.roles import Deployer, Viewer
from tidemill.server.routes.route import Route


@dataclass(frozen=True)
class PromotionAsked:
    """The alias to point at a version."""

    alias: str = CHAMPION


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
    report = registry.find_report(found)
    return Json(
        {
            "version": found,
            "verdict": registry.find_verdict(call.caller, found),
            "report": None if report is None else stored_json(report.to_json()),
        }
    )


def promote(
    call: Deployer, name: str, version: str, asked: Annotated[PromotionAsked, json_body(PromotionAsked)]
) -> Json:
    """Point an alias at a version."""
    promotion, revisions = call.rooms.deployments.promote(call.caller, reference(name, version), asked.alias)
    return Json({"promotion": promotion, "revisions": revisions})


def reference(name: str, version: str) -> str:
    """Return how the registry names a version that stands in a path by number or alias.

    >>> reference("delay", "3"), reference("delay", "champion")
    ('delay/3', 'delay@champion')
    """
    return f"{name}/{version}" if version.isdecimal() else f"{name}@{version}"


ROUTES = (
    Route("GET", "/api/models", list_models),
    Route("GET", "/api/models/{name}", get_model),
    Route("GET", "/api/models/{name}/{version}", get_version),
    Route("POST", "/api/models/{name}/{version}/promote", promote),
)
