"""Rows of experiments and their tags."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.storage.batches import BatchUpsert
from tidemill.storage.records import Transaction
from tidemill.storage.statements import json_values
from tidemill.tracking._tables import experiment_table, experiment_tag_table, run_table

_TAGS = BatchUpsert(experiment_tag_table)


def find(tx: Transaction, project: str, *where: sa.ColumnElement[bool]) -> dict[str, Any] | None:
    """Return the row of an experiment."""
    return tx.row(sa.select(experiment_table).where(experiment_table.c.project_id == project, *where))


def by_number(tx: Transaction, project: str, number: int) -> dict[str, Any] | None:
    """Return the row of the experiment with a number."""
    return find(tx, project, experiment_table.c.number == number)


def by_name(tx: Transaction, project: str, name: str) -> dict[str, Any] | None:
    """Return the row of the experiment with a name."""
    return find(tx, project, experiment_table.c.name == name)


def newest(tx: Transaction, project: str, *, deleted: bool | None) -> list[dict[str, Any]]:
    """Return the rows of experiments, newest first; deleted: only those that are, only those that are not, or all."""
    table = experiment_table.c
    statement = sa.select(experiment_table).where(table.project_id == project)
    if deleted is not None:
        statement = statement.where(table.deleted_at.is_not(None) if deleted else table.deleted_at.is_(None))
    return tx.rows(statement.order_by(table.created_at.desc(), table.number))


def change(tx: Transaction, project: str, id_: str, **values: Any) -> None:
    """Change the row of an experiment."""
    table = experiment_table.c
    changed = sa.update(experiment_table).where(table.project_id == project, table.id == id_)
    tx.execute(changed.values(updated_at=iso(tx.now), **values))


def mark_runs(tx: Transaction, project: str, id_: str, before: str | None, after: str | None) -> None:
    """Mark the runs of an experiment that are deleted, or not, as deleted since then, or not."""
    table = run_table.c
    now = table.deleted_at.is_(None) if before is None else table.deleted_at == before
    changed = sa.update(run_table).where(table.project_id == project, table.experiment_id == id_, now)
    tx.execute(changed.values(deleted_at=after))


def write_tags(tx: Transaction, project: str, id_: str, tags: dict[str, str]) -> None:
    """Store tags, the last value of a key winning."""
    _TAGS.write(tx, [(project, id_, key, value) for key, value in tags.items()])


def remove_tag(tx: Transaction, project: str, id_: str, key: str) -> bool:
    """Remove a tag; tell whether there was one."""
    table = experiment_tag_table.c
    where = (table.project_id == project, table.experiment_id == id_, table.key == key)
    return bool(tx.execute(sa.delete(experiment_tag_table).where(*where)).rowcount)


def tags_of(tx: Transaction, project: str, ids_json: str) -> dict[str, dict[str, str]]:
    """Return the tags of experiments whose ids come as a JSON list."""
    table = experiment_tag_table.c
    statement = sa.select(table.experiment_id, table.key, table.value).where(
        table.project_id == project, table.experiment_id.in_(json_values("ids"))
    )
    found: dict[str, dict[str, str]] = {}
    rows: list[Any] = list(tx.execute(statement.order_by(table.experiment_id, table.key), {"ids": ids_json}))
    for id_, key, value in rows:
        found.setdefault(id_, {})[key] = value
    return found
