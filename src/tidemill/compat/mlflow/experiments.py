"""Experiments: create, get, search, rename, delete, restore, tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tidemill.access import Role
from tidemill.compat.mlflow import shapes
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall
from tidemill.compat.mlflow.errors import absent_tag, conflict_is_invalid, invalid, missing, taken_is_exists
from tidemill.compat.mlflow.fields import Fields
from tidemill.compat.mlflow.keys import LONGEST_EXPERIMENT_TAG, check_key, check_keys, experiment_number
from tidemill.compat.mlflow.run_search import search_experiments
from tidemill.core import ConflictError

_REFUSED = ("#", "?", ";")


def create(call: MlflowCall) -> dict[str, Any]:
    """Store an experiment and return its id."""
    fields = call.fields
    name = fields.text("name", required=True)
    location, tags = _location(call), _tags(fields)
    with taken_is_exists():
        made = call.rooms.tracking.experiments.create(call.caller, name, tags, location)
    return {"experiment_id": str(made.number)}


def get(call: MlflowCall) -> dict[str, Any]:
    """Return an experiment by its id."""
    return {"experiment": shapes.experiment(call.rooms.tracking.experiments.get(call.caller, _number(call)))}


def get_by_name(call: MlflowCall) -> dict[str, Any]:
    """Return an experiment by its name."""
    name = call.fields.text("experiment_name", required=True)
    return {"experiment": shapes.experiment(call.rooms.tracking.experiments.get_named(call.caller, name))}


def update(call: MlflowCall) -> dict[str, Any]:
    """Rename an experiment."""
    number, name = _number(call), call.fields.text("new_name", required=True)
    with conflict_is_invalid() if _is_deleted(call, number) else taken_is_exists():
        call.rooms.tracking.experiments.rename(call.caller, number, name)
    return {}


def delete(call: MlflowCall) -> dict[str, Any]:
    """Mark an experiment as deleted, with its runs; of a deleted one it is said that there is none."""
    number = _number(call)
    try:
        call.rooms.tracking.experiments.delete(call.caller, number)
    except ConflictError as error:
        raise missing(f"No Experiment with id={number} exists: it is deleted") from error
    return {}


def restore(call: MlflowCall) -> dict[str, Any]:
    """Bring a deleted experiment back."""
    call.rooms.tracking.experiments.restore(call.caller, _number(call))
    return {}


def set_tag(call: MlflowCall) -> dict[str, Any]:
    """Store a tag."""
    number, key = _number(call), call.fields.text("key", required=True)
    value = call.fields.text("value")
    check_key(key, "key")
    _check_tag(key, value)
    with conflict_is_invalid():
        call.rooms.tracking.experiments.set_tags(call.caller, number, {key: value})
    return {}


def delete_tag(call: MlflowCall) -> dict[str, Any]:
    """Remove a tag."""
    number, key = _number(call), call.fields.text("key", required=True)
    with conflict_is_invalid(), absent_tag(key, f"experiment with id {number}"):
        call.rooms.tracking.experiments.delete_tag(call.caller, number, key)
    return {}


def _number(call: MlflowCall) -> int:
    return experiment_number(call.fields.text("experiment_id", required=True))


def _is_deleted(call: MlflowCall, number: int) -> bool:
    return call.rooms.tracking.experiments.get(call.caller, number).deleted_at is not None


def _tags(fields: Fields) -> dict[str, str]:
    entries = fields.maps("tags")
    tags = [(each.text("key", required=True), each.text("value")) for each in entries]
    check_keys((key for key, _ in tags), "tags")
    for key, value in tags:
        _check_tag(key, value)
    return dict(tags)


def _check_tag(key: str, value: str) -> None:
    if len(value) > LONGEST_EXPERIMENT_TAG:
        raise invalid(
            f"'value' exceeds the maximum length of {LONGEST_EXPERIMENT_TAG} characters: that of the experiment's tag "
            f"{key!r} has {len(value)}"
        )


def _location(call: MlflowCall) -> str | None:
    """Return where an experiment is to keep its files: a place that this server never reads or writes."""
    given = call.fields.text("artifact_location")
    if not given:
        return None
    if any(each in given for each in _REFUSED):
        raise call.fields.invalid("artifact_location", given, "it can't include fragments, params or query strings")
    if ".." in given.replace("\\", "/").replace("%2e", ".").replace("%2E", ".").split("/"):
        raise call.fields.invalid("artifact_location", given, "Invalid path: it must not go up by '..'")
    if urlsplit(given).scheme:
        return given.rstrip("/") or given
    return str(Path(call.rooms.folder) / given)


_READ = (
    Endpoint("GET", "/mlflow/experiments/get", Role.VIEWER, get),
    Endpoint("GET", "/mlflow/experiments/get-by-name", Role.VIEWER, get_by_name),
    Endpoint("POST", "/mlflow/experiments/search", Role.VIEWER, search_experiments),
    Endpoint("GET", "/mlflow/experiments/search", Role.VIEWER, search_experiments, lists=frozenset({"order_by"})),
)
ENDPOINTS = (
    *_READ,
    Endpoint("POST", "/mlflow/experiments/create", Role.EDITOR, create),
    Endpoint("POST", "/mlflow/experiments/update", Role.EDITOR, update),
    Endpoint("POST", "/mlflow/experiments/delete", Role.EDITOR, delete),
    Endpoint("POST", "/mlflow/experiments/restore", Role.EDITOR, restore),
    Endpoint("POST", "/mlflow/experiments/set-experiment-tag", Role.EDITOR, set_tag),
    Endpoint("POST", "/mlflow/experiments/delete-experiment-tag", Role.EDITOR, delete_tag),
)
