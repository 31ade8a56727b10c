"""Experiments and logged models that are asked for: where the names of a filter stand, and pages in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.tracking._tables import (
    experiment_table,
    experiment_tag_table,
    logged_model_metric_table,
    logged_model_param_table,
    logged_model_table,
    logged_model_tag_table,
)
from tidemill.tracking.listing import ListQuery, ModelQuery, OnDataset
from tidemill.tracking.searching import (
    EXPERIMENTS,
    LOGGED_MODELS,
    Attached,
    Column,
    PageOf,
    Searched,
    Term,
    fingerprint,
    list_page,
    matching,
    terms_of,
)

Found = tuple[list[dict[str, Any]], str | None]
_EXPERIMENT, _MODEL = experiment_table.c, logged_model_table.c
_TIMES = {
    "creation_time": Column(_EXPERIMENT.created_at, instant=True),
    "last_update_time": Column(_EXPERIMENT.updated_at, instant=True),
    "name": Column(_EXPERIMENT.name),
}
_OF_AN_EXPERIMENT = {"project_id": _EXPERIMENT.project_id, "experiment_id": _EXPERIMENT.id}
_EXPERIMENTS = Searched(
    # It is asked for as text, and ordered as a number.
    attributes={**_TIMES, "experiment_id": Column(sa.cast(_EXPERIMENT.number, sa.String))},
    attached={"tags": Attached(experiment_tag_table, _OF_AN_EXPERIMENT)},
)
_ORDERED_EXPERIMENTS = Searched(attributes={**_TIMES, "experiment_id": Column(_EXPERIMENT.number)})
_OF_A_MODEL = {"project_id": _MODEL.project_id, "model_id": _MODEL.id}
_MODELS = Searched(
    attributes={
        "name": Column(_MODEL.name),
        "model_id": Column(_MODEL.id),
        "model_type": Column(_MODEL.model_type),
        "status": Column(_MODEL.status, spell=str.lower),
        "source_run_id": Column(_MODEL.source_run_id),
        "creation_timestamp": Column(_MODEL.created_at, instant=True),
        "last_updated_timestamp": Column(_MODEL.updated_at, instant=True),
    },
    attached={
        "tags": Attached(logged_model_tag_table, _OF_A_MODEL),
        "params": Attached(logged_model_param_table, _OF_A_MODEL),
        "metrics": Attached(logged_model_metric_table, _OF_A_MODEL, latest=("at", "step", "run_id")),
    },
)


def list_experiments(tx: Transaction, project: str, query: ListQuery) -> Found:
    """Return a page of experiments, the newest first where nothing else orders them. Raises UsageError."""
    conditions, orders = EXPERIMENTS.read_where(query.where), EXPERIMENTS.read_orders(query.order_by)
    where = [_EXPERIMENT.project_id == project, *matching(tx, _EXPERIMENTS, conditions)]
    if query.view != "all":
        where.append(
            _EXPERIMENT.deleted_at.is_not(None) if query.view == "deleted" else _EXPERIMENT.deleted_at.is_(None)
        )
    terms = terms_of(tx, _ORDERED_EXPERIMENTS, orders) or [Term(_EXPERIMENT.created_at, descending=True)]
    asked = PageOf(query.limit, fingerprint("experiments", query.view, conditions, orders), query.token)
    page = list_page(tx, sa.select(experiment_table).where(*where), [*terms, Term(_EXPERIMENT.number)], asked)
    return page.rows, page.next


def list_models(tx: Transaction, project: str, numbers: Sequence[int], query: ModelQuery) -> Found:
    """Return a page of the logged models of experiments, the newest first where nothing else orders them, each with its
    experiment's number. Raises UsageError."""
    conditions, orders = LOGGED_MODELS.read_where(query.where), LOGGED_MODELS.read_orders(query.order_by)
    joined = logged_model_table.join(
        experiment_table,
        sa.and_(_EXPERIMENT.project_id == _MODEL.project_id, _EXPERIMENT.id == _MODEL.experiment_id),
    )
    statement = sa.select(logged_model_table, _EXPERIMENT.number.label("experiment_number")).select_from(joined)
    where = [
        _MODEL.project_id == project,
        _MODEL.deleted_at.is_(None),
        _EXPERIMENT.number.in_(list(numbers)),
        *matching(tx, _measured_on(query.datasets), conditions),
    ]
    if query.datasets and not any(each.of == "metrics" for each in conditions):
        metric = logged_model_metric_table.c
        mine = (metric.project_id == _MODEL.project_id, metric.model_id == _MODEL.id)
        where.append(sa.exists().where(*mine, _on_any(metric, query.datasets)))
    terms = [
        term
        for order, dataset in zip_longest(orders, query.order_datasets[: len(orders)])
        for term in terms_of(tx, _measured_on([dataset] if dataset else ()), [order])
    ] or [Term(_MODEL.created_at, descending=True)]
    mark = fingerprint("models", sorted(numbers), conditions, orders, query.datasets, query.order_datasets)
    asked = PageOf(query.limit, mark, query.token)
    page = list_page(tx, statement.where(*where), [*terms, Term(_MODEL.id, descending=True)], asked)
    return page.rows, page.next


def _measured_on(datasets: Sequence[OnDataset]) -> Searched:
    """Return where names of models stand, when only metrics count that were measured on one of these datasets."""
    if not any(any(each) for each in datasets):
        return _MODELS
    metrics = replace(_MODELS.attached["metrics"], among=lambda table: _on_any(table, datasets))
    return replace(_MODELS, attached={**_MODELS.attached, "metrics": metrics})


def _on_any(table: Any, datasets: Iterable[OnDataset]) -> sa.ColumnElement[bool]:
    ways = []
    for name, digest in datasets:
        named = [table.dataset_name == name] if name else []
        ways.append(sa.and_(sa.true(), *named, *([table.dataset_digest == digest] if digest else [])))
    return sa.or_(sa.false(), *ways)
