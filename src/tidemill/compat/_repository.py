"""Rows of the compat room."""

from __future__ import annotations

import sqlalchemy as sa

from tidemill.compat._tables import lineage_sent_table
from tidemill.storage.followers import advance, head, position_of, read_after
from tidemill.storage.records import Transaction
from tidemill.storage.statements import insert_or_ignore, upsert

_FOLLOWER = "openlineage"
_STARTED = "run.started"
_WHOLE = -1
_MOST = 1000
_TAKE_UP = insert_or_ignore(lineage_sent_table)
_STORE = upsert(lineage_sent_table)


def has_news(tx: Transaction, project: str) -> bool:
    """Tell whether anything happened that was not followed yet."""
    return head(tx) > position_of(tx, project, _FOLLOWER)


def take_up(tx: Transaction, project: str) -> int:
    """Note the runs that have started since, as ones of which nothing was sent; return how many."""
    last = head(tx)
    events = read_after(tx, project, _FOLLOWER, {_STARTED}, _MOST)
    for event in events:
        tx.execute(_TAKE_UP, {"project_id": project, "run_id": event.subject, "position": _WHOLE, "sent": ""})
    if len(events) == _MOST and events[-1].position is not None:
        last = events[-1].position
    advance(tx, project, _FOLLOWER, last)
    return len(events)


def open_runs(tx: Transaction, project: str) -> list[str]:
    """Return the runs whose last event was not sent, oldest first."""
    table = lineage_sent_table.c
    statement = sa.select(table.run_id).where(table.project_id == project, table.position == _WHOLE)
    return [row["run_id"] for row in tx.rows(statement.order_by(table.run_id))]


def sent_of(tx: Transaction, project: str, run_id: str) -> dict[int, str]:
    """Return the kind of the last event that was sent of a run's steps, by position; -1 is the run's own."""
    table = lineage_sent_table.c
    statement = sa.select(table.position, table.sent).where(table.project_id == project, table.run_id == run_id)
    return {row["position"]: row["sent"] for row in tx.rows(statement)}


def store_sent(tx: Transaction, project: str, run_id: str, position: int, kind: str) -> None:
    """Store that an event was sent."""
    tx.execute(_STORE, {"project_id": project, "run_id": run_id, "position": position, "sent": kind})


def forget(tx: Transaction, project: str, run_id: str) -> None:
    """Forget a run of which nothing more comes."""
    table = lineage_sent_table.c
    tx.execute(sa.delete(lineage_sent_table).where(table.project_id == project, table.run_id == run_id))
