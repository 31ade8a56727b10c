"""Endpoints of model versions: registered, found, described, tagged, moved between stages, deleted; and aliases."""

from __future__ import annotations

from typing import Any

from tidemill.access import Role
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall, known
from tidemill.compat.mlflow.errors import conflict_is_invalid, invalid
from tidemill.compat.mlflow.registry_messages import (
    model_name,
    model_not_found,
    version_message,
    version_not_found,
    version_reference,
)
from tidemill.compat.mlflow.registry_sources import LATEST, download_uri, facts_of, settled_source
from tidemill.core import NotFoundError
from tidemill.outside_models import packaged_version
from tidemill.registry import CHAMPION, ModelReference, NewVersion, RegistryQuery, check_alias, environment_of, is_alias

_MOST_VERSIONS = 200_000
_DEFAULT_VERSIONS = 200_000
_ACTIVE = {"staging", "production"}


def create(call: MlflowCall) -> dict[str, Any]:
    """Register a version of a model from the place that its source names."""
    fields = call.fields
    name, given = model_name(fields), fields.text("source", required=True)
    tags = fields.pairs("tags")
    source = settled_source(call, given, tags)
    new = NewVersion(
        model=name,
        source=source.source,
        run_id=source.run_id,
        run_link=fields.text("run_link"),
        model_id=source.model_id,
        description=fields.text("description"),
        tags=tags,
        **facts_of(call, source, tags),
    )
    with model_not_found(name):
        version = call.rooms.registry.catalogue.create_version(call.caller, new)
    return {"model_version": version_message(version)}


def get(call: MlflowCall) -> dict[str, Any]:
    """Return a version."""
    reference = version_reference(call.fields)
    with version_not_found(reference):
        return {"model_version": version_message(call.rooms.registry.get(call.caller, reference))}


def update(call: MlflowCall) -> dict[str, Any]:
    """Describe a version."""
    reference = version_reference(call.fields)
    with version_not_found(reference):
        version = call.rooms.registry.catalogue.update_version(call.caller, reference, call.fields.text("description"))
    return {"model_version": version_message(version)}


def transition(call: MlflowCall) -> dict[str, Any]:
    """Move a version to another stage."""
    reference, stage = version_reference(call.fields), call.fields.text("stage", required=True)
    archive = call.fields.flag("archive_existing_versions")
    if archive and environment_of(stage) not in _ACTIVE:
        raise invalid(
            "Model version transition cannot archive existing model versions because "
            f"{stage!r} is not an Active stage. Valid stages are ('Staging', 'Production')"
        )
    with version_not_found(reference):
        version = call.rooms.registry.environments.move_to_stage(call.caller, reference, stage, archive_others=archive)
    return {"model_version": version_message(version)}


def delete(call: MlflowCall) -> dict[str, Any]:
    """Delete a version with the aliases that point at it."""
    reference = version_reference(call.fields)
    with version_not_found(reference), conflict_is_invalid():
        call.rooms.registry.catalogue.delete_version(call.caller, reference, with_aliases=True)
    return {}


def search(call: MlflowCall) -> dict[str, Any]:
    """Return a page of versions."""
    fields = call.fields
    query = RegistryQuery(
        where=fields.text("filter"),
        order_by=tuple(fields.texts("order_by")),
        limit=fields.integer("max_results", _DEFAULT_VERSIONS, 1, _MOST_VERSIONS),
        token=fields.text("page_token") or None,
    )
    found = call.rooms.registry.search.versions(call.caller, query)
    return known(model_versions=[version_message(each) for each in found.versions], next_page_token=found.next)


def get_download_uri(call: MlflowCall) -> dict[str, Any]:
    """Return where a version's files are."""
    reference = version_reference(call.fields)
    with version_not_found(reference):
        version = call.rooms.registry.get(call.caller, reference)
    return known(artifact_uri=download_uri(call, version))


