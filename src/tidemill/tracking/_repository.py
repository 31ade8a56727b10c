"""Rows of the tracking room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso, new_id
from tidemill.storage.batches import BatchUpsert
from tidemill.storage.records import Transaction
from tidemill.tracking._tables import (
    experiment_table,
    last_metric_table,
    metric_table,
    param_table,
    run_table,
    tag_table,
)
from tidemill.tracking.runs import RUNNING, MetricPoint, NewRun, Run

StoreTexts = Callable[[Transaction, str, str, dict[str, str]], None]

_PARAMS, _TAGS, _POINTS = BatchUpsert(param_table), BatchUpsert(tag_table), BatchUpsert(metric_table)
_LAST_POINTS = BatchUpsert(last_metric_table, at_least="step")

# In words of its own, not as a parameter: only so is the index over running runs used.
_STILL_RUNNING = run_table.c.status == sa.literal_column(f"'{RUNNING}'")


def ensure_experiment(tx: Transaction, project: str, name: str, actor: str) -> str:
    """Return the id of an experiment, making it when it is new."""
    table = experiment_table.c
    known = tx.scalar(sa.select(table.id).where(table.project_id == project, table.name == name))
    if known is not None:
        return str(known)
    id_ = new_id()
    tx.execute(
        sa.insert(experiment_table).values(
            project_id=project, id=id_, name=name, created_at=iso(tx.now), created_by=actor
        )
    )
    return id_


def insert_run(tx: Transaction, project: str, actor: str, id_: str, new: NewRun) -> None:
    """Store a run that starts now."""
    tx.execute(
        sa.insert(run_table).values(
            project_id=project,
            id=id_,
            experiment_id=ensure_experiment(tx, project, new.experiment, actor),
            name=new.name,
            status=RUNNING,
            started_at=iso(tx.now),
            created_by=actor,
            code_digest=new.code_digest,
            commit=new.commit,
        )
    )
    upsert_tags(tx, project, id_, new.tags)


def running(tx: Transaction) -> list[tuple[str, str]]:
    """Return project and id of every run that has not ended."""
    rows = tx.rows(sa.select(run_table.c.project_id, run_table.c.id).where(_STILL_RUNNING))
    return [(row["project_id"], row["id"]) for row in rows]


def find_run(tx: Transaction, project: str, id_: str) -> Run | None:
    """Return a run, or None."""
    row = tx.row(runs_of(project).where(run_table.c.id == id_))
    return as_run(row) if row else None


def list_runs(tx: Transaction, project: str, experiment: str | None, limit: int) -> list[Run]:
    """Return the newest runs first."""
    statement = runs_of(project)
    if experiment is not None:
        statement = statement.where(experiment_table.c.name == experiment)
    return [as_run(row) for row in tx.rows(statement.order_by(run_table.c.id.desc()).limit(limit))]


def end_run(tx: Transaction, project: str, id_: str, status: str, error: str | None) -> None:
    """Store how a run ended."""
    tx.execute(
        sa.update(run_table)
        .where(run_table.c.project_id == project, run_table.c.id == id_)
        .values(status=status, ended_at=iso(tx.now), error=error)
    )


def upsert_params(tx: Transaction, project: str, run_id: str, values: dict[str, str]) -> None:
    """Store params, the last value of a key winning."""
    _PARAMS.write(tx, [(project, run_id, key, value) for key, value in values.items()])


def list_tagged(tx: Transaction, project: str, key: str, value: str) -> list[Run]:
    """Return the runs with a tag of this value, the newest first."""
    tag = tag_table.c
    where = (tag.project_id == project, tag.key == key, tag.value == value)
    ids = sorted((row["run_id"] for row in tx.rows(sa.select(tag.run_id).where(*where))), reverse=True)
    return [run for id_ in ids if (run := find_run(tx, project, id_)) is not None]


def upsert_tags(tx: Transaction, project: str, run_id: str, values: dict[str, str]) -> None:
    """Store tags, the last value of a key winning."""
    _TAGS.write(tx, [(project, run_id, key, value) for key, value in values.items()])


def read_params(tx: Transaction, project: str, run_id: str) -> dict[str, str]:
    """Return the params of a run."""
    return _read_texts(tx, param_table, project, run_id)


def read_tags(tx: Transaction, project: str, run_id: str) -> dict[str, str]:
    """Return the tags of a run."""
    return _read_texts(tx, tag_table, project, run_id)


def write_points(tx: Transaction, project: str, run_id: str, points: Sequence[MetricPoint]) -> None:
    """Store points, the last of a key and step winning, and keep the last point of each key."""
    now = iso(tx.now)
    rows = {
        (point.key, point.step): (project, run_id, point.key, point.step, point.value, point.at or now)
        for point in points
    }
    last: dict[str, tuple[Any, ...]] = {}
    for (key, step), row in rows.items():
        if key not in last or step > last[key][3]:
            last[key] = row
    _POINTS.write(tx, list(rows.values()))
    _LAST_POINTS.write(tx, list(last.values()))


def next_steps(tx: Transaction, project: str, run_id: str, keys: Iterable[str]) -> dict[str, int]:
    """Return the step after the last one of each key; 0 for a new key."""
    table = last_metric_table.c
    statement = sa.select(table.key, table.step).where(*_of_run(last_metric_table, project, run_id))
    last: list[Any] = list(tx.execute(statement))
    known = {key: step + 1 for key, step in last}
    return {key: known.get(key, 0) for key in keys}


def last_metrics(tx: Transaction, project: str, run_id: str) -> dict[str, MetricPoint]:
    """Return the last point of each metric."""
    statement = sa.select(last_metric_table).where(*_of_run(last_metric_table, project, run_id))
    rows = tx.rows(statement.order_by(last_metric_table.c.key))
    return {row["key"]: MetricPoint(row["key"], row["value"], row["step"], row["at"]) for row in rows}


def has_run(tx: Transaction, project: str, run_id: str) -> bool:
    """Tell whether there is such a run."""
    return (
        tx.scalar(sa.select(run_table.c.id).where(run_table.c.project_id == project, run_table.c.id == run_id))
        is not None
    )


def _of_run(table: sa.Table, project: str, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.project_id == project, table.c.run_id == run_id)


def runs_of(project: str) -> sa.Select[Any]:
    """Return the statement that reads the runs of a project, each with the name of its experiment."""
    joined = run_table.join(
        experiment_table,
        sa.and_(
            experiment_table.c.project_id == run_table.c.project_id,
            experiment_table.c.id == run_table.c.experiment_id,
        ),
    )
    columns = sa.select(run_table, experiment_table.c.name.label("experiment"))
    return columns.select_from(joined).where(run_table.c.project_id == project)


def as_run(row: Mapping[Any, Any]) -> Run:
    """Return a row of `runs_of` as a run."""
    return Run(**{name: row[name] for name in Run.__dataclass_fields__})


def _read_texts(tx: Transaction, table: sa.Table, project: str, run_id: str) -> dict[str, str]:
    statement = sa.select(table).where(*_of_run(table, project, run_id))
    return {row["key"]: row["value"] for row in tx.rows(statement.order_by(table.c.key))}
