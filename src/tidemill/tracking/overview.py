"""What lists of experiments show, and the keys that runs can be asked by; each served by an index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.access import Caller, Role, require
from tidemill.storage.lookups import Lookup
from tidemill.storage.records import Database, Transaction
from tidemill.storage.statements import json_values
from tidemill.tracking import _repository as rows
from tidemill.tracking._jumps import token_behind
from tidemill.tracking._tables import experiment_table, last_metric_table, param_table, run_table, tag_table
from tidemill.tracking.queries import RunQuery
from tidemill.tracking.runs import Run

_PLAIN = re.compile(r"[\w./:-]+")
_LATEST = 20
_RUNS_ASKED = 40
_KINDS = ("metrics", "params", "tags", "attributes")
_ATTRIBUTES = ("run_name", "status", "start_time", "end_time", "experiment", "created_by", "run_id", "user_id")


@dataclass(frozen=True)
class ExperimentGlance:
    """An experiment with how many runs it has, and the latest of them, newest first."""

    name: str
    number: int
    created_at: str
    n_runs: int
    latest: list[Run]


def count_experiments(database: Database, caller: Caller, q: str = "") -> int:
    """Return how many experiments there are whose name holds every word asked for. Needs viewer."""
    require(caller, Role.VIEWER)
    statement = sa.select(sa.func.count()).select_from(experiment_table).where(*_asked(caller.project, q))
    return int(database.read(lambda tx: tx.scalar(statement)) or 0)


def experiment_glances(
    database: Database, caller: Caller, q: str = "", at: int = 0, limit: int = 100
) -> list[ExperimentGlance]:
    """Return a stretch of the experiments, the one with the latest run first. Needs viewer."""
    require(caller, Role.VIEWER)
    run, experiment = run_table.c, experiment_table.c
    mine = (run.project_id == experiment.project_id, run.experiment_id == experiment.id, run.deleted_at.is_(None))
    latest = sa.select(run.started_at).where(*mine).order_by(run.started_at.desc()).limit(1)
    newest = latest.correlate(experiment_table).scalar_subquery()  # by max, all runs would be read
    statement = (
        sa.select(experiment.id, experiment.name, experiment.number, experiment.created_at)
        .where(*_asked(caller.project, q))
        .order_by(sa.func.coalesce(newest, experiment.created_at).desc(), experiment.id)
        .limit(limit)
        .offset(at)
    )

    def read(tx: Transaction) -> list[ExperimentGlance]:
        found = tx.rows(statement)
        ids = [row["id"] for row in found]
        numbers, latest = _counts(tx, caller.project, ids), _latest(tx, caller.project, ids)
        return [
            ExperimentGlance(
                row["name"],
                row["number"],
                row["created_at"],
                numbers.get(row["id"], 0),
                latest.get(row["id"], []),
            )
            for row in found
        ]

    return database.read(read)


def count_some_runs(database: Database, caller: Caller, most: int) -> int:
    """Return how many runs there are, or `most` when there are more. Needs viewer."""
    require(caller, Role.VIEWER)
    some = sa.select(run_table.c.id).where(run_table.c.project_id == caller.project, run_table.c.deleted_at.is_(None))
    statement = sa.select(sa.func.count()).select_from(some.limit(most).subquery())
    return int(database.read(lambda tx: tx.scalar(statement)) or 0)


def run_place(database: Database, caller: Caller, query: RunQuery, skip: int) -> str | None:
    """Return what a query takes as `after` to begin behind the first `skip` runs; None when there are not so many.

    Raises UsageError for what an encrypted store cannot compare. Needs viewer.
    """
    require(caller, Role.VIEWER)
    return database.read(lambda tx: token_behind(tx, caller.project, query, skip))


def run_keys(
    database: Database, caller: Caller, prefix: str = "", experiments: Sequence[str] = (), limit: int = 20
) -> list[str]:
    """Return names that runs can be asked by and that begin so: metrics.auc, params.depth, tags.team, attributes.

    Metrics and tags are found by their index; params are those of the latest runs, of these experiments if any are
    named. What begins with no kind is looked for in each. Needs viewer.
    """
    require(caller, Role.VIEWER)
    kind, dot, begun = prefix.partition(".")
    kinds = (kind,) if dot and kind in _KINDS else _KINDS
    begun = begun.lstrip('`"') if kinds == (kind,) else prefix

    def read(tx: Transaction) -> list[str]:
        found: list[str] = []
        for each in kinds:
            names = _names(tx, caller.project, each, begun, experiments)
            for name, _ in zip(names, range(limit - len(found)), strict=False):
                found.append(f"{each}.{_quoted(name)}")
        return found

    return database.read(read)


def _names(tx: Transaction, project: str, kind: str, begun: str, experiments: Sequence[str]) -> Iterator[str]:
    if kind == "attributes":
        return (name for name in _ATTRIBUTES if name.startswith(begun))
    if kind == "metrics" and not experiments:
        return _distinct(tx, last_metric_table, project, begun)
    if kind == "tags" and not experiments:
        return _distinct(tx, tag_table, project, begun)
    table = {"metrics": last_metric_table, "params": param_table, "tags": tag_table}[kind]
    return iter(_of_latest(tx, table, project, begun, experiments))


def _distinct(tx: Transaction, table: sa.Table, project: str, begun: str) -> Iterator[str]:
    """Yield the keys that begin so, each by one look into the index over keys."""
    last = begun
    first = tx.scalar(_next_key(table, project, table.c.key >= begun))
    while first is not None and str(first).startswith(begun):
        yield str(first)
        last = str(first)
        first = tx.scalar(_next_key(table, project, table.c.key > last))


def _next_key(table: sa.Table, project: str, beyond: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.min(table.c.key)).where(table.c.project_id == project, beyond)


def _of_latest(tx: Transaction, table: sa.Table, project: str, begun: str, experiments: Sequence[str]) -> list[str]:
    each = experiments or (None,)
    runs = [run.id for name in each for run in rows.list_runs(tx, project, name, _RUNS_ASKED)][:_RUNS_ASKED]
    found: set[str] = set()
    for run_id in runs:
        statement = sa.select(table.c.key).where(table.c.project_id == project, table.c.run_id == run_id)
        found.update(row["key"] for row in tx.rows(statement) if row["key"].startswith(begun))
    return sorted(found)


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else f"`{name.replace('`', '``')}`"


def _asked(project: str, q: str) -> list[sa.ColumnElement[bool]]:
    table = experiment_table.c
    words = [sa.func.lower(table.name).contains(word, autoescape=True) for word in q.lower().split()[:10]]
    return [table.project_id == project, table.deleted_at.is_(None), *words]


def _counts(tx: Transaction, project: str, experiment_ids: Sequence[str]) -> dict[str, int]:
    """Return how many runs experiments have, by the index alone."""
    run = run_table.c
    where = (run.project_id == project, run.experiment_id.in_(experiment_ids), run.deleted_at.is_(None))
    counted = sa.select(run.experiment_id, sa.func.count()).where(*where).group_by(run.experiment_id)
    found: list[Any] = list(tx.execute(counted))
    return dict(found)


def _latest(tx: Transaction, project: str, experiment_ids: Sequence[str]) -> dict[str, list[Run]]:
    """Return the latest runs of experiments, newest first, by experiment: in two statements."""
    each = (
        f"SELECT * FROM (SELECT experiment_id, id FROM run WHERE project_id = :project AND experiment_id = :of_{at} "  # noqa: S608 - numbers
        f"AND deleted_at IS NULL ORDER BY started_at DESC, id DESC LIMIT {_LATEST}) AS latest_{at}"
        for at in range(len(experiment_ids))
    )
    of = {f"of_{at}": id_ for at, id_ in enumerate(experiment_ids)}
    pairs = Lookup(" UNION ALL ".join(each)).rows(tx, project=project, **of) if experiment_ids else []
    known = rows.runs_of(project).where(run_table.c.id.in_(json_values("ids")))
    read = tx.execute(known, {"ids": json.dumps([id_ for _, id_ in pairs])}).mappings()
    runs = {row["id"]: rows.as_run(row) for row in read}
    latest: dict[str, list[Run]] = {}
    for experiment_id, id_ in sorted(pairs, key=lambda pair: (runs[pair[1]].started_at, pair[1]), reverse=True):
        latest.setdefault(experiment_id, []).append(runs[id_])
    return latest
