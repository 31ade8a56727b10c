"""Rows of the feedback room: predictions, parts, labels and their quarantine.

Batches travel as one JSON text that SQLite takes apart (`json_each`): four times as fast as a parameter set a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from tidemill.feedback._tables import label_table, prediction_part_table, prediction_table, quarantined_label_table
from tidemill.feedback.classification import Known, Waiting
from tidemill.feedback.records import UNKNOWN, QuarantinedLabel
from tidemill.storage.records import Transaction

_P, _Q, _L = prediction_part_table.c, quarantined_label_table.c, label_table.c

_INSERT_PREDICTIONS = sa.text(
    "INSERT INTO prediction (project_id, prediction_id, endpoint, event_at) "
    "SELECT :project, value ->> 0, :endpoint, value ->> 1 FROM json_each(:rows) WHERE true ON CONFLICT DO NOTHING"
)
_INSERT_LABELS = sa.text(
    "INSERT INTO label (project_id, prediction_id, number, endpoint, label, event_at, recorded_at, predicted_at, "
    "given_by) SELECT :project, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, :recorded_at, "
    "value ->> 5, value ->> 6 FROM json_each(:rows)"
)


class Place(NamedTuple):
    """One segment of one endpoint."""

    project: str
    endpoint: str
    segment: str


class Part(NamedTuple):
    """A stretch of a segment that was read: kept as Parquet in `blob`, or, when that is empty, still in the log."""

    segment: str
    start: int
    end: int
    blob: str
    n_rows: int
    first_event_at: str | None
    last_event_at: str | None
    last_recorded_at: str | None


class LabelRow(NamedTuple):
    """A label that counts, with its number among those of its prediction."""

    prediction_id: str
    number: int
    endpoint: str
    label: float
    event_at: str
    predicted_at: str
    given_by: str


def last_part(tx: Transaction, place: Place) -> Part | None:
    """Return the last part of a segment that was read."""
    statement = _parts(place.project, place.endpoint).where(_P.segment == place.segment)
    rows = _rows(tx, statement.order_by(_P.start.desc()).limit(1))
    return Part(*rows[0]) if rows else None


def put_part(tx: Transaction, place: Place, part: Part) -> None:
    """Write a part, in place of the one that begins where it does."""
    values = part._asdict()
    statement = insert(prediction_part_table).values(project_id=place.project, endpoint=place.endpoint, **values)
    changed = {name: values[name] for name in Part._fields if name not in {"segment", "start"}}
    tx.execute(statement.on_conflict_do_update(index_elements=list(prediction_part_table.primary_key), set_=changed))


def parts_between(tx: Transaction, project: str, endpoint: str, start: str, end: str) -> list[Part]:
    """Return the parts that may hold rows of [start, end)."""
    within = (_P.last_event_at >= start) & (_P.first_event_at < end)
    statement = _parts(project, endpoint).where(within).order_by(_P.first_event_at, _P.segment, _P.start)
    return [Part(*row) for row in _rows(tx, statement)]


def extent(tx: Transaction, project: str, endpoint: str) -> tuple[str, str, int] | None:
    """Return first event time, last recorded time and number of rows of an endpoint; None when it has none."""
    statement = sa.select(sa.func.min(_P.first_event_at), sa.func.max(_P.last_recorded_at), sa.func.sum(_P.n_rows))
    first, recorded, n_rows = _rows(tx, statement.where(_P.project_id == project, _P.endpoint == endpoint))[0]
    return (first, recorded, int(n_rows)) if first is not None else None


def last_event_by(tx: Transaction, project: str, endpoint: str, limit: str) -> tuple[str | None, list[Part]]:
    """Return the latest event time of parts that end by the limit, and the parts that begin by it and end beyond."""
    mine = (_P.project_id == project) & (_P.endpoint == endpoint)
    latest = tx.scalar(sa.select(sa.func.max(_P.last_event_at)).where(mine, _P.last_event_at <= limit))
    across = _parts(project, endpoint).where(_P.last_event_at > limit, _P.first_event_at <= limit)
    return latest, [Part(*row) for row in _rows(tx, across)]


def insert_predictions(tx: Transaction, place: Place, rows: Sequence[tuple[str, str]]) -> int:
    """Insert (prediction id, event time) pairs; return how many of them were new."""
    given = {"project": place.project, "endpoint": place.endpoint, "rows": _json(rows)}
    return tx.execute(_INSERT_PREDICTIONS, given).rowcount


def known_predictions(tx: Transaction, project: str, ids: Iterable[str]) -> dict[str, Known]:
    """Return of these predictions those that are known, each with its endpoint, event time and present label."""
    table = prediction_table.c
    found = sa.select(table.prediction_id, table.endpoint, table.event_at)
    rows = _rows(tx, found.where(table.project_id == project, table.prediction_id.in_(_each(ids))))
    known = {row[0]: Known(row[1], row[2]) for row in rows}
    labels = sa.select(_L.prediction_id, _L.number, _L.label).order_by(_L.number)
    labels = labels.where(_L.project_id == project, _L.prediction_id.in_(_each(known)))
    for id_, number, label in _rows(tx, labels):
        known[id_] = known[id_]._replace(number=number, label=label)
    return known


def insert_labels(tx: Transaction, project: str, rows: Sequence[LabelRow], recorded_at: str) -> None:
    """Insert labels that count."""
    if rows:
        tx.execute(_INSERT_LABELS, {"project": project, "rows": _json(rows), "recorded_at": recorded_at})


def labels_between(
    tx: Transaction, project: str, endpoint: str, within: tuple[str, str], as_of: str | None
) -> list[tuple[str, float, str]]:
    """Return (prediction id, label, event time) of predictions of [start, end), the present label of each last."""
    start, end = within
    statement = sa.select(_L.prediction_id, _L.label, _L.event_at).where(
        _L.project_id == project, _L.endpoint == endpoint, _L.predicted_at >= start, _L.predicted_at < end
    )
    if as_of is not None:
        statement = statement.where(_L.recorded_at <= as_of)
    return _rows(tx, statement.order_by(_L.predicted_at, _L.prediction_id, _L.number))


def labelled_by_day(tx: Transaction, project: str, endpoint: str) -> dict[str, int]:
    """Return how many predictions of each day (``2013-03-01``) have a label."""
    day = sa.func.substr(_L.predicted_at, 1, 10)
    statement = sa.select(day, sa.func.count()).group_by(day)
    mine = (_L.project_id == project) & (_L.endpoint == endpoint) & (_L.number == 1)
    return {row[0]: int(row[1]) for row in _rows(tx, statement.where(mine))}


def label_extent(tx: Transaction, project: str, endpoint: str) -> tuple[int, str | None]:
    """Return how many predictions had a label replaced, and when a label was recorded last."""
    mine = (_L.project_id == project) & (_L.endpoint == endpoint)
    corrected = tx.scalar(sa.select(sa.func.count()).where(mine, _L.number == 2))
    return int(corrected), tx.scalar(sa.select(sa.func.max(_L.recorded_at)).where(mine))


def anything_waits(tx: Transaction, project: str) -> bool:
    """Tell whether any label of the project is in quarantine."""
    return tx.scalar(sa.select(_Q.id).where(_waits(project)).limit(1)) is not None


def waiting(tx: Transaction, project: str, ids: Iterable[str]) -> list[Waiting]:
    """Return the quarantined labels of these predictions that wait, in the order they came."""
    statement = sa.select(_Q.id, _Q.prediction_id, _Q.label, _Q.event_at, _Q.given_by, _Q.reason)
    rows = _rows(tx, statement.where(_waits(project), _Q.prediction_id.in_(_each(ids))).order_by(_Q.id))
    return [Waiting(*row) for row in rows]


def quarantine(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put labels into quarantine."""
    if rows:
        tx.execute(sa.insert(quarantined_label_table), rows)


