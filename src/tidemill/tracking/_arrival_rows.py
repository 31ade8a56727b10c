"""Rows of runs that come from elsewhere: many runs in few statements, written and read back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso
from tidemill.storage.batches import BatchUpsert
from tidemill.storage.records import Transaction
from tidemill.storage.statements import upsert
from tidemill.tracking import _experiment_rows as experiment_rows
from tidemill.tracking import _repository as rows
from tidemill.tracking._arriving_links import links_of, put_links
from tidemill.tracking._tables import (
    artifact_table,
    experiment_table,
    last_metric_table,
    param_table,
    point_table,
    run_table,
    tag_table,
)
from tidemill.tracking.arriving import (
    ARRIVING_TAG,
    ArrivingExperiment,
    ArrivingFile,
    ArrivingRun,
    Histories,
    LeavingExperiment,
)
from tidemill.tracking.runs import DEFAULT_EXPERIMENT, DEFAULT_NUMBER, MetricPoint

_PUT_RUN = upsert(run_table)
_FILES = BatchUpsert(artifact_table)
_FACTS = ("name", "status", "started_at", "ended_at", "user_id", "deleted_at", "commit", "error")


def experiments_named(tx: Transaction, project: str, name: str) -> dict[str, Any] | None:
    """Return the row of an experiment by its name."""
    table = experiment_table.c
    return tx.row(sa.select(experiment_table).where(table.project_id == project, table.name == name))


def number_is_free(tx: Transaction, project: str, number: int) -> bool:
    """Tell whether no experiment has a number."""
    table = experiment_table.c
    return tx.scalar(sa.select(table.id).where(table.project_id == project, table.number == number)) is None


def insert_experiment(tx: Transaction, project: str, actor: str, given: ArrivingExperiment) -> tuple[str, int]:
    """Store an experiment under its own number when that is free, else under the next; return id and number."""
    id_ = rows.insert_experiment(tx, project, given.name, actor)
    table = experiment_table.c
    mine = (table.project_id == project, table.id == id_)
    number = int(tx.scalar(sa.select(table.number).where(*mine)))
    wanted = given.number
    if wanted is not None and wanted > DEFAULT_NUMBER and given.name != DEFAULT_EXPERIMENT:
        number = wanted if number_is_free(tx, project, wanted) else number
    values = {"number": number, "deleted_at": given.deleted_at}
    values["artifact_location"] = given.artifact_location
    values |= {"created_at": given.created_at or iso(tx.now), "updated_at": given.updated_at or iso(tx.now)}
    tx.execute(sa.update(experiment_table).where(*mine).values(**values))
    experiment_rows.write_tags(tx, project, id_, given.tags)
    return id_, number


def known_runs(tx: Transaction, project: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the status of those of the runs that are there; empty for one that a process here answers for."""
    table = run_table.c
    statement = sa.select(table.id, table.status, table.attended).where(table.project_id == project, table.id.in_(ids))
    return {row["id"]: "" if row["attended"] else row["status"] for row in tx.rows(statement)}


def put_runs(tx: Transaction, project: str, actor: str, given: Sequence[ArrivingRun]) -> None:
    """Store runs with params, tags and all points; of runs that are there already what is new is added."""
    tx.execute(_PUT_RUN, [_run_row(project, actor, run) for run in given])
    rows.write_params(tx, [(project, run.id, key, value) for run in given for key, value in run.params.items()])
    rows.write_tags(tx, [(project, run.id, key, value) for run in given for key, value in run.tags.items()])
    put_files(tx, project, [(run.id, each) for run in given for each in run.files])
    for run in given:
        put_links(tx, project, run)
    put_points(tx, project, {run.id: run.histories for run in given})


def put_files(tx: Transaction, project: str, given: Sequence[tuple[str, ArrivingFile]]) -> None:
    """Store files, each with the run or logged model that keeps it."""
    now = iso(tx.now)
    _FILES.write(tx, [(project, of, each.path, each.digest, each.size, now) for of, each in given])


def files(tx: Transaction, project: str, ids: Sequence[str]) -> dict[str, list[ArrivingFile]]:
    """Return the files of runs or logged models, by owner."""
    table = artifact_table.c
    columns = sa.select(table.owner, table.path, table.blob, table.size).where(table.project_id == project)
    found: dict[str, list[ArrivingFile]] = {}
    read: Iterable[Any] = tx.execute(columns.where(table.owner.in_(ids)).order_by(table.owner, table.path))
    for owner, path, digest, size in read:
        found.setdefault(owner, []).append(ArrivingFile(path, digest, size))
    return found


def put_points(tx: Transaction, project: str, given: Mapping[str, Histories]) -> None:
    """Store the points of many runs, identical ones once, and the last point of each key."""
    wanted = [(id_, key) for id_, histories in given.items() for key, points in histories.items() if points]
    known = _series(tx, project, list(given))
    new = [pair for pair in wanted if pair not in known]
    known.update(zip(new, rows.new_series(tx, len(new)), strict=True))
    points: list[tuple[int, int, int, float]] = []
    last: list[tuple[Any, ...]] = []
    for id_, key in wanted:
        series, history = known[id_, key], given[id_][key]
        points += [(series, step, at, value) for step, at, value in history]
        step, at, value = max(history, key=rows.place_key)
        last.append((project, id_, key, step, value, at, series))
    rows.write_series(tx, points, last)


def set_arriving(tx: Transaction, project: str, id_: str, deleted_at: str | None) -> None:
    """Store until when a run is to be seen as deleted."""
    mine = (run_table.c.project_id == project, run_table.c.id == id_)
    tx.execute(sa.update(run_table).where(*mine).values(deleted_at=deleted_at))


