"""Searching runs: a page of ids by an index, then all that is shown of these runs, and of no others.

Ordered by a metric, the index over last values gives the runs in order, and each other condition is looked up by key:
what is read is the page and the runs passed over on the way to it. Runs without the metric come after, newest first.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.core import UsageError
from tidemill.storage.encryption.sealed_columns import seal_of
from tidemill.storage.records import Transaction
from tidemill.storage.statements import json_values
from tidemill.tracking import _repository as rows
from tidemill.tracking._tables import experiment_table, last_metric_table, param_table, run_table, tag_table
from tidemill.tracking.queries import Condition, RunOrder, RunPage, RunQuery
from tidemill.tracking.runs import MetricPoint, RunDetail

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TABLES = {"metrics": last_metric_table, "params": param_table, "tags": tag_table}
_TEXTS = {"params", "tags"}
#: What can be told of sealed values too.
_ALIKE = {"=", "!="}
_WITHOUT = "without"

_Place = tuple[str, str]


def search(tx: Transaction, project: str, query: RunQuery) -> RunPage:
    """Return a page of the runs that were asked for. Raises UsageError for what an encrypted store cannot compare."""
    if seal_of(tx) is not None:
        for each in query.where:
            if each.of in _TEXTS and each.operator not in _ALIKE:
                raise UsageError(
                    f"{each.of}.{each.key} {each.operator} ... cannot be told in an encrypted store, where {each.of} "
                    "are sealed; ask by = or != only"
                )
    places = _places(tx, project, query)
    page = places[: query.limit]
    details = _details(tx, project, [run_id for _, run_id in page])
    more = ":".join(page[-1]) if len(places) > query.limit else None
    return RunPage([details[run_id] for _, run_id in page if run_id in details], more)


def _places(tx: Transaction, project: str, query: RunQuery) -> list[_Place]:
    """Return the places of a page and one more: how far each run is in the order, as text, and its id."""
    wanted = query.limit + 1
    after = _after(query)
    if query.order_by is None:
        return [(_WITHOUT, each) for each in _newest(tx, project, query, after, wanted)]
    found: list[_Place] = []
    if after is None or after[0] != _WITHOUT:
        found = _by_metric(tx, project, query, query.order_by, after)
    asks_for_it = any(each.of == "metrics" and each.key == query.order_by.metric for each in query.where)
    if len(found) < wanted and not asks_for_it:
        rest = after if after is not None and after[0] == _WITHOUT else None
        found += [(_WITHOUT, each) for each in _newest(tx, project, query, rest, wanted - len(found))]
    return found


def _after(query: RunQuery) -> _Place | None:
    if query.after is None:
        return None
    value, _, run_id = query.after.partition(":")
    try:
        if value != _WITHOUT and not math.isfinite(float.fromhex(value)):
            raise ValueError(value)
    except (ValueError, OverflowError):
        raise UsageError(f"{query.after[:80]!r} is no place in a list of runs; use the 'next' of a page") from None
    return value, run_id


def _by_metric(tx: Transaction, project: str, query: RunQuery, order: RunOrder, after: _Place | None) -> list[_Place]:
    last = last_metric_table.c
    statement = sa.select(last.value, last.run_id).where(last.project_id == project, last.key == order.metric)
    for each in query.where:
        if each.of == "metrics" and each.key == order.metric:
            statement = statement.where(_COMPARE[each.operator](last.value, each.value))
        else:
            statement = statement.where(_fulfils(project, last.run_id, each))
    if query.experiments:
        statement = statement.where(_in_experiments(project, last.run_id, query.experiments))
    if after is not None:
        place = sa.tuple_(sa.literal(float.fromhex(after[0])), sa.literal(after[1]))
        mine = sa.tuple_(last.value, last.run_id)
        statement = statement.where(mine < place if order.descending else mine > place)
    ordered = statement.order_by(*_ways(order, last.value, last.run_id)).limit(query.limit + 1)
    found: list[Any] = list(tx.execute(ordered))
    return [(float(value).hex(), run_id) for value, run_id in found]


def _ways(order: RunOrder, *columns: sa.Column[Any]) -> list[sa.ColumnElement[Any]]:
    return [column.desc() if order.descending else column.asc() for column in columns]


def _newest(tx: Transaction, project: str, query: RunQuery, after: _Place | None, wanted: int) -> list[str]:
    table = run_table.c
    statement = sa.select(table.id).where(table.project_id == project)
    if query.experiments:
        statement = statement.where(table.experiment_id.in_(_experiment_ids(project, query.experiments)))
    for each in query.where:
        statement = statement.where(_own(project, each) if each.of == "run" else _fulfils(project, table.id, each))
    if query.order_by is not None:
        last = last_metric_table.alias("other").c
        has = (last.project_id == project, last.run_id == table.id, last.key == query.order_by.metric)
        statement = statement.where(~sa.exists().where(*has))
    if after is not None:
        statement = statement.where(table.id < after[1])
    return [row[0] for row in tx.execute(statement.order_by(table.id.desc()).limit(wanted))]


def _fulfils(project: str, run_id: sa.ColumnElement[str], condition: Condition) -> sa.ColumnElement[bool]:
    """Return that a run fulfils a condition, looked up by its key."""
    if condition.of == "run":
        return _is_run(project, run_id, _own(project, condition))
    table = _TABLES[condition.of].alias().c
    value = table.value if condition.operator in _ALIKE else sa.type_coerce(table.value, sa.Text())
    return sa.exists().where(
        table.project_id == project,
        table.run_id == run_id,
        table.key == condition.key,
        _COMPARE[condition.operator](table.value if condition.of == "metrics" else value, condition.value),
    )


def _own(project: str, condition: Condition) -> sa.ColumnElement[bool]:
    compare = _COMPARE[condition.operator]
    compared: sa.ColumnElement[bool]
    if condition.key == "experiment":
        table = experiment_table.c
        those = sa.select(table.id).where(table.project_id == project, compare(table.name, condition.value))
        compared = run_table.c.experiment_id.in_(those)
    else:
        compared = compare(run_table.c[condition.key], condition.value)
    return compared


def _in_experiments(project: str, run_id: sa.ColumnElement[str], names: Sequence[str]) -> sa.ColumnElement[bool]:
    return _is_run(project, run_id, run_table.c.experiment_id.in_(_experiment_ids(project, names)))


def _experiment_ids(project: str, names: Sequence[str]) -> sa.Select[Any]:
    table = experiment_table.c
    return sa.select(table.id).where(table.project_id == project, table.name.in_(names))


def _is_run(project: str, run_id: sa.ColumnElement[str], own: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(run_table.c.project_id == project, run_table.c.id == run_id, own)


def _details(tx: Transaction, project: str, ids: Sequence[str]) -> dict[str, RunDetail]:
    """Return these runs with what they logged, in four statements."""
    given = {"ids": json.dumps(list(ids))}
    found = tx.execute(rows.runs_of(project).where(run_table.c.id.in_(json_values("ids"))), given).mappings()
    details = {row["id"]: RunDetail(rows.as_run(row), {}, {}, {}) for row in found}
    last = last_metric_table.c
    points = sa.select(last.run_id, last.key, last.value, last.step, last.at)
    logged: list[Any] = list(tx.execute(_of_ids(points, last, project), given))
    for run_id, key, value, step, at in logged:
        details[run_id].metrics[key] = MetricPoint(key, value, step, at)
    for table, name in ((param_table.c, "params"), (tag_table.c, "tags")):
        texts = sa.select(table.run_id, table.key, table.value)
        written: list[Any] = list(tx.execute(_of_ids(texts, table, project), given))
        for run_id, key, value in written:
            getattr(details[run_id], name)[key] = value
    return details


def _of_ids(statement: sa.Select[Any], columns: Any, project: str) -> sa.Select[Any]:
    asked = statement.where(columns.project_id == project, columns.run_id.in_(json_values("ids")))
    return asked.order_by(columns.run_id, columns.key)
