"""Rows of the feedback room: predictions, parts, labels and their quarantine.

Batches travel as one JSON text that the database takes apart: four times as fast as a parameter set a row.
Statements are built once, since building one costs more than running it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from tidemill.feedback._tables import label_table, prediction_part_table, prediction_table, quarantined_label_table
from tidemill.feedback.classification import Accepted, Known, Waiting
from tidemill.feedback.records import UNKNOWN, QuarantinedLabel
from tidemill.storage.records import Transaction
from tidemill.storage.statements import insert_json_rows, json_values, upsert


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


_P, _Q, _L, _R = prediction_part_table.c, quarantined_label_table.c, label_table.c, prediction_table.c
_PROJECT, _ENDPOINT = sa.bindparam("project", type_=sa.String), sa.bindparam("endpoint", type_=sa.String)
_START, _END = sa.bindparam("start", type_=sa.String), sa.bindparam("end", type_=sa.String)
_IDS = json_values("ids")

_PARTS = sa.select(*(_P[name] for name in Part._fields)).where(_P.project_id == _PROJECT, _P.endpoint == _ENDPOINT)
_LAST_PART = _PARTS.where(_P.segment == sa.bindparam("segment")).order_by(_P.start.desc()).limit(1)
_PARTS_BETWEEN = _PARTS.where(_P.last_event_at >= _START, _P.first_event_at < _END).order_by(
    _P.first_event_at, _P.segment, _P.start
)
_PARTS_SINCE = _PARTS.where(_P.last_recorded_at >= _START)
_PARTS_ACROSS = _PARTS.where(_P.last_event_at > _END, _P.first_event_at <= _END)
_EXTENT = sa.select(
    sa.func.min(_P.first_event_at),
    sa.func.max(_P.last_recorded_at),
    sa.func.sum(_P.n_rows),
    sa.func.max(_P.last_event_at).filter(_P.last_event_at <= _END),
).where(_P.project_id == _PROJECT, _P.endpoint == _ENDPOINT)
_PUT_PART = upsert(prediction_part_table)

_INSERT_PREDICTIONS = insert_json_rows(
    prediction_table, ["project_id", "endpoint"], ["prediction_id", "event_at"], ignore=True
)
_KNOWN = (
    sa.select(_R.prediction_id, _R.endpoint, _R.event_at, sa.func.coalesce(_L.number, 0), _L.label)
    .select_from(
        prediction_table.outerjoin(
            label_table, (_L.project_id == _R.project_id) & (_L.prediction_id == _R.prediction_id)
        )
    )
    .where(_R.project_id == _PROJECT, _R.prediction_id.in_(_IDS))
)

_INSERT_LABELS = insert_json_rows(
    label_table,
    ["project_id", "recorded_at", "given_by"],
    ["prediction_id", "number", "endpoint", "label", "event_at", "predicted_at"],
)
_OF_ENDPOINT = (_L.project_id == _PROJECT) & (_L.endpoint == _ENDPOINT)
_LABELS_BETWEEN = (
    sa.select(_L.prediction_id, _L.label, _L.event_at)
    .where(_OF_ENDPOINT, _L.predicted_at >= _START, _L.predicted_at < _END)
    .order_by(_L.predicted_at, _L.prediction_id, _L.number)
)
_N_LABELLED = sa.select(sa.func.count()).where(
    _OF_ENDPOINT, _L.predicted_at >= _START, _L.predicted_at < _END, _L.number == 1
)
_SINCE = _OF_ENDPOINT & (_L.recorded_at >= _START)
_NEWEST_LABELS = (
    sa.select(_L.recorded_at, sa.func.count())
    .where(_SINCE)
    .group_by(_L.recorded_at)
    .order_by(_L.recorded_at.desc())
    .limit(1)
)
# An expression, so that the index of arrivals is used and not that of event times, which would read all of them.
_LABELLED_SINCE = sa.select(_L.predicted_at).where(_SINCE, _L.predicted_at.concat("") < _END)
# Constants, not parameters: PostgreSQL groups by what it can see to be the same.
_DAY = sa.func.substr(_L.predicted_at, sa.literal_column("1"), sa.literal_column("10"))
_LABELLED_BY_DAY = sa.select(_DAY, sa.func.count()).where(_OF_ENDPOINT, _L.number == 1).group_by(_DAY)

_WAITS = (_Q.project_id == _PROJECT) & _Q.settled_at.is_(None)
_ANYTHING_WAITS = sa.select(_Q.id).where(_WAITS).limit(1)
_WAITING = sa.select(*(_Q[name] for name in Waiting._fields)).where(_WAITS, _Q.prediction_id.in_(_IDS)).order_by(_Q.id)
_OWNED = quarantined_label_table.outerjoin(
    prediction_table, (_R.project_id == _Q.project_id) & (_R.prediction_id == _Q.prediction_id)
)
_QUARANTINED = (
    sa.select(_Q.id, _Q.prediction_id, _R.endpoint, _Q.label, _Q.event_at, _Q.recorded_at, _Q.given_by, _Q.reason)
    .select_from(_OWNED)
    .where(_WAITS)
    .order_by(_Q.id.desc())
)
_REASONS = (
    sa.select(_Q.reason, sa.func.count())
    .select_from(_OWNED)
    .where(_WAITS, _R.endpoint == _ENDPOINT)
    .group_by(_Q.reason)
)


def last_part(tx: Transaction, place: Place) -> Part | None:
    """Return the last part of a segment that was read."""
    rows = _rows(tx, _LAST_PART, place._asdict())
    return Part(*rows[0]) if rows else None


def put_part(tx: Transaction, place: Place, part: Part) -> None:
    """Write a part, in place of the one that begins where it does."""
    tx.execute(_PUT_PART, {"project_id": place.project, "endpoint": place.endpoint, **part._asdict()})


def parts_between(tx: Transaction, project: str, endpoint: str, start: str, end: str) -> list[Part]:
    """Return the parts that may hold rows of [start, end)."""
    given = {"project": project, "endpoint": endpoint, "start": start, "end": end}
    return [Part(*row) for row in _rows(tx, _PARTS_BETWEEN, given)]


def parts_since(tx: Transaction, project: str, endpoint: str, recorded_at: str) -> list[Part]:
    """Return the parts that hold rows recorded at an instant or later."""
    given = {"project": project, "endpoint": endpoint, "start": recorded_at}
    return [Part(*row) for row in _rows(tx, _PARTS_SINCE, given)]


def extent(
    tx: Transaction, project: str, endpoint: str, limit: str
) -> tuple[tuple[str, str, int] | None, str | None, list[Part]]:
    """Return first event time, last recorded time and number of rows of an endpoint, None when it has none.

    Then the latest event time of parts that end by the limit, and the parts that begin by it and end beyond.
    """
    given = {"project": project, "endpoint": endpoint, "end": limit}
    first, recorded, n_rows, latest = _rows(tx, _EXTENT, given)[0]
    across = [Part(*row) for row in _rows(tx, _PARTS_ACROSS, given)]
    return (first, recorded, int(n_rows)) if first is not None else None, latest, across


def insert_predictions(tx: Transaction, place: Place, rows: Sequence[tuple[str, str]]) -> int:
    """Insert (prediction id, event time) pairs; return how many of them were new."""
    if not rows:
        return 0
    given = {"project_id": place.project, "endpoint": place.endpoint, "rows": _json(rows)}
    return tx.execute(_INSERT_PREDICTIONS, given).rowcount


def known_predictions(tx: Transaction, project: str, ids: Iterable[str]) -> dict[str, Known]:
    """Return of these predictions those that are known, each with its endpoint, event time and present label."""
    known: dict[str, Known] = {}
    for row in _rows(tx, _KNOWN, {"project": project, "ids": _json(list(ids))}):
        id_ = row[0]
        if id_ not in known or known[id_][2] < row[3]:
            known[id_] = Known._make(row[1:])
    return known


def insert_labels(tx: Transaction, project: str, labels: Sequence[Accepted], given_by: str, recorded_at: str) -> None:
    """Insert labels that count."""
    if labels:
        given = {"project_id": project, "given_by": given_by, "recorded_at": recorded_at, "rows": _json(labels)}
        tx.execute(_INSERT_LABELS, given)


def labels_between(
    tx: Transaction, project: str, endpoint: str, within: tuple[str, str], as_of: str | None
) -> list[tuple[str, float, str]]:
    """Return (prediction id, label, event time) of predictions of [start, end), the present label of each last."""
    statement = _LABELS_BETWEEN if as_of is None else _LABELS_BETWEEN.where(_L.recorded_at <= as_of)
    return _rows(tx, statement, {"project": project, "endpoint": endpoint, "start": within[0], "end": within[1]})


def count_labelled(tx: Transaction, project: str, endpoint: str, within: tuple[str, str]) -> int:
    """Return how many predictions of [start, end) have a label."""
    given = {"project": project, "endpoint": endpoint, "start": within[0], "end": within[1]}
    return int(_rows(tx, _N_LABELLED, given)[0][0])


def newest_labels(tx: Transaction, project: str, endpoint: str, recorded_at: str) -> tuple[str, int]:
    """Return when the newest of the labels was recorded that came at an instant or later, and how many came then."""
    found = _rows(tx, _NEWEST_LABELS, {"project": project, "endpoint": endpoint, "start": recorded_at})
    return (str(found[0][0]), int(found[0][1])) if found else ("", 0)


def labelled_since(tx: Transaction, project: str, endpoint: str, recorded_at: str, before: str) -> list[str]:
    """Return the event times before an instant of predictions that got a label at an instant or later."""
    given = {"project": project, "endpoint": endpoint, "start": recorded_at, "end": before}
    return [row[0] for row in _rows(tx, _LABELLED_SINCE, given)]


def labelled_by_day(tx: Transaction, project: str, endpoint: str) -> dict[str, int]:
    """Return how many predictions of each day (``2013-03-01``) have a label."""
    return {row[0]: int(row[1]) for row in _rows(tx, _LABELLED_BY_DAY, {"project": project, "endpoint": endpoint})}


def label_extent(tx: Transaction, project: str, endpoint: str) -> tuple[int, str | None]:
    """Return how many predictions had a label replaced, and when a label was recorded last."""
    given = {"project": project, "endpoint": endpoint}
    corrected = sa.select(sa.func.count()).select_from(label_table).where(_OF_ENDPOINT, _L.number == 2)
    latest = sa.select(sa.func.max(_L.recorded_at)).where(_OF_ENDPOINT)
    return int(_rows(tx, corrected, given)[0][0]), _rows(tx, latest, given)[0][0]


def anything_waits(tx: Transaction, project: str) -> bool:
    """Tell whether any label of the project is in quarantine."""
    return bool(_rows(tx, _ANYTHING_WAITS, {"project": project}))


def waiting(tx: Transaction, project: str, ids: Iterable[str]) -> list[Waiting]:
    """Return the quarantined labels of these predictions that wait, in the order they came."""
    return [Waiting(*row) for row in _rows(tx, _WAITING, {"project": project, "ids": _json(list(ids))})]


def quarantine(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put labels into quarantine."""
    if rows:
        tx.execute(sa.insert(quarantined_label_table), rows)


