"""Rows of logged models."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.core import NotFoundError, iso
from tidemill.storage.batches import BatchUpsert
from tidemill.storage.records import Transaction
from tidemill.storage.statements import json_values
from tidemill.tracking._tables import (
    experiment_table,
    logged_model_metric_table,
    logged_model_param_table,
    logged_model_table,
    logged_model_tag_table,
)

_PARAMS, _TAGS = BatchUpsert(logged_model_param_table), BatchUpsert(logged_model_tag_table)
_METRICS = BatchUpsert(logged_model_metric_table)


def insert(tx: Transaction, **values: Any) -> None:
    """Store a logged model."""
    tx.execute(sa.insert(logged_model_table).values(**values, created_at=iso(tx.now), updated_at=iso(tx.now)))


def change(tx: Transaction, project: str, id_: str, **values: Any) -> None:
    """Change the row of a logged model."""
    table = logged_model_table.c
    changed = sa.update(logged_model_table).where(table.project_id == project, table.id == id_)
    tx.execute(changed.values(updated_at=iso(tx.now), **values))


def find(tx: Transaction, project: str, id_: str) -> dict[str, Any] | None:
    """Return the row of a logged model that is not deleted, with the number of its experiment."""
    return tx.row(_models(project).where(logged_model_table.c.id == id_))


def newest(
    tx: Transaction, project: str, numbers: Sequence[int], run_id: str | None, limit: int
) -> list[dict[str, Any]]:
    """Return the rows of logged models, newest first: of these experiments, of a run when one is given."""
    table = logged_model_table.c
    statement = _models(project).where(experiment_table.c.number.in_(list(numbers)))
    if run_id is not None:
        statement = statement.where(table.source_run_id == run_id)
    return tx.rows(statement.order_by(table.created_at.desc(), table.id.desc()).limit(limit))


def refuse_unknown(tx: Transaction, project: str, ids: Collection[str]) -> None:
    """Do nothing when there are all of these models. Raises NotFoundError."""
    if not ids:
        return
    table = logged_model_table.c
    statement = sa.select(table.id).where(
        table.project_id == project, table.id.in_(json_values("ids")), table.deleted_at.is_(None)
    )
    known = {row[0] for row in tx.execute(statement, {"ids": json.dumps(sorted(ids))})}
    if unknown := sorted(set(ids) - known):
        raise NotFoundError(f"Logged model with ID '{unknown[0][:80]}' not found")


def write_params(tx: Transaction, project: str, id_: str, params: dict[str, str]) -> None:
    """Store params of a model."""
    _PARAMS.write(tx, [(project, id_, key, value) for key, value in params.items()])


def write_tags(tx: Transaction, project: str, id_: str, tags: dict[str, str]) -> None:
    """Store tags of a model."""
    _TAGS.write(tx, [(project, id_, key, value) for key, value in tags.items()])


def remove_tag(tx: Transaction, project: str, id_: str, key: str) -> bool:
    """Remove a tag; tell whether there was one."""
    table = logged_model_tag_table.c
    where = (table.project_id == project, table.model_id == id_, table.key == key)
    return bool(tx.execute(sa.delete(logged_model_tag_table).where(*where)).rowcount)


def write_points(tx: Transaction, rows: Sequence[Sequence[Any]]) -> None:
    """Store what was measured of models: the columns of the table, in order."""
    _METRICS.write(tx, rows)


def texts_of(tx: Transaction, table: sa.Table, project: str, ids_json: str) -> dict[str, dict[str, str]]:
    """Return params or tags of models, by model."""
    columns = table.c
    statement = sa.select(columns.model_id, columns.key, columns.value).where(
        columns.project_id == project, columns.model_id.in_(json_values("ids"))
    )
    found: dict[str, dict[str, str]] = {}
    rows: list[Any] = list(tx.execute(statement.order_by(columns.model_id, columns.key), {"ids": ids_json}))
    for id_, key, value in rows:
        found.setdefault(id_, {})[key] = value
    return found


def points_of(tx: Transaction, project: str, ids_json: str) -> list[Any]:
    """Return model, key, value, step, at, run, dataset's name and digest of what was measured of models."""
    table = logged_model_metric_table.c
    columns = (table.model_id, table.key, table.value, table.step, table.at)
    statement = sa.select(*columns, table.run_id, table.dataset_name, table.dataset_digest).where(
        table.project_id == project, table.model_id.in_(json_values("ids"))
    )
    ordered = statement.order_by(table.model_id, table.key, table.step, table.at)
    return list(tx.execute(ordered, {"ids": ids_json}))


def _models(project: str) -> sa.Select[Any]:
    table, of = logged_model_table, experiment_table
    joined = table.join(of, sa.and_(of.c.project_id == table.c.project_id, of.c.id == table.c.experiment_id))
    columns = sa.select(table, of.c.number.label("experiment_number")).select_from(joined)
    return columns.where(table.c.project_id == project, table.c.deleted_at.is_(None))
