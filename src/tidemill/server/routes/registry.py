"""Models, their versions with the evidence for them, promotion, and all by which they are described."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Query

from tidemill.core import UsageError
from tidemill.outside_models import serve_version
from tidemill.registry import RegistryQuery, find_report, find_verdict
from tidemill.server.answers import Json, json_body, stored_json
from tidemill.server.roles import Deployer, Editor, Viewer
from tidemill.server.routes.promotions import reference
from tidemill.server.routes.route import Limit, Route


@dataclass(frozen=True)
class NewModel:
    """A model to create."""

    name: str
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelChange:
    """What is to be said of a model; what is left out stays."""

    description: str | None = None
    owner: str | None = None
    new_name: str | None = None


@dataclass(frozen=True)
class VersionChange:
    """What is to be said of a version."""

    description: str


@dataclass(frozen=True)
class TagChange:
    """A tag to set, or with null to remove."""

    key: str
    value: str | None = None


@dataclass(frozen=True)
class Placing:
    """An environment to enter, alone or beside others, or to leave."""

    environment: str
    alone: bool = False
    leave: bool = False


@dataclass(frozen=True)
class ServingAsked:
    """The endpoint to serve a version at; by the model's name when it is left out."""

    endpoint: str | None = None


Words = Annotated[str, Query(max_length=4096)]
Orders = Annotated[list[str] | None, Query(max_length=10)]


def list_models(call: Viewer) -> Json:
    """Return all models by name."""
    return Json({"models": call.rooms.registry.list_models(call.caller)})


def search_models(
    call: Viewer,
    where: Words = "",
    order_by: Orders = None,
    limit: Limit = 100,
    token: str = "",
) -> Json:
    """Return a page of models by a filter, such as ``name LIKE 'delay%' AND tags.team = 'a'``."""
    found = call.rooms.registry.search.models(
        call.caller, RegistryQuery(where, tuple(order_by or ()), limit, token or None)
    )
    return Json({"models": found.models, "next": found.next})


def search_versions(
    call: Viewer,
    where: Words = "",
    order_by: Orders = None,
    limit: Limit = 100,
    token: str = "",
) -> Json:
    """Return a page of versions of all models by a filter, such as ``run_id = '0197f3' AND tags.team = 'a'``."""
    found = call.rooms.registry.search.versions(
        call.caller, RegistryQuery(where, tuple(order_by or ()), limit, token or None)
    )
    return Json({"versions": found.versions, "next": found.next})


def create_model(call: Editor, asked: Annotated[NewModel, json_body(NewModel)]) -> Json:
    """Create a model without a version."""
    return Json(call.rooms.registry.catalogue.create_model(call.caller, asked.name, asked.description, asked.tags))


def get_model(call: Viewer, name: str) -> Json:
    """Return a model and its versions, newest first."""
    versions = call.rooms.registry.list_versions(call.caller, name)
    model = call.rooms.registry.catalogue.get_model(call.caller, name)
    return Json({"name": name, "model": model, "versions": versions})


def change_model(call: Editor, name: str, asked: Annotated[ModelChange, json_body(ModelChange)]) -> Json:
    """Describe a model, say who answers for it, rename it (which needs deployer)."""
    changed = call.rooms.registry.catalogue.update_model(call.caller, name, asked.description, asked.owner)
    if asked.new_name is not None:
        changed = call.rooms.registry.catalogue.rename_model(call.caller, name, asked.new_name)
    return Json(changed)


def delete_model(call: Deployer, name: str) -> Json:
    """Delete a model with its versions; one that answers, or that aliases point at, stays."""
    call.rooms.registry.catalogue.delete_model(call.caller, name)
    return Json({"deleted": name})


def tag_model(call: Editor, name: str, asked: Annotated[TagChange, json_body(TagChange)]) -> Json:
    """Set or remove a tag of a model."""
    call.rooms.registry.catalogue.tag_model(call.caller, name, asked.key, asked.value)
    return Json(call.rooms.registry.catalogue.get_model(call.caller, name))


def change_version(
    call: Editor, name: str, version: str, asked: Annotated[VersionChange, json_body(VersionChange)]
) -> Json:
    """Describe a version."""
    return Json(call.rooms.registry.catalogue.update_version(call.caller, reference(name, version), asked.description))


def delete_version(call: Deployer, name: str, version: str) -> Json:
    """Delete a version; one that answers, or that an alias points at, stays."""
    if not version.isdecimal():
        raise UsageError(f"a version is deleted by its number; {version[:80]!r} is none")
    call.rooms.registry.catalogue.delete_version(call.caller, reference(name, version))
    return Json({"deleted": reference(name, version)})


def tag_version(call: Editor, name: str, version: str, asked: Annotated[TagChange, json_body(TagChange)]) -> Json:
    """Set or remove a tag of a version."""
    call.rooms.registry.catalogue.tag_version(call.caller, reference(name, version), asked.key, asked.value)
    return Json(call.rooms.registry.get(call.caller, reference(name, version)))


def place_version(call: Deployer, name: str, version: str, asked: Annotated[Placing, json_body(Placing)]) -> Json:
    """Let a version enter an environment, or leave it."""
    environments, which = call.rooms.registry.environments, reference(name, version)
    if asked.leave:
        return Json(environments.leave(call.caller, which, asked.environment))
    return Json(environments.place(call.caller, which, asked.environment, alone=asked.alone))


def remove_alias(call: Deployer, name: str, alias: str) -> Json:
    """Remove an alias."""
    return Json({"removed": call.rooms.registry.environments.remove_alias(call.caller, name, alias)})


def serve(call: Deployer, name: str, version: str, asked: Annotated[ServingAsked, json_body(ServingAsked)]) -> Json:
    """Serve a version at an endpoint, which is made when there is none."""
    return Json({"revision": serve_version(call.rooms, call.caller, reference(name, version), asked.endpoint)})


def get_version(call: Viewer, name: str, version: str) -> Json:
    """Return a version, by number or alias, with its gate's verdict and the report it was judged on."""
    registry = call.rooms.registry
    found = registry.get(call.caller, reference(name, version))
    report = find_report(registry, found)
    return Json(
        {
            "version": found,
            "verdict": find_verdict(registry, call.caller, found),
            "report": None if report is None else stored_json(report.to_json()),
        }
    )


ROUTES = (
    Route("GET", "/api/models", list_models),
    Route("POST", "/api/models", create_model),
    Route("GET", "/api/search/models", search_models),
    Route("GET", "/api/search/model-versions", search_versions),
    Route("GET", "/api/models/{name}", get_model),
    Route("PATCH", "/api/models/{name}", change_model),
    Route("DELETE", "/api/models/{name}", delete_model),
    Route("POST", "/api/models/{name}/tags", tag_model),
    Route("DELETE", "/api/models/{name}/aliases/{alias}", remove_alias),
    Route("GET", "/api/models/{name}/{version}", get_version),
    Route("PATCH", "/api/models/{name}/{version}", change_version),
    Route("DELETE", "/api/models/{name}/{version}", delete_version),
    Route("POST", "/api/models/{name}/{version}/tags", tag_version),
    Route("POST", "/api/models/{name}/{version}/environments", place_version),
    Route("POST", "/api/models/{name}/{version}/serve", serve),
)