def settle(tx: Transaction, project: str, settled: Sequence[str], moved: Mapping[str, str], at: str) -> None:
    """End the waiting of some quarantined labels, and give others another reason."""
    change = sa.update(quarantined_label_table).where(_Q.project_id == project)
    if settled:
        tx.execute(change.where(_Q.id.in_(_IDS)).values(settled_at=at), {"ids": _json(settled)})
    for id_, reason in moved.items():
        tx.execute(change.where(_Q.id == id_).values(reason=reason))


def list_quarantined(tx: Transaction, project: str, endpoint: str | None, limit: int) -> list[QuarantinedLabel]:
    """Return waiting labels, newest first: of all, or of one endpoint and of unknown predictions."""
    mine = _R.endpoint.is_(None) | (_R.endpoint == endpoint)
    statement = _QUARANTINED if endpoint is None else _QUARANTINED.where(mine)
    return [QuarantinedLabel(*row) for row in _rows(tx, statement.limit(limit), {"project": project})]


def quarantine_counts(tx: Transaction, project: str, endpoint: str) -> tuple[dict[str, int], int]:
    """Return the waiting labels of an endpoint's predictions by reason, and those of unknown predictions."""
    unknown = sa.select(sa.func.count()).select_from(quarantined_label_table).where(_WAITS, _Q.reason == UNKNOWN)
    of_endpoint = _rows(tx, _REASONS, {"project": project, "endpoint": endpoint})
    return {row[0]: int(row[1]) for row in of_endpoint}, int(_rows(tx, unknown, {"project": project})[0][0])


def _rows(tx: Transaction, statement: sa.Select[Any], given: Mapping[str, Any]) -> list[Any]:
    """Return all rows at once: fetching them one by one takes twice as long."""
    return list(tx.execute(statement, given).all())


def _json(values: Sequence[Any]) -> str:
    return msgspec.json.encode(values).decode()
