"""Rows of traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tidemill.storage.records import Transaction
from tidemill.storage.statements import insert_or_ignore, upsert
from tidemill.tracking import _artifact_rows as artifacts
from tidemill.tracking._tables import (
    experiment_table,
    trace_metadata_table,
    trace_run_table,
    trace_table,
    trace_tag_table,
)
from tidemill.tracking.searching import (
    TRACES,
    Attached,
    Column,
    Condition,
    PageOf,
    Searched,
    Term,
    fingerprint,
    list_page,
    matching,
    terms_of,
)
from tidemill.tracking.searching.vocabulary import ATTRIBUTES
from tidemill.tracking.trace_records import Trace, TracePage, TraceQuery

_PUT, _PUT_TAG, _PUT_METADATA = upsert(trace_table), upsert(trace_tag_table), upsert(trace_metadata_table)
_LINK = insert_or_ignore(trace_run_table)
_AT_ONCE = 500
_RUNS = "runs"
_TEXTS = {"tags": trace_tag_table, "metadata": trace_metadata_table}


def experiment_of(tx: Transaction, project: str, number: int) -> str | None:
    """Return the id of the experiment of a number."""
    table = experiment_table.c
    found = tx.scalar(sa.select(table.id).where(table.project_id == project, table.number == number))
    return None if found is None else str(found)


def put(tx: Transaction, project: str, experiment_id: str, trace: Trace) -> None:
    """Store a trace, instead of one of its id; tags and metadata are added to those it has."""
    values = {
        "project_id": project,
        "id": trace.id,
        "experiment_id": experiment_id,
        "client_request_id": trace.client_request_id,
        "name": trace.name,
        "run_id": trace.run_id,
        "started_ms": trace.started_ms,
        "duration_ms": trace.duration_ms,
        "state": trace.state,
        "request": trace.request,
        "response": trace.response,
    }
    tx.execute(_PUT, values)
    if trace.run_id is not None:
        link(tx, project, trace.id, trace.run_id)
    put_texts(tx, project, trace.id, tags=trace.tags, metadata=trace.metadata)


def put_texts(
    tx: Transaction, project: str, trace_id: str, *, tags: Mapping[str, str], metadata: Mapping[str, str]
) -> None:
    """Store tags and metadata, instead of those of their keys."""
    for statement, texts in ((_PUT_TAG, tags), (_PUT_METADATA, metadata)):
        rows = [{"project_id": project, "trace_id": trace_id, "key": key, "value": text} for key, text in texts.items()]
        if rows:
            tx.execute(statement, rows)


def change(tx: Transaction, project: str, trace_id: str, **values: Any) -> None:
    """Change columns of a trace."""
    table = trace_table.c
    tx.execute(sa.update(trace_table).where(table.project_id == project, table.id == trace_id).values(**values))


def link(tx: Transaction, project: str, trace_id: str, run_id: str) -> None:
    """Store that a trace belongs to a run, beside those that it belongs to already."""
    tx.execute(_LINK, {"project_id": project, "trace_id": trace_id, "run_id": run_id})


def delete_tag(tx: Transaction, project: str, trace_id: str, key: str) -> bool:
    """Delete a tag; tell whether it was there."""
    table = trace_tag_table.c
    mine = (table.project_id == project, table.trace_id == trace_id, table.key == key)
    return bool(tx.execute(sa.delete(trace_tag_table).where(*mine)).rowcount)


def find(tx: Transaction, project: str, ids: Sequence[str]) -> list[Trace]:
    """Return those of the traces that there are, in the order of their ids as given."""
    found: dict[str, Trace] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = list(ids[start : start + _AT_ONCE])
        statement = _selected(project).where(trace_table.c.id.in_(some))
        texts = {kind: _texts_of(tx, project, table, some) for kind, table in _TEXTS.items()}
        found |= {row["id"]: _trace(row, texts) for row in tx.rows(statement)}
    return [found[each] for each in ids if each in found]


def search(tx: Transaction, project: str, query: TraceQuery) -> TracePage:
    """Return a page of the traces of some experiments. Raises UsageError for what cannot be asked."""
    table = trace_table.c
    searched = _searched(project)
    ids = list(tx.execute(_ids(project, query)).scalars())
    one = table.experiment_id == ids[0] if len(ids) == 1 else table.experiment_id.in_(ids)
    terms = _terms(tx, searched, query)
    statement = sa.select(table.id).where(table.project_id == project, one)
    where = [_of_any_run(each) for each in TRACES.checked(query.where)]
    statement = statement.where(*matching(tx, searched, where))
    mark = fingerprint(query.numbers, query.where, query.order_by)
    page = list_page(tx, statement, terms, PageOf(query.limit, mark, query.after))
    return TracePage(tuple(find(tx, project, [row["id"] for row in page.rows])), page.next)


def of_run(tx: Transaction, project: str, run_id: str, limit: int) -> list[Trace]:
    """Return the newest traces of a run."""
    table = trace_table.c
    mine = sa.select(table.id).where(table.project_id == project, table.run_id == run_id)
    newest = mine.order_by(table.started_ms.desc(), table.id.desc()).limit(limit)
    return find(tx, project, [row["id"] for row in tx.rows(newest)])


def oldest(tx: Transaction, project: str, experiment_id: str, until_ms: int, limit: int) -> list[str]:
    """Return the ids of the oldest traces of an experiment that began until an instant."""
    table = trace_table.c
    mine = sa.select(table.id).where(table.project_id == project, table.experiment_id == experiment_id)
    statement = mine.where(table.started_ms <= until_ms).order_by(table.started_ms, table.id).limit(limit)
    return [row["id"] for row in tx.rows(statement)]


def delete(tx: Transaction, project: str, experiment_id: str, ids: Sequence[str]) -> int:
    """Delete traces of an experiment with all that belongs to them; return how many there were."""
    table, n_deleted = trace_table.c, 0
    for start in range(0, len(ids), _AT_ONCE):
        some = list(ids[start : start + _AT_ONCE])
        mine = (table.project_id == project, table.experiment_id == experiment_id, table.id.in_(some))
        there = [row["id"] for row in tx.rows(sa.select(table.id).where(*mine))]
        for each in (*_TEXTS.values(), trace_run_table):
            tx.execute(sa.delete(each).where(each.c.project_id == project, each.c.trace_id.in_(there)))
        artifacts.delete_owners(tx, project, there)
        n_deleted += tx.execute(sa.delete(trace_table).where(*mine)).rowcount
    return n_deleted


def _searched(project: str) -> Searched:
    table = trace_table.c
    attributes = {
        "trace_id": Column(table.id),
        "name": Column(table.name),
        "status": Column(table.state, spell=str.upper),
        "run_id": Column(table.run_id),
        "client_request_id": Column(table.client_request_id),
        "timestamp": Column(table.started_ms),
        "execution_time": Column(table.duration_ms),
    }
    attached = {kind: Attached(each, {"project_id": project, "trace_id": table.id}) for kind, each in _TEXTS.items()}
    runs = Attached(trace_run_table, {"project_id": project, "trace_id": table.id}, {"run_id": "run_id"})
    return Searched(attributes, {**attached, _RUNS: runs})


def _of_any_run(condition: Condition) -> Condition:
    """Return a condition on the run of a trace as one on any of its runs."""
    if (condition.of, condition.key) != (ATTRIBUTES, "run_id"):
        return condition
    return replace(condition, of=_RUNS)


def _terms(tx: Transaction, searched: Searched, query: TraceQuery) -> list[Term]:
    """Return what traces are ordered by: by their start the index gives them in order."""
    table = trace_table.c
    terms = terms_of(tx, searched, query.order_by)
    if not terms or query.order_by[0].key == "timestamp":
        newest_first = not terms or terms[0].descending
        return [Term(table.started_ms, newest_first), *terms[1:], Term(table.id, newest_first)]
    return [*terms, Term(table.id)]


def _ids(project: str, query: TraceQuery) -> sa.Select[Any]:
    table = experiment_table.c
    return sa.select(table.id).where(table.project_id == project, table.number.in_(query.numbers))


def _selected(project: str) -> sa.Select[Any]:
    trace, experiment = trace_table.c, experiment_table.c
    same = sa.and_(experiment.project_id == trace.project_id, experiment.id == trace.experiment_id)
    joined = sa.select(trace_table, experiment.number).join_from(trace_table, experiment_table, same)
    return joined.where(trace.project_id == project)


def _texts_of(tx: Transaction, project: str, table: sa.Table, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    statement = sa.select(table).where(table.c.project_id == project, table.c.trace_id.in_(ids))
    for row in tx.rows(statement.order_by(table.c.key)):
        found.setdefault(row["trace_id"], {})[row["key"]] = row["value"]
    return found


def _trace(row: dict[str, Any], texts: Mapping[str, Mapping[str, dict[str, str]]]) -> Trace:
    names = ("id", "client_request_id", "name", "run_id", "started_ms", "duration_ms", "state", "request", "response")
    tags, metadata = texts["tags"].get(row["id"], {}), texts["metadata"].get(row["id"], {})
    return Trace(experiment=row["number"], tags=tags, metadata=metadata, **{name: row[name] for name in names})
