"""Rows of runs that other programs log: made as they say, changed, deleted, restored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from tidemill.storage.lookups import Lookup
from tidemill.storage.records import Transaction
from tidemill.tracking._tables import experiment_table, param_table, run_table, tag_table

# Put together once: SQLAlchemy takes longer for that than the database for the answer. What an update sets is given
# with its parameters, so those that it looks for have names of their own.
_EXPERIMENT = sa.select(experiment_table).where(
    experiment_table.c.project_id == sa.bindparam("project"), experiment_table.c.number == sa.bindparam("of_number")
)
_INSERT = sa.insert(run_table)
_CHANGE = sa.update(run_table).where(
    run_table.c.project_id == sa.bindparam("of_project"), run_table.c.id == sa.bindparam("of_id")
)
_PARAMS = sa.select(param_table.c.key, param_table.c.value).where(
    param_table.c.project_id == sa.bindparam("project"),
    param_table.c.run_id == sa.bindparam("of_id"),
    param_table.c.key.in_(sa.bindparam("keys", expanding=True)),
)
_HAS_PARAM = Lookup('SELECT 1 FROM run_param WHERE project_id = :project AND run_id = :run_id AND "key" = :key')
_FEW_KEYS = 16


def experiment_of(tx: Transaction, project: str, number: int) -> dict[str, Any] | None:
    """Return the row of the experiment with a number."""
    return tx.row(_EXPERIMENT, {"project": project, "of_number": number})


def insert(tx: Transaction, **values: Any) -> None:
    """Store a run that no process here answers for."""
    tx.execute(_INSERT, {**values, "attended": False})


def change(tx: Transaction, project: str, id_: str, **values: Any) -> None:
    """Change the row of a run."""
    tx.execute(_CHANGE, {"of_project": project, "of_id": id_, **values})


def params_among(tx: Transaction, project: str, id_: str, keys: Collection[str]) -> dict[str, str]:
    """Return the params that a run has of these keys."""
    asked = ({"project": project, "run_id": id_, "key": key} for key in keys)
    if len(keys) <= _FEW_KEYS and not any(_HAS_PARAM.rows(tx, **each) for each in asked):
        return {}
    found: list[Any] = list(tx.execute(_PARAMS, {"project": project, "of_id": id_, "keys": list(keys)}))
    return dict(found)


def remove_tag(tx: Transaction, project: str, id_: str, key: str) -> bool:
    """Remove a tag of a run; tell whether there was one."""
    table = tag_table.c
    where = (table.project_id == project, table.run_id == id_, table.key == key)
    return bool(tx.execute(sa.delete(tag_table).where(*where)).rowcount)