def settle(tx: Transaction, project: str, settled: Sequence[str], moved: Mapping[str, str], at: str) -> None:
    """End the waiting of some quarantined labels, and give others another reason."""
    table = quarantined_label_table
    if settled:
        mine = (_Q.project_id == project) & _Q.id.in_(_each(settled))
        tx.execute(sa.update(table).where(mine).values(settled_at=at))
    for id_, reason in moved.items():
        tx.execute(sa.update(table).where(_Q.project_id == project, _Q.id == id_).values(reason=reason))


def list_quarantined(tx: Transaction, project: str, endpoint: str | None, limit: int) -> list[QuarantinedLabel]:
    """Return waiting labels, newest first: of all, or of one endpoint and of unknown predictions."""
    owner = prediction_table.c.endpoint
    statement = sa.select(
        _Q.id, _Q.prediction_id, owner, _Q.label, _Q.event_at, _Q.recorded_at, _Q.given_by, _Q.reason
    ).select_from(_with_prediction())
    if endpoint is not None:
        statement = statement.where((owner == endpoint) | owner.is_(None))
    rows = _rows(tx, statement.where(_waits(project)).order_by(_Q.id.desc()).limit(limit))
    return [QuarantinedLabel(*row) for row in rows]


def quarantine_counts(tx: Transaction, project: str, endpoint: str) -> tuple[dict[str, int], int]:
    """Return the waiting labels of an endpoint's predictions by reason, and those of unknown predictions."""
    owner = prediction_table.c.endpoint
    statement = sa.select(_Q.reason, sa.func.count()).select_from(_with_prediction()).group_by(_Q.reason)
    of_endpoint = _rows(tx, statement.where(_waits(project), owner == endpoint))
    unknown = sa.select(sa.func.count()).where(_waits(project), _Q.reason == UNKNOWN)
    return {row[0]: int(row[1]) for row in of_endpoint}, int(tx.scalar(unknown))


def _rows(tx: Transaction, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.execute(statement)]


def _with_prediction() -> sa.FromClause:
    table = prediction_table
    same = (table.c.project_id == _Q.project_id) & (table.c.prediction_id == _Q.prediction_id)
    return quarantined_label_table.outerjoin(table, same)


def _waits(project: str) -> sa.ColumnElement[bool]:
    return (_Q.project_id == project) & _Q.settled_at.is_(None)


def _parts(project: str, endpoint: str) -> sa.Select[Any]:
    columns = [_P[name] for name in Part._fields]
    return sa.select(*columns).where(_P.project_id == project, _P.endpoint == endpoint)


def _each(values: Iterable[str]) -> sa.Select[Any]:
    return sa.select(sa.func.json_each(_json(list(values))).table_valued("value").c.value)


def _json(values: Sequence[Any]) -> str:
    return msgspec.json.encode(values).decode()
