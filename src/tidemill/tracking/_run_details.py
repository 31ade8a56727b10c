"""Runs with what they logged, or with that part of it that is asked for: a fixed number of statements for a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.storage.statements import json_values
from tidemill.tracking import _repository as rows
from tidemill.tracking._tables import last_metric_table, param_table, run_table, tag_table
from tidemill.tracking.queries import Shown
from tidemill.tracking.runs import MetricPoint, RunDetail


def read_details(tx: Transaction, project: str, ids: Sequence[str], shown: Shown) -> dict[str, RunDetail]:
    """Return runs by id with what is shown of them, in at most four statements."""
    if not ids:
        return {}
    given = {"ids": json.dumps(list(ids))}
    found = tx.execute(rows.runs_of(project).where(run_table.c.id.in_(json_values("ids"))), given).mappings()
    details = {row["id"]: RunDetail(rows.as_run(row), {}, {}, {}) for row in found}
    last = last_metric_table.c
    page = partial(_logged, tx, project, given)
    for run_id, key, value, step, at in page(shown.metrics, last.value, last.step, last.at):
        details[run_id].metrics[key] = MetricPoint(key, value, step, at)
    for run_id, key, value in page(shown.params, param_table.c.value):
        details[run_id].params[key] = value
    for run_id, key, value in page(shown.tags, tag_table.c.value):
        details[run_id].tags[key] = value
    return details


def _logged(
    tx: Transaction, project: str, given: dict[str, str], keys: tuple[str, ...] | None, *values: sa.Column[Any]
) -> Iterable[Any]:
    """Return run, key and values of the rows of a table whose key is one of these; of all rows with None."""
    if keys == ():
        return ()
    columns = values[0].table.c
    statement = sa.select(columns.run_id, columns.key, *values)
    statement = statement.where(columns.project_id == project, columns.run_id.in_(json_values("ids")))
    if keys is not None:
        statement = statement.where(columns.key.in_(json_values("keys")))
        given = {**given, "keys": json.dumps(list(keys))}
    return tx.execute(statement.order_by(columns.run_id, columns.key), given)


def read_keys(tx: Transaction, project: str, ids: Sequence[str]) -> Shown:
    """Return what keys runs have logged, in order."""
    given = {"ids": json.dumps(list(ids))}
    found = []
    for columns in (last_metric_table.c, param_table.c, tag_table.c):
        statement = sa.select(columns.key).where(columns.project_id == project, columns.run_id.in_(json_values("ids")))
        found.append(tuple(sorted(row[0] for row in tx.execute(statement.distinct(), given))))
    return Shown(*found)
