"""Rows of what runs read and wrote: datasets, models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.core import new_id
from tidemill.storage.batches import BatchUpsert
from tidemill.storage.records import Transaction
from tidemill.storage.statements import json_values
from tidemill.tracking._tables import (
    experiment_table,
    input_dataset_table,
    run_dataset_table,
    run_model_table,
    run_table,
)

_DATASETS, _OF_RUNS = BatchUpsert(input_dataset_table), BatchUpsert(run_dataset_table, keep=("context", "tags"))
_MODELS = BatchUpsert(run_model_table)


def experiment_id(tx: Transaction, project: str, run_id: str) -> str:
    """Return the id of a run's experiment."""
    table = run_table.c
    return str(tx.scalar(sa.select(table.experiment_id).where(table.project_id == project, table.id == run_id)))


def dataset_ids(tx: Transaction, project: str, experiment: str, names: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the ids of an experiment's datasets by name and digest, of those with one of these names."""
    table = input_dataset_table.c
    statement = sa.select(table.name, table.digest, table.id).where(
        table.project_id == project, table.experiment_id == experiment, table.name.in_(json_values("names"))
    )
    found: list[Any] = list(tx.execute(statement, {"names": json.dumps(list(names))}))
    return {(name, digest): id_ for name, digest, id_ in found}


def insert_datasets(tx: Transaction, project: str, experiment: str, datasets: Sequence[Sequence[Any]]) -> list[str]:
    """Store datasets: name, digest, source_type, source, schema and profile of each. Return their ids."""
    ids = [new_id() for _ in datasets]
    _DATASETS.write(tx, [(project, id_, experiment, *each) for id_, each in zip(ids, datasets, strict=True)])
    return ids


def write_of_run(tx: Transaction, project: str, run_id: str, read: Sequence[Sequence[Any]]) -> None:
    """Store what a run has read: the id, the context and the tags of each dataset. What it was read as first, stays."""
    _OF_RUNS.write(tx, [(project, run_id, *each) for each in read])


def write_models(tx: Transaction, project: str, run_id: str, side: str, models: Sequence[tuple[str, int]]) -> None:
    """Store which models a run has read or written."""
    _MODELS.write(tx, [(project, run_id, side, model_id, step) for model_id, step in dict.fromkeys(models)])


def datasets_of(tx: Transaction, project: str, ids_json: str) -> list[Any]:
    """Return run, name, digest, source_type, source, schema, profile and tags of what runs have read."""
    return list(tx.execute(_DATASETS_OF, {"project": project, "ids": ids_json}))


def models_of(tx: Transaction, project: str, ids_json: str) -> list[Any]:
    """Return run, side, model and step of what runs have read and written."""
    return list(tx.execute(_MODELS_OF, {"project": project, "ids": ids_json}))


def summaries(tx: Transaction, project: str, numbers: Sequence[int], limit: int) -> list[Any]:
    """Return experiment's number, name, digest and context of the datasets that runs of experiments have read."""
    of, table, experiment = run_dataset_table.c, input_dataset_table.c, experiment_table.c
    joined = experiment_table.join(
        input_dataset_table,
        sa.and_(table.project_id == experiment.project_id, table.experiment_id == experiment.id),
    ).join(run_dataset_table, sa.and_(of.project_id == table.project_id, of.dataset_id == table.id))
    columns = (experiment.number, table.name, table.digest, of.context)
    statement = sa.select(*columns).distinct().select_from(joined)
    asked = statement.where(experiment.project_id == project, experiment.number.in_(list(numbers)))
    return list(tx.execute(asked.order_by(*columns).limit(limit)))


def _datasets_of() -> sa.Select[Any]:
    of, table = run_dataset_table.c, input_dataset_table.c
    joined = run_dataset_table.join(
        input_dataset_table, sa.and_(table.project_id == of.project_id, table.id == of.dataset_id)
    )
    columns = (of.run_id, table.name, table.digest, table.source_type, table.source, table.schema, table.profile)
    statement = sa.select(*columns, of.tags).select_from(joined)
    asked = statement.where(of.project_id == sa.bindparam("project"), of.run_id.in_(json_values("ids")))
    return asked.order_by(of.run_id, of.dataset_id)


def _models_of() -> sa.Select[Any]:
    table = run_model_table.c
    statement = sa.select(table.run_id, table.side, table.model_id, table.step).where(
        table.project_id == sa.bindparam("project"), table.run_id.in_(json_values("ids"))
    )
    return statement.order_by(table.run_id, table.side, table.step, table.model_id)


# Put together once: every run that is read asks both.
_DATASETS_OF, _MODELS_OF = _datasets_of(), _models_of()
