"""Searching: experiments, runs and logged models, in pages."""

from __future__ import annotations

from typing import Any

from tidemill.compat.mlflow import shapes
from tidemill.compat.mlflow.endpoint import MlflowCall, known
from tidemill.compat.mlflow.errors import invalid
from tidemill.compat.mlflow.fields import Fields
from tidemill.compat.mlflow.keys import known_numbers
from tidemill.tracking import ListQuery, ModelQuery, OnDataset, RunQuery, View, parse_order, parse_where

_MOST, _USUAL = 50_000, 1000
_USUAL_MODELS = 50
_VIEWS: dict[str, View] = {"ACTIVE_ONLY": "active", "DELETED_ONLY": "deleted", "ALL": "all"}


def search_experiments(call: MlflowCall) -> dict[str, Any]:
    """Return a page of experiments, the newest first."""
    fields = call.fields
    query = ListQuery(
        where=fields.text("filter"),
        order_by=tuple(fields.texts("order_by")),
        view=_VIEWS[fields.choice("view_type", tuple(_VIEWS), "ACTIVE_ONLY")],
        limit=fields.integer("max_results", _USUAL, 1, _MOST),
        token=fields.text("page_token") or None,
    )
    page = call.rooms.tracking.experiments.search(call.caller, query)
    return known(experiments=[shapes.experiment(each) for each in page.found], next_page_token=page.next)


def search_runs(call: MlflowCall) -> dict[str, Any]:
    """Return a page of the runs of experiments, the newest first."""
    fields = call.fields
    query = RunQuery(
        where=parse_where(fields.text("filter")),
        order_by=tuple(parse_order(each) for each in fields.texts("order_by")),
        limit=fields.integer("max_results", _USUAL, 1, _MOST),
        after=fields.text("page_token") or None,
        view=_VIEWS[fields.choice("run_view_type", tuple(_VIEWS), "ACTIVE_ONLY")],
        numbers=tuple(known_numbers(fields.texts("experiment_ids"))),
    )
    page = call.rooms.tracking.search_runs(call.caller, query)
    inputs = call.rooms.tracking.inputs.of_runs(call.caller, [each.run.id for each in page.runs])
    return known(runs=[shapes.run(each, inputs[each.run.id]) for each in page.runs], next_page_token=page.next)


def search_logged_models(call: MlflowCall) -> dict[str, Any]:
    """Return a page of the logged models of experiments, the newest first."""
    fields = call.fields
    if not fields.has("experiment_ids"):
        raise fields.missing("experiment_ids")
    orders = fields.maps("order_by")
    query = ModelQuery(
        where=fields.text("filter"),
        order_by=tuple(map(_model_order, orders)),
        limit=fields.integer("max_results", _USUAL_MODELS, 1, _MOST),
        token=fields.text("page_token") or None,
        datasets=tuple(_dataset(each) for each in fields.maps("datasets")),
        order_datasets=tuple(OnDataset(each.text("dataset_name"), each.text("dataset_digest")) for each in orders),
    )
    numbers = known_numbers(fields.texts("experiment_ids"))
    page = call.rooms.tracking.models.search(call.caller, numbers, query)
    places = {
        number: call.rooms.tracking.experiments.get(call.caller, number).artifact_location
        for number in {each.experiment_number for each in page.found}
    }
    told = [shapes.logged_model(each, places[each.experiment_number]) for each in page.found]
    return known(models=told, next_page_token=page.next)


def _dataset(fields: Fields) -> OnDataset:
    if not fields.text("dataset_name"):
        raise invalid("`dataset_name` in the `datasets` clause must be specified.")
    return OnDataset(fields.text("dataset_name"), fields.text("dataset_digest"))


def _model_order(order: Fields) -> str:
    name, ascending = order.text("field_name", required=True), order.flag("ascending", default=True)
    return f"{name} {'ASC' if ascending else 'DESC'}"
