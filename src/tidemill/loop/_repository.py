"""Rows of the loop room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tidemill.core import from_iso, iso
from tidemill.loop._tables import progress_table, turn_table
from tidemill.loop.turn import RUNNING, WAITING, Progress, Turn
from tidemill.storage.records import Transaction
from tidemill.storage.statements import upsert

_STORE_PROGRESS = upsert(progress_table)

_INSTANTS = (
    "due_at",
    "window_starts_at",
    "fired_at",
    "ended_at",
    "reached_at",
    "watermark",
    "next_due_at",
    "waiting_due_at",
)


def insert_turn(tx: Transaction, project: str, turn: Turn) -> None:
    """Store a new turn."""
    tx.execute(sa.insert(turn_table).values(project_id=project, **_values(turn)))


def update_turn(tx: Transaction, project: str, turn: Turn) -> None:
    """Store what has become of a turn."""
    table = turn_table.c
    where = (table.project_id == project, table.id == turn.id)
    tx.execute(sa.update(turn_table).where(*where).values(**_values(turn)))


def find_turn(tx: Transaction, project: str, id_: str) -> Turn | None:
    """Return a turn, or None."""
    table = turn_table.c
    row = tx.row(sa.select(turn_table).where(table.project_id == project, table.id == id_))
    return None if row is None else Turn(**_read(Turn, row))


def list_turns(tx: Transaction, project: str, endpoint: str, limit: int) -> list[Turn]:
    """Return an endpoint's turns, the latest due first."""
    table = turn_table.c
    where = (table.project_id == project, table.endpoint == endpoint)
    rows = tx.rows(sa.select(turn_table).where(*where).order_by(table.due_at.desc()).limit(limit))
    return [Turn(**_read(Turn, row)) for row in rows]


def running_turns(tx: Transaction, project: str, endpoint: str | None = None) -> list[Turn]:
    """Return the turns whose job has not ended, of one endpoint or of all."""
    table = turn_table.c
    statement = sa.select(turn_table).where(table.project_id == project, table.state == RUNNING)
    if endpoint is not None:
        statement = statement.where(table.endpoint == endpoint)
    return [Turn(**_read(Turn, row)) for row in tx.rows(statement)]


def waiting_turns(tx: Transaction, project: str) -> list[Turn]:
    """Return the turns whose version waits for approval, the first due first."""
    table = turn_table.c
    statement = sa.select(turn_table).where(table.project_id == project, table.state == WAITING)
    return [Turn(**_read(Turn, row)) for row in tx.rows(statement.order_by(table.due_at))]


def find_progress(tx: Transaction, project: str, endpoint: str) -> Progress | None:
    """Return how far the loop has come with an endpoint, or None. `n_open` is left at 0."""
    table = progress_table.c
    row = tx.row(sa.select(progress_table).where(table.project_id == project, table.endpoint == endpoint))
    return None if row is None else Progress(**_read(Progress, row))


def list_progress(tx: Transaction, project: str) -> list[Progress]:
    """Return how far the loop has come with each endpoint, by name."""
    table = progress_table.c
    open_turns = [turn.endpoint for turn in running_turns(tx, project)]
    rows = tx.rows(sa.select(progress_table).where(table.project_id == project).order_by(table.endpoint))
    return [Progress(**_read(Progress, row), n_open=open_turns.count(row["endpoint"])) for row in rows]


def store_progress(tx: Transaction, project: str, progress: Progress) -> None:
    """Store how far the loop has come with an endpoint."""
    values = {name: value for name, value in _values(progress).items() if name != "n_open"}
    tx.execute(_STORE_PROGRESS, {"project_id": project, **values})


def _values(record: Turn | Progress) -> dict[str, Any]:
    found = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in found.items()}


def _read(kind: type[Turn] | type[Progress], row: Mapping[str, Any]) -> dict[str, Any]:
    given = {field.name: row[field.name] for field in fields(kind) if field.name in row}
    return {name: from_iso(value) if name in _INSTANTS and value else value for name, value in given.items()}
