"""Models that runs wrote, and the older way to say so by a tag."""

from __future__ import annotations

from typing import Any

import msgspec

from tidemill.access import Role
from tidemill.compat.mlflow import shapes
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall
from tidemill.compat.mlflow.errors import conflict_is_invalid, invalid
from tidemill.compat.mlflow.fields import Fields
from tidemill.compat.mlflow.keys import check_keys, check_run_id, experiment_number
from tidemill.compat.mlflow.run_search import search_logged_models
from tidemill.tracking import Logged, LoggedModel, NewLoggedModel

_HISTORY_TAG = "mlflow.log-model.history"
_MODEL_FIELDS = ("artifact_path", "flavors", "utc_time_created", "run_id")
_LONGEST_PARAM = 6000


def create(call: MlflowCall) -> dict[str, Any]:
    """Store that a model is about to be written."""
    fields = call.fields
    new = NewLoggedModel(
        experiment_number=experiment_number(fields.text("experiment_id", required=True)),
        name=fields.text("name"),
        model_type=fields.text("model_type"),
        source_run_id=fields.text("source_run_id") or None,
        params=_pairs(fields, "params"),
        tags=_pairs(fields, "tags"),
    )
    with conflict_is_invalid():
        return _told(call, call.rooms.tracking.models.create(call.caller, new))


def get(call: MlflowCall) -> dict[str, Any]:
    """Return a logged model."""
    return _told(call, call.rooms.tracking.models.get(call.caller, _id(call)))


def finalize(call: MlflowCall) -> dict[str, Any]:
    """Store whether a model was written whole."""
    given = call.fields.text("status", required=True)
    if given not in shapes.MODEL_STATUS:
        allowed = f"it must be one of {', '.join(shapes.MODEL_STATUS)}"
        raise call.fields.invalid("status", given, allowed)
    status = shapes.MODEL_STATUS[given]
    return _told(call, call.rooms.tracking.models.set_status(call.caller, _id(call), status))


def delete(call: MlflowCall) -> dict[str, Any]:
    """Mark a logged model as deleted."""
    call.rooms.tracking.models.delete(call.caller, _id(call))
    return {}


def set_tags(call: MlflowCall) -> dict[str, Any]:
    """Store tags of a logged model."""
    return _told(call, call.rooms.tracking.models.set_tags(call.caller, _id(call), _pairs(call.fields, "tags")))


def delete_tag(call: MlflowCall) -> dict[str, Any]:
    """Remove a tag of a logged model."""
    key = call.fields.text("tag_key", required=True)
    call.rooms.tracking.models.delete_tag(call.caller, _id(call), key)
    return {}


def log_params(call: MlflowCall) -> dict[str, Any]:
    """Store params of a logged model."""
    call.rooms.tracking.models.log_params(call.caller, _id(call), _pairs(call.fields, "params"))
    return {}


def log_model(call: MlflowCall) -> dict[str, Any]:
    """Keep in a tag of the run what older clients tell of a model: a list, the newest last."""
    run_id = check_run_id(call.fields.text("run_id", required=True))
    text = call.fields.text("model_json", required=True)
    try:
        model = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise invalid(f"Malformed model info. \n {text[:500]} \n is not valid JSON.") from error
    absent = [name for name in _MODEL_FIELDS if not isinstance(model, dict) or name not in model]
    if absent:
        raise invalid(f"Model json is missing mandatory fields: {absent}")
    tags = call.rooms.tracking.get_run(call.caller, run_id).tags
    told = [*msgspec.json.decode(tags.get(_HISTORY_TAG, "[]")), model]
    with conflict_is_invalid():
        logged = Logged(tags={_HISTORY_TAG: msgspec.json.encode(told).decode()})
        call.rooms.tracking.changes.log(call.caller, run_id, logged)
    return {}


def _id(call: MlflowCall) -> str:
    return call.fields.text("model_id", required=True)


def _pairs(fields: Fields, name: str) -> dict[str, str]:
    given = [(each.text("key", required=True), each.text("value")[:_LONGEST_PARAM]) for each in fields.maps(name)]
    check_keys((key for key, _ in given), name)
    return dict(given)


def _told(call: MlflowCall, model: LoggedModel) -> dict[str, Any]:
    experiment = call.rooms.tracking.experiments.get(call.caller, model.experiment_number)
    return {"model": shapes.logged_model(model, experiment.artifact_location)}


_MODEL = "/mlflow/logged-models/{model_id}"
ENDPOINTS = (
    Endpoint("POST", "/mlflow/logged-models", Role.EDITOR, create),
    Endpoint("POST", "/mlflow/logged-models/search", Role.VIEWER, search_logged_models),
    Endpoint("GET", _MODEL, Role.VIEWER, get),
    Endpoint("PATCH", _MODEL, Role.EDITOR, finalize),
    Endpoint("DELETE", _MODEL, Role.EDITOR, delete),
    Endpoint("PATCH", f"{_MODEL}/tags", Role.EDITOR, set_tags),
    Endpoint("DELETE", f"{_MODEL}/tags/{{tag_key}}", Role.EDITOR, delete_tag),
    Endpoint("POST", f"{_MODEL}/params", Role.EDITOR, log_params),
    Endpoint("POST", "/mlflow/runs/log-model", Role.EDITOR, log_model),
)
