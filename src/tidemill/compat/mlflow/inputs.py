"""Datasets and models that runs read and wrote."""

from __future__ import annotations

from typing import Any

from tidemill.access import Role
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall, known
from tidemill.compat.mlflow.errors import conflict_is_invalid, invalid
from tidemill.compat.mlflow.fields import Fields
from tidemill.compat.mlflow.keys import check_run_id, known_numbers
from tidemill.tracking import InputDataset, ModelUse

_MOST_EXPERIMENTS = 20


def log_inputs(call: MlflowCall) -> dict[str, Any]:
    """Store what a run has read."""
    run_id = check_run_id(call.fields.text("run_id", required=True))
    if not call.fields.has("datasets") and not call.fields.has("models"):
        raise call.fields.missing("datasets")
    datasets = [_dataset(each) for each in call.fields.maps("datasets")]
    models = [ModelUse(each.text("model_id", required=True)) for each in call.fields.maps("models")]
    with conflict_is_invalid():
        call.rooms.tracking.inputs.log(call.caller, run_id, datasets, models)
    return {}


def log_outputs(call: MlflowCall) -> dict[str, Any]:
    """Store which models a run has written."""
    run_id = check_run_id(call.fields.text("run_id", required=True))
    if not call.fields.has("models"):
        raise call.fields.missing("models")
    given = call.fields.maps("models")
    models = [ModelUse(each.text("model_id", required=True), each.integer("step", 0)) for each in given]
    with conflict_is_invalid():
        call.rooms.tracking.inputs.log_outputs(call.caller, run_id, models)
    return {}


def search_datasets(call: MlflowCall) -> dict[str, Any]:
    """Return which datasets the runs of experiments have read."""
    ids = call.fields.texts("experiment_ids")
    if not ids:
        raise invalid("SearchDatasets request must specify at least one experiment_id.")
    if len(ids) > _MOST_EXPERIMENTS:
        raise invalid(
            f"SearchDatasets request cannot specify more than {_MOST_EXPERIMENTS} experiment_ids. "
            f"Received {len(ids)} experiment_ids."
        )
    found = call.rooms.tracking.inputs.summaries(call.caller, known_numbers(ids))
    told = [
        known(experiment_id=str(each.experiment_number), name=each.name, digest=each.digest, context=each.context)
        for each in found
    ]
    return known(dataset_summaries=told)


def _dataset(fields: Fields) -> InputDataset:
    dataset = fields.map("dataset")
    if dataset is None:
        raise fields.missing("dataset")
    return InputDataset(
        name=dataset.text("name", required=True),
        digest=dataset.text("digest", required=True),
        source_type=dataset.text("source_type", required=True),
        source=dataset.text("source", required=True),
        schema=dataset.text_or_none("schema"),
        profile=dataset.text_or_none("profile"),
        tags=fields.pairs("tags"),
    )


ENDPOINTS = (
    Endpoint("POST", "/mlflow/runs/log-inputs", Role.EDITOR, log_inputs),
    Endpoint("POST", "/mlflow/runs/outputs", Role.EDITOR, log_outputs),
    Endpoint("POST", "/mlflow/experiments/search-datasets", Role.VIEWER, search_datasets, doors=("ajax-api",)),
)
