"""What ``meta.yaml`` of an mlruns folder says, as records that are moved."""

from __future__ import annotations

from typing import Any

from tidemill.compat.mlflow_stores.records import ACTIVE, MovedExperiment, MovedInput, MovedRun

_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
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
