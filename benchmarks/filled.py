"""Stores of any size, filled by rows as the verbs would have stored them: one of each is made by its verb and varied.

A store of a million runs by verbs would take hours. Indexes are dropped meanwhile and made again at the end; points of
metrics are made by the database itself.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import sqlalchemy as sa

from tidemill.access import local_caller
from tidemill.core import iso, new_ids
from tidemill.registry import NewVersion
from tidemill.storage.records import Database
from tidemill.tracking import ClientRun, Logged, MetricPoint, RunUpdate
from tidemill.workspace import Workspace

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
BIG, OTHERS = "big", 99
FILLED = (
    "run",
    "run_param",
    "run_tag",
    "run_last_metric",
    "metric_point",
    "model",
    "model_tag",
    "model_version",
    "model_version_tag",
    "model_alias",
)
POINTS_SQLITE = """
WITH RECURSIVE steps(step) AS (SELECT 0 UNION ALL SELECT step + 1 FROM steps WHERE step < {last}),
numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {series})
INSERT INTO metric_point (series, step, at, value)
SELECT number, step, 1700000000000 + step * 1000,
       1.0 / (1 + step / (50.0 + number % 97)) + ((number * 7919 + step * 104729) % 1000) / 20000.0
FROM numbers CROSS JOIN steps
"""
POINTS_POSTGRES = """
INSERT INTO metric_point (series, step, at, value)
SELECT number, step, 1700000000000 + step * 1000,
       1.0 / (1 + step / (50.0 + number % 97)) + ((number * 7919 + step * 104729) % 1000) / 20000.0
