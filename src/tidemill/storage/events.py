"""Reading the event log: the audit trail, in the order in which changes were committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidemill.storage._tables import event_table
from tidemill.storage.records import Transaction


@dataclass(frozen=True)
class EventRecord:
    """An event as stored. `sequence` orders events on one store, `at` is ISO 8601 UTC.

    `position` counts the sealed events of the whole store without gaps; None while an event is not sealed.
    """

    sequence: int
    id: str
    kind: str
    subject: str
    actor: str
    at: str
    data: dict[str, Any]
    position: int | None


@dataclass(frozen=True)
class EventQuery:
    """Which events to read: newest first, at most `limit`, before a sequence, of one subject or kind prefix."""

    limit: int = 50
    before: int | None = None
    subject: str | None = None
    kind_prefix: str | None = None


def read_events(tx: Transaction, project: str, query: EventQuery) -> list[EventRecord]:
    """Return the events of a project that the query asks for, newest first."""
    table = event_table.c
    statement = sa.select(event_table).where(table.project_id == project)
    if query.before is not None:
        statement = statement.where(table.sequence < query.before)
    if query.subject is not None:
        statement = statement.where(table.subject == query.subject)
    if query.kind_prefix is not None:
        statement = statement.where(table.kind.startswith(query.kind_prefix, autoescape=True))
    rows = tx.rows(statement.order_by(table.sequence.desc()).limit(query.limit))
    return [as_record(row) for row in rows]


def as_record(row: Mapping[str, Any]) -> EventRecord:
    """Return a row of the event table as a record."""
    return EventRecord(**{name: row[name] for name in EventRecord.__dataclass_fields__})
