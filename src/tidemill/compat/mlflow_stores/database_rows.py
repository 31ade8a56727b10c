"""Records that are moved as rows of an MLflow database, by table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tidemill.compat.mlflow_stores.folder_records import MODEL_STATUS
from tidemill.compat.mlflow_stores.folder_registry import source_there
from tidemill.compat.mlflow_stores.records import (
    DELETED,
    MovedExperiment,
    MovedInput,
    MovedLoggedModel,
    MovedModel,
    MovedRun,
    MovedVersion,
    PointsOf,
)
from tidemill.core import digest_bytes

_LARGEST = 1.7976931348623157e308
_RUN_NAME = "mlflow.runName"
Rows = list[dict[str, Any]]


def experiment_rows(experiment: MovedExperiment, number: int, location: str) -> dict[str, Rows]:
    """Return the rows of an experiment."""
    row = {
        "experiment_id": number,
        "name": experiment.name,
        "artifact_location": location,
        "lifecycle_stage": experiment.lifecycle,
        "creation_time": experiment.created_ms,
        "last_update_time": experiment.updated_ms,
    }
    return {"experiments": [row], "experiment_tags": _texts(experiment.tags, experiment_id=number)}


def run_rows(run: MovedRun, number: int, location: str) -> dict[str, Rows]:
    """Return the rows of a run, but those of its points and inputs."""
    row = {
        "run_uuid": run.id,
        "name": run.name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "user_id": run.user_id,
        "status": run.status,
        "start_time": run.start_ms,
        "end_time": run.end_ms,
        "deleted_time": (run.deleted_ms or run.end_ms or run.start_ms) if run.lifecycle == DELETED else None,
        "source_version": "",
        "lifecycle_stage": run.lifecycle,
        "artifact_uri": location,
        "experiment_id": number,
    }
    links = [_link("RUN_INPUT", run.id, "MODEL_INPUT", id_, 0) for id_ in run.models_in]
    links += [_link("RUN_OUTPUT", run.id, "MODEL_OUTPUT", id_, step) for id_, step in run.models_out]
    return {
        "runs": [row],
        "params": _texts(run.params, run_uuid=run.id),
        "tags": _texts({_RUN_NAME: run.name, **run.tags}, run_uuid=run.id),
        "inputs": links,
    }


def dataset_rows(run_id: str, given: MovedInput, number: int, known: dict[tuple[str, str], str]) -> dict[str, Rows]:
    """Return the rows of a dataset that a run read. known: the ids of the datasets of the experiment, added to."""
    pair = (given.name, given.digest)
    is_new = pair not in known
    id_ = known.setdefault(pair, digest_bytes(f"{number}\0{given.name}\0{given.digest}".encode())[:32])
    row = {
        "dataset_uuid": id_,
        "experiment_id": number,
        "name": given.name,
        "digest": given.digest,
        "dataset_source_type": given.source_type,
        "dataset_source": given.source,
        "dataset_schema": given.schema,
        "dataset_profile": given.profile,
    }
    link = _link("DATASET", id_, "RUN", run_id, 0)
    tags = [{"input_uuid": link["input_uuid"], "name": key, "value": text} for key, text in given.tags.items()]
    return {"datasets": [row] if is_new else [], "inputs": [link], "input_tags": tags}


def point_rows(part: PointsOf) -> Rows:
    """Return the rows of points: not a number is a mark, and infinity the largest number, as MLflow has them."""
    return [
        {"run_uuid": part.run_id, "key": key, "step": step, "timestamp": at, **_value(value)}
        for key, points in part.histories.items()
        for step, at, value in points
    ]


def logged_model_rows(model: MovedLoggedModel, number: int, location: str) -> dict[str, Rows]:
    """Return the rows of a logged model."""
    codes = {word: code for code, word in MODEL_STATUS.items()}
    row = {
        "model_id": model.id,
        "experiment_id": number,
        "name": model.name,
        "artifact_location": location,
        "creation_timestamp_ms": model.created_ms or 0,
        "last_updated_timestamp_ms": model.updated_ms or model.created_ms or 0,
        "status": codes.get(model.status, 2),
        "lifecycle_stage": model.lifecycle,
        "model_type": model.model_type or None,
        "source_run_id": model.source_run_id or None,
        "status_message": model.status_message or None,
    }
    of = {"model_id": model.id, "experiment_id": number}
    metrics = [
        of
        | {
            "metric_name": each.key,
            "metric_timestamp_ms": each.at,
            "metric_step": each.step,
            "metric_value": None if math.isnan(each.value) else _clamped(each.value),
            "run_id": each.run_id,
            "dataset_name": each.dataset_name,
            "dataset_digest": each.dataset_digest,
        }
        for each in model.metrics
    ]
    return {
        "logged_models": [row],
        "logged_model_params": [{**of, "param_key": key, "param_value": text} for key, text in model.params.items()],
        "logged_model_tags": [{**of, "tag_key": key, "tag_value": text} for key, text in model.tags.items()],
        "logged_model_metrics": metrics,
    }


def model_rows(model: MovedModel) -> dict[str, Rows]:
    """Return the rows of a registered model, but those of versions and aliases."""
    row = {
        "name": model.name,
        "creation_time": model.created_ms,
        "last_updated_time": model.updated_ms,
        "description": model.description or None,
    }
    return {"registered_models": [row], "registered_model_tags": _texts(model.tags, name=model.name)}


def version_rows(name: str, version: MovedVersion, places: Mapping[str, str]) -> dict[str, Rows]:
    """Return the rows of a version. places: where the artifacts of experiments are, by their ids in the source."""
    source = source_there(version.source, places)
    row = {
        "name": name,
        "version": version.version,
        "creation_time": version.created_ms,
        "last_updated_time": version.updated_ms,
        "description": version.description or None,
        "user_id": version.user_id or None,
        "current_stage": version.stage or "None",
        "source": source,
        "storage_location": source,
        "run_id": version.run_id or None,
        "run_link": version.run_link or None,
        "status": version.status,
        "status_message": version.status_message or None,
    }
    tags = _texts(version.tags, name=name, version=version.version)
    return {"model_versions": [row], "model_version_tags": tags}


def _texts(texts: Mapping[str, str], **of: Any) -> Rows:
    return [{**of, "key": key, "value": text} for key, text in texts.items()]


def _link(kind: str, source: str, to: str, destination: str, step: int) -> dict[str, Any]:
    id_ = digest_bytes("\0".join((kind, source, to, destination)).encode())[:32]
    return {
        "input_uuid": id_,
        "source_type": kind,
        "source_id": source,
        "destination_type": to,
        "destination_id": destination,
        "step": step,
    }


def _value(value: float) -> dict[str, Any]:
    return {"value": 0.0, "is_nan": True} if math.isnan(value) else {"value": _clamped(value), "is_nan": False}


def _clamped(value: float) -> float:
    return math.copysign(_LARGEST, value) if math.isinf(value) else value