def remove_tag(tx: Transaction, project: str, id_: str, key: str) -> None:
    """Remove a tag of a run."""
    table = tag_table.c
    tx.execute(sa.delete(tag_table).where(table.project_id == project, table.run_id == id_, table.key == key))


def tagged(tx: Transaction, project: str, key: str, ids: Sequence[str]) -> set[str]:
    """Return which of the runs have a tag."""
    table = tag_table.c
    statement = sa.select(table.run_id).where(table.project_id == project, table.key == key, table.run_id.in_(ids))
    return set(tx.execute(statement).scalars())


def texts(tx: Transaction, project: str, ids: Sequence[str]) -> tuple[dict[str, dict[str, str]], ...]:
    """Return params and tags of runs, by run."""
    return _texts(tx, param_table, project, ids), _texts(tx, tag_table, project, ids)


def n_points(tx: Transaction, project: str, ids: Sequence[str]) -> dict[str, int]:
    """Return how many points each of the runs has; a run without any is left out."""
    last, point = last_metric_table.c, point_table.c
    joined = last_metric_table.join(point_table, point.series == last.series)
    statement = sa.select(last.run_id, sa.func.count()).select_from(joined).group_by(last.run_id)
    found: list[Any] = list(tx.execute(statement.where(last.project_id == project, last.run_id.in_(ids))))
    return dict(found)


def histories(tx: Transaction, project: str, ids: Sequence[str]) -> dict[str, Histories]:
    """Return all points of some runs, by run and key, in order."""
    last, point = last_metric_table.c, point_table.c
    found: dict[str, Histories] = {id_: {} for id_ in ids}
    joined = last_metric_table.join(point_table, point.series == last.series)
    columns = sa.select(last.run_id, last.key, point.step, point.at, point.value).select_from(joined)
    read: Iterable[Any] = tx.execute(columns.where(last.project_id == project, last.run_id.in_(ids)))
    for run_id, key, step, at, value in read:
        found[run_id].setdefault(key, []).append((step, at, value))
    return found


def experiments(tx: Transaction, project: str) -> list[LeavingExperiment]:
    """Return all experiments by number."""
    table = experiment_table.c
    found = tx.rows(sa.select(experiment_table).where(table.project_id == project).order_by(table.number))
    names = LeavingExperiment.__dataclass_fields__
    tags = experiment_rows.tags_of(tx, project, json.dumps([row["id"] for row in found]))
    return [
        LeavingExperiment(**{name: row[name] for name in names if name != "tags"}, tags=tags.get(row["id"], {}))
        for row in found
    ]


def run_page(
    tx: Transaction, project: str, experiment: str, after: tuple[str, str], limit: int
) -> list[tuple[str, str]]:
    """Return start and id of the next runs of an experiment."""
    table = run_table.c
    statement = sa.select(table.started_at, table.id).where(
        table.project_id == project,
        table.experiment_id == experiment,
        sa.tuple_(table.started_at, table.id) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1])),
    )
    found: list[Any] = list(tx.execute(statement.order_by(table.started_at, table.id).limit(limit)))
    return [(row[0], row[1]) for row in found]


def read_runs(tx: Transaction, project: str, ids: Sequence[str]) -> list[ArrivingRun]:
    """Return runs, whole ones, with params and tags."""
    parted = tagged(tx, project, ARRIVING_TAG, ids)
    params, tags = texts(tx, project, ids)
    links = links_of(tx, project, ids)
    table = run_table.c
    found = tx.rows(sa.select(run_table).where(table.project_id == project, table.id.in_(ids)))
    names = (*_FACTS, "id", "experiment_id")
    return [
        ArrivingRun(
            **{name: row[name] for name in names},
            params=params.get(row["id"], {}),
            tags=tags.get(row["id"], {}),
            links=links[row["id"]],
        )
        for row in sorted(found, key=lambda row: ids.index(row["id"]))
        if row["id"] not in parted
    ]


def series_of(tx: Transaction, project: str, id_: str) -> dict[str, int]:
    """Return the series of each key of a run."""
    return {key: series for (_, key), series in _series(tx, project, [id_]).items()}


def points(
    tx: Transaction, series: int, after: tuple[int, int, float] | None, limit: int
) -> list[tuple[int, int, float]]:
    """Return points of a series behind a point, in order."""
    place = None if after is None else MetricPoint("", after[2], after[0], after[1])
    return [(at.step, at.at or 0, at.value) for at in rows.history(tx, series, "", place, limit)]


def _series(tx: Transaction, project: str, ids: Sequence[str]) -> dict[tuple[str, str], int]:
    table = last_metric_table.c
    statement = sa.select(table.run_id, table.key, table.series).where(table.project_id == project)
    found: list[Any] = list(tx.execute(statement.where(table.run_id.in_(ids))))
    return {(run_id, key): series for run_id, key, series in found}


def _texts(tx: Transaction, table: sa.Table, project: str, ids: Iterable[str]) -> dict[str, dict[str, str]]:
    columns = sa.select(table.c.run_id, table.c.key, table.c.value)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    read: Iterable[Any] = tx.execute(columns.where(table.c.project_id == project, table.c.run_id.in_(ids)))
    for run_id, key, value in read:
        found[run_id][key] = value
    return found


def _run_row(project: str, actor: str, run: ArrivingRun) -> dict[str, Any]:
    facts = {name: getattr(run, name) for name in _FACTS}
    its = {"project_id": project, "id": run.id, "experiment_id": run.experiment_id}
    return {**its, **facts, "created_by": actor, "code_digest": None, "attended": False}
