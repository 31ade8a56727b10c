"""Rows of the tracking room."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso, new_id, unix_ms
from tidemill.storage.batches import BatchUpsert
from tidemill.storage.lookups import Lookup
from tidemill.storage.records import Transaction
from tidemill.storage.statements import Real
from tidemill.tracking._run_places import tagged
from tidemill.tracking._tables import (
    experiment_table,
    last_metric_table,
    param_table,
    point_table,
    run_table,
    tag_table,
)
from tidemill.tracking.runs import (
    DEFAULT_EXPERIMENT,
    DEFAULT_NUMBER,
    FIRST_FOREIGN_NUMBER,
    RUNNING,
    MetricPoint,
    NewRun,
    Run,
)

StoreTexts = Callable[[Transaction, str, str, dict[str, str]], None]

_PARAMS, _TAGS, _POINTS = BatchUpsert(param_table), BatchUpsert(tag_table), BatchUpsert(point_table)
_LAST_POINTS = BatchUpsert(last_metric_table, at_least=("step", "at", "value"), keep=("series",), counts="writes")
_ACTIVE = Lookup("SELECT 1 FROM run WHERE project_id = :project AND id = :run_id AND deleted_at IS NULL")
_ALL_SERIES = Lookup('SELECT "key", series FROM run_last_metric WHERE project_id = :project AND run_id = :run_id')
_SERIES = Lookup('SELECT series FROM run_last_metric WHERE project_id = :project AND run_id = :run_id AND "key" = :key')
_FEW_KEYS = 16
_SERIES_SINCE_MS, _SERIES_BITS = 1_577_836_800_000, 22  # the year 2020

# In words of its own, not as a parameter: only so is the index over running runs used.
_STILL_RUNNING = run_table.c.status == sa.literal_column(f"'{RUNNING}'")


def ensure_experiment(tx: Transaction, project: str, name: str, actor: str) -> str:
    """Return the id of an experiment, making it when it is new."""
    table = experiment_table.c
    known = tx.scalar(sa.select(table.id).where(table.project_id == project, table.name == name))
    return str(known) if known is not None else insert_experiment(tx, project, name, actor)


def insert_experiment(tx: Transaction, project: str, name: str, actor: str) -> str:
    """Store an experiment under the next number and return its id."""
    table = experiment_table.c
    id_, now = new_id(), iso(tx.now)
    counted = (table.project_id == project, table.number < FIRST_FOREIGN_NUMBER)
    last = tx.scalar(sa.select(sa.func.max(table.number)).where(*counted))
    number = DEFAULT_NUMBER if name == DEFAULT_EXPERIMENT else (last or DEFAULT_NUMBER) + 1
    values = {"project_id": project, "id": id_, "name": name, "created_at": now, "created_by": actor}
    tx.execute(sa.insert(experiment_table).values(**values, number=number, updated_at=now))
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
            user_id=new.user_id,
            attended=new.attended,
        )
    )
    upsert_tags(tx, project, id_, new.tags)


def running(tx: Transaction) -> list[tuple[str, str]]:
    """Return project and id of every run that has not ended, and that a process answers for."""
    statement = sa.select(run_table.c.project_id, run_table.c.id).where(_STILL_RUNNING, run_table.c.attended)
    rows = tx.rows(statement)
    return [(row["project_id"], row["id"]) for row in rows]


def find_run(tx: Transaction, project: str, id_: str) -> Run | None:
    """Return a run, or None."""
    row = tx.row(_ONE_RUN, {"project": project, "run_id": id_})
    return as_run(row) if row else None


def list_runs(tx: Transaction, project: str, experiment: str | None, limit: int) -> list[Run]:
    """Return the newest runs first."""
    statement = runs_of(project).where(run_table.c.deleted_at.is_(None))
    if experiment is not None:
        statement = statement.where(experiment_table.c.name == experiment)
    newest = statement.order_by(run_table.c.started_at.desc(), run_table.c.id.desc()).limit(limit)
    return [as_run(row) for row in tx.rows(newest)]


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
    statement = sa.select(tag_table.c.run_id).where(*tagged(project, key, value))
    ids = sorted((row["run_id"] for row in tx.rows(statement)), reverse=True)
    return [run for id_ in ids if (run := find_run(tx, project, id_)) is not None]


def upsert_tags(tx: Transaction, project: str, run_id: str, values: dict[str, str]) -> None:
    """Store tags, the last value of a key winning."""
    _TAGS.write(tx, [(project, run_id, key, value) for key, value in values.items()])


def read_params(tx: Transaction, project: str, run_id: str) -> dict[str, str]:
    """Return the params of a run."""
    return _read_texts(tx, _PARAMS_OF_RUN, project, run_id)


def read_tags(tx: Transaction, project: str, run_id: str) -> dict[str, str]:
    """Return the tags of a run."""
    return _read_texts(tx, _TAGS_OF_RUN, project, run_id)


def write_points(tx: Transaction, project: str, run_id: str, points: Sequence[MetricPoint]) -> None:
    """Store points, identical ones once, and keep the last point of each key: that of the largest step, time, value."""
    if not points:
        return
    now = unix_ms(tx.now)
    known = series_of(tx, project, run_id, {point.key for point in points})
    new = list(dict.fromkeys(point.key for point in points if point.key not in known))
    known.update(zip(new, new_series(tx, len(new)), strict=True))
    rows = [(known[key], step, now if at is None else at, value) for key, value, step, at in points]
    last: dict[str, tuple[Any, ...]] = {}
    for point, (_, *place) in zip(points, rows, strict=True):
        if point.key not in last or _later(place, last[point.key]):
            last[point.key] = tuple(place)
    write_series(tx, rows, [(project, run_id, key, s, value, at, known[key]) for key, (s, at, value) in last.items()])


def write_series(tx: Transaction, points: Sequence[Sequence[Any]], last: Sequence[Sequence[Any]]) -> None:
    """Store points, each as series, step, time and value, and rows that are the last point of a key of a run."""
    _POINTS.write(tx, points)
    _LAST_POINTS.write(tx, last)


def write_params(tx: Transaction, given: Sequence[Sequence[str]]) -> None:
    """Store params of many runs, each as project, run, key and value."""
    _PARAMS.write(tx, given)


def write_tags(tx: Transaction, given: Sequence[Sequence[str]]) -> None:
    """Store tags of many runs, each as project, run, key and value."""
    _TAGS.write(tx, given)


def place_key(place: tuple[int, int, float]) -> tuple[int, int, bool, float]:
    """Return what step, time and value are ordered by, NaN after all numbers."""
    step, at, value = place
    return step, at, math.isnan(value), value


def series_of(tx: Transaction, project: str, run_id: str, keys: Collection[str] | None = None) -> dict[str, int]:
    """Return the series of each key of a run; of some keys at least when they are given."""
    if keys is None or len(keys) > _FEW_KEYS:
        return dict(_ALL_SERIES.rows(tx, project=project, run_id=run_id))
    found = ((key, _SERIES.row(tx, project=project, run_id=run_id, key=key)) for key in keys)
    return {key: row[0] for key, row in found if row is not None}


def new_series(tx: Transaction, count: int) -> range:
    """Return numbers that no series has. Where writers are not serial, a number that another took is tried again."""
    if tx.dialect == "sqlite" or not count:
        first = (tx.scalar(sa.select(sa.func.max(last_metric_table.c.series))) or 0) + 1 if count else 0
    else:
        first = ((unix_ms(tx.now) - _SERIES_SINCE_MS) << _SERIES_BITS) + secrets.randbits(_SERIES_BITS)
    return range(first, first + count)


def _later(place: Sequence[Any], than: Sequence[Any]) -> bool:
    """Tell whether (step, at, value) comes after another, NaN after all numbers."""
    (step, at, value), (other_step, other_at, other) = place, than
    if (step, at) != (other_step, other_at):
        return bool((step, at) > (other_step, other_at))
    return math.isnan(value) or value > other


def next_steps(tx: Transaction, project: str, run_id: str, keys: Iterable[str]) -> dict[str, int]:
    """Return the step after the last one of each key; 0 for a new key."""
    table = last_metric_table.c
    statement = sa.select(table.key, table.step).where(*_of_run(last_metric_table, project, run_id))
    last: list[Any] = list(tx.execute(statement))
    known = {key: step + 1 for key, step in last}
    return {key: known.get(key, 0) for key in keys}


def last_metrics(tx: Transaction, project: str, run_id: str) -> dict[str, MetricPoint]:
    """Return the last point of each metric."""
    rows = tx.rows(_LAST_OF_RUN, {"project": project, "run_id": run_id})
    return {row["key"]: MetricPoint(row["key"], row["value"], row["step"], row["at"]) for row in rows}


def history(tx: Transaction, series: int, key: str, after: MetricPoint | None, limit: int) -> list[MetricPoint]:
    """Return points of a series by step, then time, then value, behind a point."""
    table = point_table.c
    statement = sa.select(table.value, table.step, table.at).where(table.series == series)
    if after is not None:
        place = sa.tuple_(sa.literal(after.step), sa.literal(after.at), sa.literal(after.value, Real()))
        statement = statement.where(sa.tuple_(table.step, table.at, table.value) > place)
    ordered = statement.order_by(table.step, table.at, table.value).limit(limit)
    found: list[Any] = list(tx.execute(ordered))
    return [MetricPoint(key, value, step, at) for value, step, at in found]


def has_run(tx: Transaction, project: str, run_id: str) -> bool:
    """Tell whether there is such a run, and it is not deleted."""
    return _ACTIVE.row(tx, project=project, run_id=run_id) is not None


def knows_run(tx: Transaction, project: str, run_id: str) -> bool:
    """Tell whether there is such a run, be it deleted or not."""
    table = run_table.c
    return tx.scalar(sa.select(table.id).where(table.project_id == project, table.id == run_id)) is not None


def _of_run(
    table: sa.Table, project: str | sa.BindParameter[str], run_id: str | sa.BindParameter[str]
) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.project_id == project, table.c.run_id == run_id)


def runs_of(project: str | sa.BindParameter[str]) -> sa.Select[Any]:
    """Return the statement that reads the runs of a project, each with the name of its experiment."""
    joined = run_table.join(
        experiment_table,
        sa.and_(
            experiment_table.c.project_id == run_table.c.project_id,
            experiment_table.c.id == run_table.c.experiment_id,
        ),
    )
    of = experiment_table.c
    number = of.number.label("experiment_number")
    columns = sa.select(run_table, of.name.label("experiment"), number, of.artifact_location)
    return columns.select_from(joined).where(run_table.c.project_id == project)


def as_run(row: Mapping[Any, Any]) -> Run:
    """Return a row of `runs_of` as a run."""
    return Run(**{name: row[name] for name in Run.__dataclass_fields__})


def _read_texts(tx: Transaction, statement: sa.Select[Any], project: str, run_id: str) -> dict[str, str]:
    found: list[Any] = list(tx.execute(statement, {"project": project, "run_id": run_id}))
    return dict(found)


def _texts_of_run(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.key, table.c.value).where(*_of_run(table, _PROJECT, _RUN)).order_by(table.c.key)


# Put together once: SQLAlchemy takes longer for that than the database for the answer.
_PROJECT: sa.BindParameter[str] = sa.bindparam("project")
_RUN: sa.BindParameter[str] = sa.bindparam("run_id")
_ONE_RUN = runs_of(_PROJECT).where(run_table.c.id == _RUN)
_LAST_OF_RUN = (
    sa.select(last_metric_table).where(*_of_run(last_metric_table, _PROJECT, _RUN)).order_by(last_metric_table.c.key)
)
_PARAMS_OF_RUN, _TAGS_OF_RUN = _texts_of_run(param_table), _texts_of_run(tag_table)