FROM generate_series(1::bigint, {series}) AS number CROSS JOIN generate_series(0::bigint, {last}) AS step
"""


@dataclass(frozen=True)
class Size:
    """How much is in a store: runs, metrics of each, points of each metric; models and versions of each."""

    runs: int
    metrics: int = 5
    points: int = 20
    models: int = 0
    versions: int = 10

    @property
    def n_points(self) -> int:
        """How many points there are in all."""
        return self.runs * self.metrics * self.points


class _Bulk:
    """Rows into tables of SQLite or PostgreSQL, as fast as they go."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = "://" not in url
        self._sqlite = sqlite3.connect(url, isolation_level=None) if self.is_sqlite else None
        self._postgres = None if self.is_sqlite else psycopg.connect(url, autocommit=False)

    def say(self, statement: str) -> list[Any]:
        """Run a statement and return its rows."""
        if self._sqlite is not None:
            return self._sqlite.execute(statement).fetchall()
        assert self._postgres is not None
        cursor = self._postgres.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []

    def put(self, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows."""
        columns = ", ".join(f'"{name}"' for name in names)
        if self._sqlite is not None:
            places = ", ".join("?" * len(names))
            self._sqlite.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({places})', rows)  # noqa: S608
            return
        assert self._postgres is not None
        with self._postgres.cursor().copy(f'COPY "{table}" ({columns}) FROM STDIN'.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def without_indexes(self, tables: Sequence[str]) -> Iterator[None]:
        """Drop the indexes of tables that are no keys, and make them again at the end."""
        named = ", ".join(f"'{table}'" for table in tables)
        asked = (
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({named})"  # noqa: S608
            if self.is_sqlite
            else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "  # noqa: S608
            f"AND tablename IN ({named}) AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        indexes = self.say(asked)
        for name, _ in indexes:
            self.say(f'DROP INDEX "{name}"')
        yield
        for _, made in indexes:
            self.say(made)

    def end(self) -> None:
        """Commit, and let PostgreSQL know its tables, as it would do by itself within minutes."""
        if self._sqlite is not None:
            self._sqlite.execute("COMMIT")
            self._sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._sqlite.close()
            return
        assert self._postgres is not None
        self._postgres.commit()
        self._postgres.autocommit = True
        for table in FILLED:
            self._postgres.execute(f'VACUUM ANALYZE "{table}"'.encode())
        self._postgres.close()


def fill(workspace: Workspace, url: str, size: Size) -> list[str]:
    """Fill a new store; return the ids of its runs, oldest first. url: a file of SQLite, or that of PostgreSQL."""
    samples = _samples(workspace)
    numbers = [workspace.tracking.experiments.create(local_caller(), f"other-{at}").number for at in range(OTHERS)]
    others = [workspace.tracking.experiments.get(local_caller(), number).id for number in numbers]
    bulk = _Bulk(url)
    if bulk.is_sqlite:
        for pragma in ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "BEGIN IMMEDIATE"):
            bulk.say(pragma)
    for table in FILLED:
        bulk.say(f'DELETE FROM "{table}"')  # noqa: S608
    ids = new_ids(size.runs)
    with bulk.without_indexes(FILLED):
        _runs(bulk, samples, ids, others)
        _last_metrics(bulk, ids, size)
        if size.points:
            points = POINTS_SQLITE if bulk.is_sqlite else POINTS_POSTGRES
            bulk.say(points.format(series=size.runs * size.metrics, last=size.points - 1))
        if size.models:
            _models(bulk, samples, ids, size)
    bulk.end()
    return ids


def metric_names(count: int) -> list[str]:
    """Return the keys of so many metrics."""
    return sorted(("auc", "loss", *(f"metric_{number}" for number in range(count - 2))))


def model_name(at: int) -> str:
    """Return the name of a model by its place."""
    return f"model-{at:05}"


def _samples(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Make one of each by its verb, and return its row."""
    caller, tracking, registry = local_caller(), workspace.tracking, workspace.registry
    number = tracking.experiments.create(caller, BIG).number
    run = tracking.changes.begin(caller, ClientRun(number, "sample", "ann", 1_577_836_800_000))
    tracking.changes.log(caller, run.id, Logged([MetricPoint("auc", 0.5, 0, 0)], {"depth": "1"}, {"team": "tide"}))
    tracking.changes.update(caller, run.id, RunUpdate("finished"))
    registry.catalogue.create_model(caller, "sample", "A sample.", {"team": "tide"})
    registry.catalogue.create_version(caller, NewVersion("sample", "runs:/x/model", run_id=run.id, tags={"a": "b"}))
    registry.promote(caller, "sample/1")
    return {table: _row(workspace.database, table) for table in ("run", "model", "model_version", "model_alias")}


def _row(database: Database, table: str) -> dict[str, Any]:
    row = database.read(lambda tx: tx.row(sa.text(f'SELECT * FROM "{table}"')))  # noqa: S608 - a name of this file
    assert row is not None
    return {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in row.items()}


def _varied(sample: dict[str, Any], names: Sequence[str]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the columns of a sample, those that vary first, and the values of the others."""
    others = tuple(name for name in sample if name not in names)
    return (*names, *others), tuple(sample[name] for name in others)


def _runs(bulk: _Bulk, samples: dict[str, dict[str, Any]], ids: Sequence[str], others: Sequence[str]) -> None:
    """Store the runs: every second is of one experiment, the rest of 99."""
    names, rest = _varied(samples["run"], ("id", "experiment_id", "name", "started_at", "ended_at"))
    of = [samples["run"]["experiment_id"] if at % 2 else others[at // 2 % OTHERS] for at in range(2 * OTHERS)]

    def rows() -> Iterator[tuple[Any, ...]]:
        for at, id_ in enumerate(ids):
            began, ended = (iso(SINCE + timedelta(seconds=at * 10 + more)) for more in (0, 9))
            yield (id_, of[at % (2 * OTHERS)], f"run-{at}", began, ended, *rest)

    bulk.put("run", names, rows())
    keyed = ("project_id", "run_id", "key", "value")
    project = samples["run"]["project_id"]
    params = (
        (project, id_, key, value)
        for at, id_ in enumerate(ids)
        for key, value in (("depth", str(at % 1000)), ("kind", "abc"[at % 3]), ("rate", str(at % 17 / 100)))
    )
    bulk.put("run_param", keyed, params)
    tags = (
        (project, id_, key, value)
        for at, id_ in enumerate(ids)
        for key, value in (("mlflow.runName", f"run-{at}"), ("team", "rare" if at % 1000 == 7 else "tide"))
    )
    bulk.put("run_tag", keyed, tags)


def _last_metrics(bulk: _Bulk, ids: Sequence[str], size: Size) -> None:
    """Store the last points, drawn evenly."""
    rng = random.Random(5)  # noqa: S311 - a measurement
    names = metric_names(size.metrics)
    step = max(0, size.points - 1)
    at = 1_700_000_000_000 + step * 1000
    pairs = ((id_, name) for id_ in ids for name in names)
    columns = ("project_id", "run_id", "key", "step", "value", "at", "series", "writes")
    rows = (
        ("default", id_, name, step, rng.random(), at, series, 1) for series, (id_, name) in enumerate(pairs, start=1)
    )
    bulk.put("run_last_metric", columns, rows)


def _models(bulk: _Bulk, samples: dict[str, dict[str, Any]], ids: Sequence[str], size: Size) -> None:
    """Store models with tags, versions and a champion each."""
    project = samples["model"]["project_id"]
    at_of = [iso(SINCE + timedelta(minutes=at)) for at in range(size.models)]
    names, rest = _varied(samples["model"], ("name", "created_at", "updated_at", "last_version"))
    models = ((model_name(at), at_of[at], at_of[at], size.versions, *rest) for at in range(size.models))
    bulk.put("model", names, models)
    teams = ((project, model_name(at), "team", f"team-{at % 50}") for at in range(size.models))
    bulk.put("model_tag", ("project_id", "model", "key", "value"), teams)
    pairs = [(at, number) for at in range(size.models) for number in range(1, size.versions + 1)]
    varied = ("model", "version", "run_id", "source", "created_at", "updated_at")
    names, rest = _varied(samples["model_version"], varied)
    versions = (
        (model_name(at), number, id_, f"runs:/{id_}/model", at_of[at], at_of[at], *rest)
        for at, number in pairs
        for id_ in (ids[(at * size.versions + number) % len(ids)],)
    )
    bulk.put("model_version", names, versions)
    stages = ((project, model_name(at), number, "stage", "rare" if at % 1000 == 7 else "usual") for at, number in pairs)
    bulk.put("model_version_tag", ("project_id", "model", "version", "key", "value"), stages)
    names, rest = _varied(samples["model_alias"], ("model",))
    bulk.put("model_alias", names, ((model_name(at), *rest) for at in range(size.models)))
