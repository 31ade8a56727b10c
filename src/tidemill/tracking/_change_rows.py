"""Rows of runs that other programs log: made as they say, changed, deleted, restored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.tracking._tables import experiment_table, param_table, run_table, tag_table


def experiment_of(tx: Transaction, project: str, number: int) -> dict[str, Any] | None:
    """Return the row of the experiment with a number."""
    table = experiment_table.c
    return tx.row(sa.select(experiment_table).where(table.project_id == project, table.number == number))


def insert(tx: Transaction, **values: Any) -> None:
    """Store a run that no process here answers for."""
    tx.execute(sa.insert(run_table).values(**values, attended=False))


def change(tx: Transaction, project: str, id_: str, **values: Any) -> None:
    """Change the row of a run."""
    table = run_table.c
    tx.execute(sa.update(run_table).where(table.project_id == project, table.id == id_).values(**values))


def params_among(tx: Transaction, project: str, id_: str, keys: Collection[str]) -> dict[str, str]:
    """Return the params that a run has of these keys."""
    table = param_table.c
    statement = sa.select(table.key, table.value).where(table.project_id == project, table.run_id == id_)
    found: list[Any] = list(tx.execute(statement.where(table.key.in_(list(keys)))))
    return dict(found)


def remove_tag(tx: Transaction, project: str, id_: str, key: str) -> bool:
    """Remove a tag of a run; tell whether there was one."""
    table = tag_table.c
    where = (table.project_id == project, table.run_id == id_, table.key == key)
    return bool(tx.execute(sa.delete(tag_table).where(*where)).rowcount)
