"""Runs: create, get, update, delete, restore, and what is logged to them one by one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tidemill.access import Role
from tidemill.compat.mlflow import shapes
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall
from tidemill.compat.mlflow.errors import absent_tag, conflict_is_invalid, invalid
from tidemill.compat.mlflow.keys import LONGEST_PARAM, LONGEST_TAG, check_key, check_run_id, experiment_number
from tidemill.compat.mlflow.log_batch import clamped, log_batch
from tidemill.compat.mlflow.run_search import search_runs
from tidemill.core import ConflictError
from tidemill.tracking import (
    NAME_TAG,
    ClientRun,
    Logged,
    MetricPoint,
    ModelPoint,
    RunDetail,
    RunInputs,
    RunUpdate,
)

_STATUS = {name: name.lower() for name in ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")}


def create(call: MlflowCall) -> dict[str, Any]:
    """Store a run that begins elsewhere, and return it."""
    fields = call.fields
    name, tags = fields.text("run_name"), {key: value[:LONGEST_TAG] for key, value in fields.pairs("tags").items()}
    if name and tags.get(NAME_TAG, name) != name:
        raise invalid(
            f"Both 'run_name' argument and '{NAME_TAG}' tag are specified, but with different values "
            f"(run_name={name[:200]!r}, {NAME_TAG}={tags[NAME_TAG][:200]!r})."
        )
    new = ClientRun(
        experiment_number=experiment_number(fields.text("experiment_id") or "0"),
        name=name,
        user_id=fields.text("user_id"),
        started_at=fields.integer_or_none("start_time"),
        tags=tags,
    )
    with conflict_is_invalid():
        made = call.rooms.tracking.changes.begin(call.caller, new)
    # Nothing else is logged to it yet: what it is need not be read.
    detail = RunDetail(made, {}, {}, dict(sorted({**new.tags, NAME_TAG: made.name}.items())))
    return {"run": shapes.run(detail, RunInputs())}


def get(call: MlflowCall) -> dict[str, Any]:
    """Return a run with what it logged."""
    return {"run": _run(call, _run_id(call))}


def update(call: MlflowCall) -> dict[str, Any]:
    """End a run, let it go on, or rename it; an unknown status changes nothing."""
    fields = call.fields
    to = RunUpdate(
        status=_STATUS.get(fields.choice("status", tuple(_STATUS), "")),
        ended_at=fields.integer_or_none("end_time"),
        name=fields.text("run_name") or None,
    )
    run_id = _run_id(call)
    with conflict_is_invalid():
        return {"run_info": shapes.run_info(call.rooms.tracking.changes.update(call.caller, run_id, to))}


def delete(call: MlflowCall) -> dict[str, Any]:
    """Mark a run as deleted; once more is fine."""
    with suppress(ConflictError):
        call.rooms.tracking.changes.delete(call.caller, _run_id(call))
    return {}


def restore(call: MlflowCall) -> dict[str, Any]:
    """Bring a deleted run back; one that is not deleted stays as it is."""
    with suppress(ConflictError):
        call.rooms.tracking.changes.restore(call.caller, _run_id(call))
    return {}


def log_metric(call: MlflowCall) -> dict[str, Any]:
    """Store a point of a metric."""
    fields = call.fields
    run_id, key = _run_id(call), fields.text("key", required=True)
    check_key(key, "key")
    value = clamped(fields.number("value", required=True))
    point = MetricPoint(key, value, fields.integer("step", 0), fields.integer("timestamp", least=0))
    model_id = fields.text("model_id")
    models = []
    if model_id:
        of = (fields.text("dataset_name"), fields.text("dataset_digest"))
        models.append(ModelPoint(model_id, key, value, point.step, point.at, *of))
    return _log(call, run_id, Logged(points=[point], models=models))


def log_param(call: MlflowCall) -> dict[str, Any]:
    """Store a param; the same again is fine, another value is not."""
    run_id, key = _run_id(call), call.fields.text("key", required=True)
    check_key(key, "key")
    return _log(call, run_id, Logged(params={key: call.fields.text("value")[:LONGEST_PARAM]}))


def set_tag(call: MlflowCall) -> dict[str, Any]:
    """Store a tag."""
    run_id, key = _run_id(call), call.fields.text("key", required=True)
    check_key(key, "key")
    return _log(call, run_id, Logged(tags={key: call.fields.text("value")[:LONGEST_TAG]}))


def delete_tag(call: MlflowCall) -> dict[str, Any]:
    """Remove a tag."""
    run_id, key = _run_id(call), call.fields.text("key", required=True)
    with conflict_is_invalid(), absent_tag(key, f"run with id {run_id}"):
        call.rooms.tracking.changes.delete_tag(call.caller, run_id, key)
    return {}


def _run_id(call: MlflowCall) -> str:
    return check_run_id(call.fields.run_id())


def _log(call: MlflowCall, run_id: str, logged: Logged) -> dict[str, Any]:
    with conflict_is_invalid():
        call.rooms.tracking.changes.log(call.caller, run_id, logged)
    return {}


def _run(call: MlflowCall, run_id: str) -> dict[str, Any]:
    tracking = call.rooms.tracking
    detail = tracking.get_run(call.caller, run_id)
    return shapes.run(detail, tracking.inputs.of_runs(call.caller, [run_id])[run_id])


ENDPOINTS = (
    Endpoint("POST", "/mlflow/runs/create", Role.EDITOR, create),
    Endpoint("GET", "/mlflow/runs/get", Role.VIEWER, get),
    Endpoint("POST", "/mlflow/runs/update", Role.EDITOR, update),
    Endpoint("POST", "/mlflow/runs/delete", Role.EDITOR, delete),
    Endpoint("POST", "/mlflow/runs/restore", Role.EDITOR, restore),
    Endpoint("POST", "/mlflow/runs/log-metric", Role.EDITOR, log_metric),
    Endpoint("POST", "/mlflow/runs/log-parameter", Role.EDITOR, log_param),
    Endpoint("POST", "/mlflow/runs/set-tag", Role.EDITOR, set_tag),
    Endpoint("POST", "/mlflow/runs/delete-tag", Role.EDITOR, delete_tag),
    Endpoint("POST", "/mlflow/runs/log-batch", Role.EDITOR, log_batch),
    Endpoint("POST", "/mlflow/runs/search", Role.VIEWER, search_runs),
)
