"""What ``meta.yaml`` of an mlruns folder says, as records that are moved."""

from __future__ import annotations

from typing import Any

from tidemill.compat.mlflow_stores.records import ACTIVE, MovedExperiment, MovedInput, MovedLoggedModel, MovedRun

_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
MODEL_STATUS = {0: "UNSPECIFIED", 1: "PENDING", 2: "READY", 3: "UPLOAD_FAILED"}
_RUN_NAME = "mlflow.runName"
_Texts = tuple[dict[str, str], dict[str, str]]
_Links = tuple[tuple[MovedInput, ...], tuple[str, ...], tuple[tuple[str, int], ...]]


def experiment_of(id_: str, meta: dict[str, Any], tags: dict[str, str]) -> MovedExperiment:
    """Return an experiment."""
    return MovedExperiment(
        id=id_,
        name=text_of(meta, "name") or id_,
        location=text_of(meta, "artifact_location"),
        lifecycle=text_of(meta, "lifecycle_stage") or ACTIVE,
        created_ms=whole_of(meta, "creation_time"),
        updated_ms=whole_of(meta, "last_update_time"),
        tags=tags,
    )


def run_of(experiment_id: str, id_: str, meta: dict[str, Any], texts: _Texts, links: _Links) -> MovedRun:
    """Return a run with its params and tags, and what it read and made."""
    status = meta.get("status")
    return MovedRun(
        id=id_,
        experiment_id=experiment_id,
        name=text_of(meta, "run_name") or text_of(meta, "name") or texts[1].get(_RUN_NAME, ""),
        status=_STATUS.get(status, "FAILED") if isinstance(status, int) else str(status or "FAILED"),
        start_ms=whole_of(meta, "start_time"),
        end_ms=whole_of(meta, "end_time"),
        user_id=text_of(meta, "user_id"),
        lifecycle=text_of(meta, "lifecycle_stage") or ACTIVE,
        deleted_ms=whole_of(meta, "deleted_time"),
        location=text_of(meta, "artifact_uri"),
        params=texts[0],
        tags=texts[1],
        inputs=links[0],
        models_in=links[1],
        models_out=links[2],
    )


def input_of(dataset: dict[str, Any], tags: dict[str, Any]) -> MovedInput:
    """Return a dataset that a run read."""
    return MovedInput(
        name=text_of(dataset, "name"),
        digest=text_of(dataset, "digest"),
        source_type=text_of(dataset, "source_type"),
        source=text_of(dataset, "source"),
        schema=text_of(dataset, "schema") or None,
        profile=text_of(dataset, "profile") or None,
        tags={key: str(value) for key, value in tags.items()},
    )


def experiment_meta(experiment: MovedExperiment, location: str) -> dict[str, Any]:
    """Return the meta.yaml of an experiment."""
    return {
        "artifact_location": location,
        "creation_time": experiment.created_ms,
        "experiment_id": experiment.id,
        "last_update_time": experiment.updated_ms,
        "lifecycle_stage": experiment.lifecycle,
        "name": experiment.name,
    }


def run_meta(run: MovedRun, experiment_id: str, location: str) -> dict[str, Any]:
    """Return the meta.yaml of a run."""
    numbers = {word: number for number, word in _STATUS.items()}
    return {
        "artifact_uri": location,
        **({"deleted_time": run.deleted_ms} if run.deleted_ms is not None else {}),
        "end_time": run.end_ms,
        "entry_point_name": "",
        "experiment_id": experiment_id,
        "lifecycle_stage": run.lifecycle,
        "run_id": run.id,
        "run_name": run.name,
        "source_name": "",
        "source_type": 4,
        "source_version": "",
        "start_time": run.start_ms,
        "status": numbers.get(run.status, 4),
        "tags": {},
        "user_id": run.user_id,
    }


def dataset_meta(dataset: MovedInput) -> dict[str, Any]:
    """Return the meta.yaml of a dataset."""
    names = ("digest", "name", "profile", "schema", "source", "source_type")
    return {name: getattr(dataset, name) for name in names}


def logged_model_meta(model: MovedLoggedModel, experiment_id: str, location: str) -> dict[str, Any]:
    """Return the meta.yaml of a logged model."""
    numbers = {word: number for number, word in MODEL_STATUS.items()}
    return {
        "artifact_location": location,
        "creation_timestamp": model.created_ms,
        "experiment_id": experiment_id,
        "last_updated_timestamp": model.updated_ms,
        "model_id": model.id,
        "model_type": model.model_type or None,
        "name": model.name,
        "source_run_id": model.source_run_id or None,
        "status": numbers.get(model.status, 2),
        "status_message": model.status_message or None,
        **({"lifecycle_stage": model.lifecycle} if model.lifecycle != ACTIVE else {}),
    }


def text_of(meta: dict[str, Any], name: str) -> str:
    """Return a field as text; empty for none."""
    value = meta.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value)


def whole_of(meta: dict[str, Any], name: str) -> int | None:
    """Return a field that is a whole number, as digits too; else None."""
    value = meta.get(name)
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
