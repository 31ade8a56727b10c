"""MLflow's messages, made of what the rooms return. Unset fields and empty lists are left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tidemill.compat.mlflow.endpoint import known
from tidemill.core import from_iso, unix_ms
from tidemill.tracking import (
    NAME_TAG,
    Experiment,
    InputDataset,
    LoggedModel,
    MetricPoint,
    ModelMetric,
    Run,
    RunDetail,
    RunInputs,
)

LARGEST = 1.7976931348623157e308
_STATUS = {"paused": "RUNNING"}
_MODEL_STATUS = {
    "pending": "LOGGED_MODEL_PENDING",
    "ready": "LOGGED_MODEL_READY",
    "upload_failed": "LOGGED_MODEL_UPLOAD_FAILED",
}
MODEL_STATUS = {told: status for status, told in _MODEL_STATUS.items()}


def ms(instant: str) -> int:
    """Return an instant as milliseconds since 1970.

    >>> ms("1970-01-01T00:00:01.500000Z")
    1500
    """
    return unix_ms(from_iso(instant))


def ms_or_none(instant: str | None) -> int | None:
    """Return an instant as milliseconds since 1970, None for none."""
    return None if instant is None else ms(instant)


def number(value: float) -> float | str:
    """Return a number as MLflow tells it: NaN as text, infinities as the largest there are.

    >>> number(float("nan")), number(float("-inf"))
    ('NaN', -1.7976931348623157e+308)
    """
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else math.copysign(LARGEST, value)


def pairs(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """Return texts as entries with key and value."""
    return [{"key": key, "value": value} for key, value in texts.items()]


def stage(deleted_at: str | None) -> str:
    """Return the stage of life."""
    return "active" if deleted_at is None else "deleted"


def experiment_root(experiment_number: int, location: str | None) -> str:
    """Return where an experiment keeps its files."""
    return location or f"mlflow-artifacts:/{experiment_number}"


def artifact_uri(run: Run) -> str:
    """Return where a run keeps its files."""
    return f"{experiment_root(run.experiment_number, run.artifact_location)}/{run.id}/artifacts"


def experiment(found: Experiment) -> dict[str, Any]:
    """Return an experiment."""
    return known(
        experiment_id=str(found.number),
        name=found.name,
        artifact_location=experiment_root(found.number, found.artifact_location),
        lifecycle_stage=stage(found.deleted_at),
        last_update_time=ms(found.updated_at),
        creation_time=ms(found.created_at),
        tags=pairs(found.tags),
    )


def run_info(found: Run) -> dict[str, Any]:
    """Return what is known of a run but for what it logged."""
    return known(
        run_uuid=found.id,
        run_id=found.id,
        experiment_id=str(found.experiment_number),
        run_name=found.name,
        user_id=found.created_by if found.user_id is None else found.user_id,
        status=_STATUS.get(found.status, found.status.upper()),
        start_time=ms(found.started_at),
        end_time=ms_or_none(found.ended_at),
        artifact_uri=artifact_uri(found),
        lifecycle_stage=stage(found.deleted_at),
    )


def metric(point: MetricPoint, **more: Any) -> dict[str, Any]:
    """Return a point of a metric."""
    return {"key": point.key, "value": number(point.value), "timestamp": point.at, "step": point.step, **more}


def run(found: RunDetail, inputs: RunInputs) -> dict[str, Any]:
    """Return a run with what it logged, read and wrote."""
    tags = found.tags if NAME_TAG in found.tags else {**found.tags, NAME_TAG: found.run.name}
    data = known(
        metrics=[metric(each) for each in found.metrics.values()], params=pairs(found.params), tags=pairs(tags)
    )
    datasets = [dataset_input(each) for each in inputs.datasets]
    read = [{"model_id": each.model_id} for each in inputs.models_read]
    written = [{"model_id": each.model_id, "step": each.step} for each in inputs.models_written]
    return {
        "info": run_info(found.run),
        "data": data,
        "inputs": known(dataset_inputs=datasets, model_inputs=read),
        "outputs": known(model_outputs=written),
    }


def dataset_input(found: InputDataset) -> dict[str, Any]:
    """Return a dataset that a run read, with the tags of the reading."""
    dataset = known(
        name=found.name,
        digest=found.digest,
        source_type=found.source_type,
        source=found.source,
        schema=found.schema,
        profile=found.profile,
    )
    return known(tags=pairs(found.tags), dataset=dataset)


def model_root(found: LoggedModel, location: str | None) -> str:
    """Return where a logged model keeps its files."""
    return f"{experiment_root(found.experiment_number, location)}/models/{found.id}/artifacts"


def logged_model(found: LoggedModel, location: str | None) -> dict[str, Any]:
    """Return a logged model; `location`: where its experiment keeps files, when that is not here."""
    info = known(
        model_id=found.id,
        experiment_id=str(found.experiment_number),
        name=found.name,
        creation_timestamp_ms=ms(found.created_at),
        last_updated_timestamp_ms=ms(found.updated_at),
        artifact_uri=model_root(found, location),
        status=_MODEL_STATUS[found.status],
        model_type=found.model_type,
        source_run_id=found.source_run_id or "",
        tags=pairs(found.tags),
    )
    data = known(params=pairs(found.params), metrics=[_model_metric(found.id, each) for each in found.metrics])
    return {"info": info, "data": data}


def _model_metric(model_id: str, found: ModelMetric) -> dict[str, Any]:
    return known(
        key=found.key,
        value=number(found.value),
        timestamp=found.at,
        step=found.step,
        model_id=model_id,
        run_id=found.run_id,
        dataset_name=found.dataset_name or None,
        dataset_digest=found.dataset_digest or None,
    )
