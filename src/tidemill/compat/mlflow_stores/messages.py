"""MLflow's JSON messages as records that are moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tidemill.compat.mlflow_stores.fitting import model_named_by
from tidemill.compat.mlflow_stores.records import (
    ACTIVE,
    ModelMetric,
    MovedExperiment,
    MovedInput,
    MovedLoggedModel,
    MovedRun,
    MovedVersion,
)

_PREFIX = "LOGGED_MODEL_"
_Message = Mapping[str, Any]


def experiment_of(message: _Message) -> MovedExperiment:
    """Return an Experiment."""
    return MovedExperiment(
        id=str(message["experiment_id"]),
        name=str(message.get("name", "")),
        location=message.get("artifact_location", ""),
        lifecycle=message.get("lifecycle_stage", ACTIVE),
        created_ms=whole(message.get("creation_time")),
        updated_ms=whole(message.get("last_update_time")),
        tags=pairs(message.get("tags")),
    )


def run_of(message: _Message) -> MovedRun:
    """Return a Run, without its metrics."""
    info, data = message["info"], message.get("data", {})
    inputs, outputs = message.get("inputs", {}), message.get("outputs", {})
    return MovedRun(
        id=str(info.get("run_id") or info.get("run_uuid")),
        experiment_id=str(info["experiment_id"]),
        name=info.get("run_name", ""),
        status=info.get("status", "FAILED"),
        start_ms=whole(info.get("start_time")),
        end_ms=whole(info.get("end_time")),
        user_id=info.get("user_id", ""),
        lifecycle=info.get("lifecycle_stage", ACTIVE),
        location=info.get("artifact_uri", ""),
        params=pairs(data.get("params")),
        tags=pairs(data.get("tags")),
        inputs=tuple(map(_input_of, inputs.get("dataset_inputs", ()))),
        models_in=tuple(str(each["model_id"]) for each in inputs.get("model_inputs", ())),
        models_out=tuple((str(each["model_id"]), whole(each.get("step")) or 0) for each in _outputs(outputs)),
    )


def logged_model_of(message: _Message) -> MovedLoggedModel:
    """Return a LoggedModel."""
    info, data = message["info"], message.get("data", {})
    return MovedLoggedModel(
        id=str(info["model_id"]),
        experiment_id=str(info["experiment_id"]),
        name=info.get("name", ""),
        status=str(info.get("status", "READY")).removeprefix(_PREFIX),
        model_type=info.get("model_type", ""),
        source_run_id=info.get("source_run_id", ""),
        status_message=info.get("status_message", ""),
        created_ms=whole(info.get("creation_timestamp_ms")),
        updated_ms=whole(info.get("last_updated_timestamp_ms")),
        location=info.get("artifact_uri", ""),
        params=pairs(data.get("params")),
        tags=pairs(info.get("tags")),
        metrics=tuple(map(_metric_of, data.get("metrics", ()))),
    )


def version_of(message: _Message) -> MovedVersion:
    """Return a ModelVersion."""
    return MovedVersion(
        version=int(message["version"]),
        source=message.get("source", ""),
        run_id=message.get("run_id", ""),
        model_id=message.get("model_id") or model_named_by(str(message.get("source", ""))),
        stage=message.get("current_stage", "None"),
        status=message.get("status", "READY"),
        status_message=message.get("status_message", ""),
        user_id=message.get("user_id", ""),
        description=message.get("description", ""),
        run_link=message.get("run_link", ""),
        created_ms=whole(message.get("creation_timestamp")),
        updated_ms=whole(message.get("last_updated_timestamp")),
        tags=pairs(message.get("tags")),
    )


def point_of(message: _Message) -> tuple[int, int, float]:
    """Return a Metric as step, milliseconds, value."""
    return whole(message.get("step")) or 0, whole(message.get("timestamp")) or 0, number(message.get("value"))


def pairs(messages: Any) -> dict[str, str]:
    """Return keys and values."""
    return {str(each["key"]): str(each.get("value", "")) for each in messages or ()}


def whole(value: Any) -> int | None:
    """Return a whole number, which may come as text; None for none."""
    return None if value is None or value == "" else int(value)


def number(value: Any) -> float:
    """Return a number, which may come as the text NaN or Infinity."""
    return math.nan if value is None else float(value)


def _input_of(message: _Message) -> MovedInput:
    dataset = message.get("dataset", {})
    return MovedInput(
        name=dataset.get("name", ""),
        digest=dataset.get("digest", ""),
        source_type=dataset.get("source_type", ""),
        source=dataset.get("source", ""),
        schema=dataset.get("schema"),
        profile=dataset.get("profile"),
        tags=pairs(message.get("tags")),
    )


def _metric_of(message: _Message) -> ModelMetric:
    step, at, value = point_of(message)
    dataset = (message.get("dataset_name"), message.get("dataset_digest"))
    return ModelMetric(str(message["key"]), value, step, at, message.get("run_id", ""), *dataset)


def _outputs(outputs: _Message) -> Any:
    return outputs.get("model_outputs", ())
