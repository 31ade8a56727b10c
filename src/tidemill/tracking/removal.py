"""Which runs there are, how good they were, and taking some away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.tracking import _artifact_rows as artifacts
from tidemill.tracking._tables import (
    input_dataset_table,
    journal_table,
    last_metric_table,
    logged_model_metric_table,
    logged_model_param_table,
    logged_model_table,
    logged_model_tag_table,
    outline_table,
    param_table,
    point_table,
    run_dataset_table,
    run_lease_table,
    run_model_table,
    run_table,
    tag_table,
    trace_run_table,
)
from tidemill.tracking.runs import RUNNING

_OF_RUNS = (
    param_table,
    last_metric_table,
    tag_table,
    run_dataset_table,
    run_model_table,
    logged_model_metric_table,
    journal_table,
    run_lease_table,
    trace_run_table,
)
_OF_MODELS = (logged_model_param_table, logged_model_tag_table, logged_model_metric_table)


class RunFacts(NamedTuple):
    """What decides whether a run is kept. experiment: its id. Instants are ISO 8601 UTC."""

    id: str
    experiment: str
    status: str
    started_at: str


def list_run_facts(tx: Transaction, project: str) -> list[RunFacts]:
    """Return all runs of a project, newest first."""
    table = run_table.c
    statement = sa.select(table.id, table.experiment_id, table.status, table.started_at)
    rows: list[Any] = list(
        tx.execute(statement.where(table.project_id == project).order_by(table.started_at.desc(), table.id.desc()))
    )
    return [RunFacts(*row) for row in rows]


def last_values(tx: Transaction, project: str, metric: str) -> dict[str, float]:
    """Return the last value of a metric by run."""
    table = last_metric_table.c
    statement = sa.select(table.run_id, table.value).where(table.project_id == project, table.key == metric)
    rows: list[Any] = list(tx.execute(statement))
    return {row[0]: row[1] for row in rows}


def tag_values(tx: Transaction, project: str, key: str) -> dict[str, str]:
    """Return the value of a tag by run."""
    table = tag_table.c
    rows: list[Any] = list(
        tx.execute(sa.select(table.run_id, table.value).where(table.project_id == project, table.key == key))
    )
    return {row[0]: row[1] for row in rows}


def oldest_running(tx: Transaction) -> str | None:
    """Return the id of the oldest run, of any project, that has not ended; None when there is none."""
    still_running = run_table.c.status == sa.literal_column(f"'{RUNNING}'")  # said so, the index over them is used
    statement = sa.select(sa.func.min(run_table.c.id)).where(still_running)
    found = tx.scalar(statement)
    return None if found is None else str(found)


def remove_runs(tx: Transaction, project: str, ids: Sequence[str]) -> None:
    """Remove runs with what they logged, read and wrote; some hundreds at a time."""
    last = last_metric_table.c
    series = sa.select(last.series).where(last.project_id == project, last.run_id.in_(ids))
    for of in (point_table, outline_table):
        tx.execute(sa.delete(of).where(of.c.series.in_(series)))
    _remove_models(tx, project, ids)
    datasets = _datasets_of(tx, project, ids)
    for table in _OF_RUNS:
        tx.execute(sa.delete(table).where(table.c.project_id == project, table.c.run_id.in_(ids)))
    artifacts.delete_owners(tx, project, ids)
    _remove_unread(tx, project, datasets)
    tx.execute(sa.delete(run_table).where(run_table.c.project_id == project, run_table.c.id.in_(ids)))


def _remove_models(tx: Transaction, project: str, ids: Sequence[str]) -> None:
    table = logged_model_table.c
    found = tx.execute(sa.select(table.id).where(table.project_id == project, table.source_run_id.in_(ids)))
    models = [row[0] for row in found]
    artifacts.delete_owners(tx, project, models)
    for of in _OF_MODELS:
        tx.execute(sa.delete(of).where(of.c.project_id == project, of.c.model_id.in_(models)))
    tx.execute(sa.delete(logged_model_table).where(table.project_id == project, table.id.in_(models)))


def _datasets_of(tx: Transaction, project: str, ids: Sequence[str]) -> list[str]:
    table = run_dataset_table.c
    statement = sa.select(table.dataset_id).distinct().where(table.project_id == project, table.run_id.in_(ids))
    return [row[0] for row in tx.execute(statement)]


def _remove_unread(tx: Transaction, project: str, ids: Sequence[str]) -> None:
    table, read = input_dataset_table.c, run_dataset_table.c
    still_read = sa.exists().where(read.project_id == project, read.dataset_id == table.id)
    tx.execute(sa.delete(input_dataset_table).where(table.project_id == project, table.id.in_(ids), ~still_read))
