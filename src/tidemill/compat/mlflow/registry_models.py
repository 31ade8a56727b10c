"""Endpoints of registered models: created, found, described, tagged, renamed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidemill.access import Role
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall, known
from tidemill.compat.mlflow.errors import RESOURCE_ALREADY_EXISTS, MlflowError, conflict_is_invalid
from tidemill.compat.mlflow.registry_messages import (
    latest_of,
    model_message,
    model_name,
    model_not_found,
    version_message,
)
from tidemill.core import ConflictError
from tidemill.registry import IS_PROMPT, RegisteredModel, RegistryQuery, environment_of

_MOST_MODELS = 1000
_MODEL, _PROMPT = "Registered Model", "Prompt"


def create(call: MlflowCall) -> dict[str, Any]:
    """Create a model without versions."""
    fields = call.fields
    name = model_name(fields)
    tags = fields.pairs("tags")
    try:
        model = call.rooms.registry.catalogue.create_model(call.caller, name, fields.text("description"), tags)
    except ConflictError as error:
        raise _exists(call, name, prompt=_is_prompt(tags)) from error
    return {"registered_model": model_message(model, [])}


def get(call: MlflowCall) -> dict[str, Any]:
    """Return a model."""
    return {"registered_model": _message(call, _get(call))}


def rename(call: MlflowCall) -> dict[str, Any]:
    """Give a model another name."""
    name, new_name = model_name(call.fields), model_name(call.fields, "new_name")
    model = _get(call)
    if new_name == model.name:
        return {"registered_model": _message(call, model)}
    if call.rooms.registry.search.models(call.caller, RegistryQuery(where=f"name = {_quoted(new_name)}")).models:
        raise _exists(call, new_name, prompt=_is_prompt(model.tags))
    with model_not_found(name), conflict_is_invalid():
        model = call.rooms.registry.catalogue.rename_model(call.caller, name, new_name)
    return {"registered_model": _message(call, model)}


def update(call: MlflowCall) -> dict[str, Any]:
    """Describe a model."""
    name = model_name(call.fields)
    with model_not_found(name):
        model = call.rooms.registry.catalogue.update_model(call.caller, name, call.fields.text_or_none("description"))
    return {"registered_model": _message(call, model)}


def delete(call: MlflowCall) -> dict[str, Any]:
    """Delete a model with its versions and aliases."""
    name = model_name(call.fields)
    with model_not_found(name), conflict_is_invalid():
        call.rooms.registry.catalogue.delete_model(call.caller, name, with_aliases=True)
    return {}


def search(call: MlflowCall) -> dict[str, Any]:
    """Return a page of models."""
    fields = call.fields
    query = RegistryQuery(
        where=fields.text("filter"),
        order_by=tuple(fields.texts("order_by")),
        limit=fields.integer("max_results", 100, 1, _MOST_MODELS),
        token=fields.text("page_token") or None,
    )
    found = call.rooms.registry.search.models(call.caller, query)
    latest = call.rooms.registry.search.latest(call.caller, [model.name for model in found.models])
    models = [model_message(model, latest.get(model.name, [])) for model in found.models]
    return known(registered_models=models, next_page_token=found.next)


def latest_versions(call: MlflowCall) -> dict[str, Any]:
    """Return a model's newest version of each stage, or of those that are asked for."""
    model, stages = _get(call), call.fields.texts("stages")
    environments = [environment_of(stage) for stage in stages] if stages else None
    found = call.rooms.registry.search.latest(call.caller, [model.name], environments).get(model.name, [])
    return known(model_versions=[version_message(version) for version in found])


def set_tag(call: MlflowCall) -> dict[str, Any]:
    """Set a tag of a model."""
    name, key = model_name(call.fields), call.fields.text("key", required=True)
    if not call.fields.has("value"):
        raise call.fields.missing("value")
    with model_not_found(name):
        call.rooms.registry.catalogue.tag_model(call.caller, name, key, call.fields.text("value"))
    return {}


def delete_tag(call: MlflowCall) -> dict[str, Any]:
    """Remove a tag of a model; one that is not there is fine."""
    name, key = model_name(call.fields), call.fields.text("key", required=True)
    with model_not_found(name):
        call.rooms.registry.catalogue.tag_model(call.caller, name, key, None)
    return {}


def _get(call: MlflowCall) -> RegisteredModel:
    name = model_name(call.fields)
    with model_not_found(name):
        return call.rooms.registry.catalogue.get_model(call.caller, name)


def _message(call: MlflowCall, model: RegisteredModel) -> dict[str, Any]:
    return model_message(model, latest_of(call, model))


def _exists(call: MlflowCall, name: str, *, prompt: bool) -> MlflowError:
    """Return the error for a name that is taken. prompt: whether a prompt was to have it, and not a model."""
    taken = call.rooms.registry.catalogue.get_model(call.caller, name)
    wanted, there = (_PROMPT if each else _MODEL for each in (prompt, _is_prompt(taken.tags)))
    if wanted == there:
        return MlflowError(RESOURCE_ALREADY_EXISTS, f"{wanted} (name={name[:300]}) already exists.")
    return MlflowError(
        RESOURCE_ALREADY_EXISTS,
        f"Tried to create a {wanted.lower()} with name {name[:300]!r}, but the name is already taken by a "
        f"{there.lower()}. A model and a prompt cannot have the same name.",
    )


def _is_prompt(tags: Mapping[str, str]) -> bool:
    return tags.get(IS_PROMPT, "").lower() == "true"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_PATH = "/mlflow/registered-models"
ENDPOINTS = (
    Endpoint("POST", f"{_PATH}/create", Role.EDITOR, create),
    Endpoint("POST", f"{_PATH}/rename", Role.DEPLOYER, rename),
    Endpoint("PATCH", f"{_PATH}/update", Role.EDITOR, update),
    Endpoint("DELETE", f"{_PATH}/delete", Role.DEPLOYER, delete),
    Endpoint("GET", f"{_PATH}/get", Role.VIEWER, get),
    Endpoint("GET", f"{_PATH}/search", Role.VIEWER, search, lists=frozenset({"order_by"})),
    Endpoint("POST", f"{_PATH}/get-latest-versions", Role.VIEWER, latest_versions),
    Endpoint("GET", f"{_PATH}/get-latest-versions", Role.VIEWER, latest_versions, lists=frozenset({"stages"})),
    Endpoint("POST", f"{_PATH}/set-tag", Role.EDITOR, set_tag),
    Endpoint("DELETE", f"{_PATH}/delete-tag", Role.EDITOR, delete_tag),
)
