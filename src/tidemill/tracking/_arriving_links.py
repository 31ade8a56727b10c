"""What arriving runs read and wrote, and the logged models that arrive: rows with their own ids and instants."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.storage.batches import BatchUpsert
from tidemill.storage.records import Transaction
from tidemill.tracking import _input_rows as input_rows
from tidemill.tracking import _model_rows as model_rows
from tidemill.tracking._tables import logged_model_param_table, logged_model_table, logged_model_tag_table
from tidemill.tracking.arriving import ArrivingModel, ArrivingRun
from tidemill.tracking.inputs import CONTEXT_TAG, InputDataset, ModelUse, RunInputs
from tidemill.tracking.logged_models import ModelMetric

_MODELS = BatchUpsert(logged_model_table)
_READ, _WRITTEN = "input", "output"


def put_links(tx: Transaction, project: str, run: ArrivingRun) -> None:
    """Store what a run read and wrote."""
    if run.links.datasets:
        _put_datasets(tx, project, run)
    input_rows.write_models(tx, project, run.id, _READ, run.links.models_read)
    input_rows.write_models(tx, project, run.id, _WRITTEN, run.links.models_written)


def links_of(tx: Transaction, project: str, ids: Sequence[str]) -> dict[str, RunInputs]:
    """Return what runs read and wrote, by run."""
    found = {id_: RunInputs() for id_ in ids}
    asked = json.dumps(list(ids))
    for run_id, *columns, tags in input_rows.datasets_of(tx, project, asked):
        found[run_id].datasets.append(InputDataset(*(*columns, json.loads(tags))))
    for run_id, side, model_id, step in input_rows.models_of(tx, project, asked):
        uses = found[run_id].models_read if side == _READ else found[run_id].models_written
        uses.append(ModelUse(model_id, step))
    return found


def known_models(tx: Transaction, project: str, ids: Sequence[str]) -> set[str]:
    """Return which logged models are there, deleted ones too."""
    table = logged_model_table.c
    return set(tx.execute(sa.select(table.id).where(table.project_id == project, table.id.in_(ids))).scalars())


def put_model(tx: Transaction, project: str, actor: str, model: ArrivingModel) -> None:
    """Store a logged model with all that is known of it."""
    row = {name: getattr(model, name) for name in _names()}
    row |= {"project_id": project, "created_by": actor}
    _MODELS.write(tx, [[row[column.name] for column in logged_model_table.columns]])
    model_rows.write_params(tx, project, model.id, model.params)
    model_rows.write_tags(tx, project, model.id, model.tags)
    points = {}
    for key, value, step, at, run_id, name, digest in model.metrics:
        place = (project, model.id, key, run_id, name, digest, step, at)
        points[place] = (*place, value)
    model_rows.write_points(tx, list(points.values()))


def models_of(tx: Transaction, project: str, experiment: str) -> list[ArrivingModel]:
    """Return the logged models of an experiment, deleted ones too, oldest first."""
    table = logged_model_table.c
    statement = sa.select(logged_model_table).where(table.project_id == project, table.experiment_id == experiment)
    return _whole(tx, project, tx.rows(statement.order_by(table.created_at, table.id)))


def model(tx: Transaction, project: str, id_: str) -> ArrivingModel | None:
    """Return a logged model, a deleted one too."""
    table = logged_model_table.c
    found = tx.rows(sa.select(logged_model_table).where(table.project_id == project, table.id == id_))
    return _whole(tx, project, found)[0] if found else None


def _whole(tx: Transaction, project: str, found: Sequence[Mapping[str, Any]]) -> list[ArrivingModel]:
    ids = json.dumps([row["id"] for row in found])
    params = model_rows.texts_of(tx, logged_model_param_table, project, ids) if found else {}
    tags = model_rows.texts_of(tx, logged_model_tag_table, project, ids) if found else {}
    metrics: dict[str, list[ModelMetric]] = {}
    for model_id, *columns in model_rows.points_of(tx, project, ids) if found else ():
        metrics.setdefault(model_id, []).append(ModelMetric(*columns))
    return [
        ArrivingModel(
            **{name: row[name] for name in _names()},
            params=params.get(row["id"], {}),
            tags=tags.get(row["id"], {}),
            metrics=tuple(metrics.get(row["id"], ())),
        )
        for row in found
    ]


def _put_datasets(tx: Transaction, project: str, run: ArrivingRun) -> None:
    by_key = {(each.name, each.digest): each for each in run.links.datasets}
    ids = input_rows.dataset_ids(tx, project, run.experiment_id, sorted({name for name, _ in by_key}))
    new = [each for key, each in by_key.items() if key not in ids]
    columns = [(each.name, each.digest, each.source_type, each.source, each.schema, each.profile) for each in new]
    made = input_rows.insert_datasets(tx, project, run.experiment_id, columns)
    ids.update(zip(((each.name, each.digest) for each in new), made, strict=True))
    read = [(ids[key], each.tags.get(CONTEXT_TAG), json.dumps(each.tags)) for key, each in by_key.items()]
    input_rows.write_of_run(tx, project, run.id, read)


def _names() -> list[str]:
    elsewhere = {"project_id", "created_by"}
    return [column.name for column in logged_model_table.columns if column.name not in elsewhere]