def set_tag(call: MlflowCall) -> dict[str, Any]:
    """Set a tag of a version."""
    reference, key = version_reference(call.fields), call.fields.text("key", required=True)
    if not call.fields.has("value"):
        raise call.fields.missing("value")
    with version_not_found(reference):
        call.rooms.registry.catalogue.tag_version(call.caller, reference, key, call.fields.text("value"))
    return {}


def delete_tag(call: MlflowCall) -> dict[str, Any]:
    """Remove a tag of a version; one that is not there is fine."""
    reference, key = version_reference(call.fields), call.fields.text("key", required=True)
    with version_not_found(reference):
        call.rooms.registry.catalogue.tag_version(call.caller, reference, key, None)
    return {}


def set_alias(call: MlflowCall) -> dict[str, Any]:
    """Point an alias at a version. The champion is also served, at every endpoint of its model."""
    reference, alias = version_reference(call.fields), check_alias(call.fields.text("alias", required=True))
    with version_not_found(reference):
        call.rooms.registry.environments.check_free(call.caller, reference, alias)
        endpoints = call.rooms.deployments.list_endpoints(call.caller) if alias == CHAMPION else []
        if any(each.model == ModelReference.parse(reference).model for each in endpoints):
            packaged_version(call.rooms, call.caller, reference)
        call.rooms.promotions.point(call.caller, reference, alias)
    return {}


def delete_alias(call: MlflowCall) -> dict[str, Any]:
    """Remove an alias; one that is not there is fine."""
    name, alias = model_name(call.fields), _alias(call)
    with model_not_found(name):
        call.rooms.registry.environments.remove_alias(call.caller, name, alias)
    return {}


def get_by_alias(call: MlflowCall) -> dict[str, Any]:
    """Return the version that an alias points at; `latest` is the newest one."""
    name, alias = model_name(call.fields), _alias(call)
    latest = alias.lower() == LATEST
    try:
        version = call.rooms.registry.get(call.caller, f"{name}@{LATEST if latest else alias}")
    except NotFoundError as error:
        with model_not_found(name):
            call.rooms.registry.catalogue.get_model(call.caller, name)
        if latest:
            raise NotFoundError(f"Latest version not found for model {name[:300]}.") from error
        raise invalid(f"Registered model alias {alias[:300]} not found.") from error
    return {"model_version": version_message(version)}


def _alias(call: MlflowCall) -> str:
    """Return an alias that may be asked for, though none may be called so. Raises MlflowError."""
    alias = call.fields.text("alias", required=True)
    if not is_alias(alias):
        raise invalid(
            f"Invalid alias name: {alias[:120]!r}. Names may only contain alphanumerics, underscores (_), and "
            "dashes (-)."
        )
    return alias


_PATH, _ALIAS = "/mlflow/model-versions", "/mlflow/registered-models/alias"
ENDPOINTS = (
    Endpoint("POST", f"{_PATH}/create", Role.EDITOR, create),
    Endpoint("PATCH", f"{_PATH}/update", Role.EDITOR, update),
    Endpoint("POST", f"{_PATH}/transition-stage", Role.DEPLOYER, transition),
    Endpoint("DELETE", f"{_PATH}/delete", Role.DEPLOYER, delete),
    Endpoint("GET", f"{_PATH}/get", Role.VIEWER, get),
    Endpoint("GET", f"{_PATH}/search", Role.VIEWER, search, lists=frozenset({"order_by"})),
    Endpoint("GET", f"{_PATH}/get-download-uri", Role.VIEWER, get_download_uri),
    Endpoint("POST", f"{_PATH}/set-tag", Role.EDITOR, set_tag),
    Endpoint("DELETE", f"{_PATH}/delete-tag", Role.EDITOR, delete_tag),
    Endpoint("POST", _ALIAS, Role.DEPLOYER, set_alias),
    Endpoint("DELETE", _ALIAS, Role.DEPLOYER, delete_alias),
    Endpoint("GET", _ALIAS, Role.VIEWER, get_by_alias),
)
