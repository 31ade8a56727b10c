"""Rows of the webhooks room."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tidemill.core import iso, new_id
from tidemill.storage.records import Transaction
from tidemill.storage.statements import insert_or_ignore
from tidemill.webhooks._tables import delivery_table, webhook_table
from tidemill.webhooks.happenings import Happening
from tidemill.webhooks.records import WAITING, Delivery, NewWebhook, Webhook

_DELIVER = insert_or_ignore(delivery_table)


def insert(tx: Transaction, project: str, actor: str, new: NewWebhook, since: int) -> str:
    """Store a webhook and return its id."""
    id_, now = new_id(), iso(tx.now)
    values: dict[str, Any] = {
        "name": new.name,
        "description": new.description,
        "url": new.url,
        "events": json.dumps(new.events),
    }
    values |= {"secret": new.secret, "status": new.status, "created_at": now, "updated_at": now, "created_by": actor}
    tx.execute(sa.insert(webhook_table).values(project_id=project, id=id_, since=since, **values))
    return id_


def change(tx: Transaction, project: str, id_: str, **values: Any) -> None:
    """Change columns of a webhook."""
    if "events" in values:
        values["events"] = json.dumps(values["events"])
    table = webhook_table.c
    mine = sa.update(webhook_table).where(table.project_id == project, table.id == id_)
    tx.execute(mine.values(**values, updated_at=iso(tx.now)))


def delete(tx: Transaction, project: str, id_: str) -> None:
    """Delete a webhook with what it was told."""
    told, table = delivery_table.c, webhook_table.c
    tx.execute(sa.delete(delivery_table).where(told.project_id == project, told.webhook_id == id_))
    tx.execute(sa.delete(webhook_table).where(table.project_id == project, table.id == id_))


def find(tx: Transaction, project: str, id_: str) -> Webhook | None:
    """Return a webhook."""
    table = webhook_table.c
    row = tx.row(sa.select(webhook_table).where(table.project_id == project, table.id == id_))
    return None if row is None else _webhook(row)


def secret_of(tx: Transaction, project: str, id_: str) -> str | None:
    """Return what a webhook's deliveries are signed with."""
    table = webhook_table.c
    found = tx.scalar(sa.select(table.secret).where(table.project_id == project, table.id == id_))
    return None if found is None else str(found)


def list_all(tx: Transaction, project: str, after: str = "", limit: int = 1000) -> list[Webhook]:
    """Return webhooks in the order in which they were made."""
    table = webhook_table.c
    statement = sa.select(webhook_table).where(table.project_id == project, table.id > after)
    return [_webhook(row) for row in tx.rows(statement.order_by(table.id).limit(limit))]


def since_by_id(tx: Transaction, project: str) -> dict[str, int]:
    """Return the position of the log behind which each webhook is told."""
    table = webhook_table.c
    rows = tx.rows(sa.select(table.id, table.since).where(table.project_id == project))
    return {row["id"]: row["since"] for row in rows}


def add_delivery(tx: Transaction, project: str, webhook_id: str, position: int, what: tuple[Happening, str]) -> None:
    """Store that a webhook is to be told something. what: the happening, and when it was."""
    happening, at = what
    values: dict[str, Any] = {"event": happening.event, "body": happening.body, "id": new_id(), "state": WAITING}
    values |= {"n_attempts": 0, "next_at": iso(tx.now), "answered": None, "error": None, "happened_at": at}
    tx.execute(
        _DELIVER, {"project_id": project, "webhook_id": webhook_id, "position": position, "done_at": None, **values}
    )


def first_waiting(tx: Transaction, project: str, webhook_id: str) -> tuple[Delivery, str] | None:
    """Return the oldest delivery that a webhook is still to be told, and its body."""
    table = delivery_table.c
    mine = (table.project_id == project, table.webhook_id == webhook_id, table.state == WAITING)
    row = tx.row(sa.select(delivery_table).where(*mine).order_by(table.position, table.event).limit(1))
    return None if row is None else (_delivery(row), row["body"])


def settle(tx: Transaction, project: str, delivery: Delivery, **values: Any) -> bool:
    """Store what came of a delivery, or that it is being tried; tell whether it was as it is given."""
    table = delivery_table.c
    mine = sa.update(delivery_table).where(
        table.project_id == project,
        table.webhook_id == delivery.webhook_id,
        table.position == delivery.position,
        table.event == delivery.event,
        table.state == WAITING,
        table.n_attempts == delivery.n_attempts,
    )
    return bool(tx.execute(mine.values(**values)).rowcount)


def deliveries(tx: Transaction, project: str, webhook_id: str, limit: int) -> list[Delivery]:
    """Return the newest deliveries first."""
    table = delivery_table.c
    mine = sa.select(delivery_table).where(table.project_id == project, table.webhook_id == webhook_id)
    rows = tx.rows(mine.order_by(table.position.desc(), table.event.desc()).limit(limit))
    return [_delivery(row) for row in rows]


def forget_before(tx: Transaction, project: str, webhook_id: str, position: int, states: Sequence[str]) -> None:
    """Forget what a webhook was told of events before a position."""
    table = delivery_table.c
    for state in states:
        old = (table.webhook_id == webhook_id, table.state == state, table.position < position)
        tx.execute(sa.delete(delivery_table).where(table.project_id == project, *old))


def _webhook(row: dict[str, Any]) -> Webhook:
    events = tuple(json.loads(row["events"]))
    names = ("id", "name", "description", "url", "status", "created_at", "created_by", "updated_at")
    return Webhook(events=events, signed=row["secret"] is not None, **{name: row[name] for name in names})


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(**{name: row[name] for name in Delivery.__dataclass_fields__})
