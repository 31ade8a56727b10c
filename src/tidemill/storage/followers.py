"""Followers: reading the event log once, in order, by position.

A follower reads sealed events after its position, and stores its new position in the transaction of the effect: after
a crash it has done both or neither. Positions have no gaps over the whole store, so nothing is ever passed over.

Where writers are not serial, committed events wait for their positions until somebody seals them: `catch_up` does it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, runtime_checkable

import sqlalchemy as sa

from tidemill.storage._tables import event_table, follower_table
from tidemill.storage.events import EventRecord, as_record
from tidemill.storage.records import Database, Transaction
from tidemill.storage.statements import upsert

_MOST_SEALED = 20_000
_ADVANCE = upsert(follower_table, largest=["position"])


@runtime_checkable
class Sealer(Protocol):
    """A database that seals events after their commit."""

    def seal(self, limit: int | None = None) -> int:
        """Seal what is committed by now, up to about `limit` events, and return how many were sealed here."""
        ...


def catch_up(database: Database, limit: int | None = _MOST_SEALED) -> None:
    """See to it that what is committed by now has positions, before following or checking; no part of a transaction.

    limit: about how many events to seal at most, None for all that wait. Where writers seal, nothing is to do.

    Raises UnavailableError when the store cannot be reached.
    """
    if isinstance(database, Sealer):
        database.seal(limit)


def read_after(
    tx: Transaction, project: str, name: str, kinds: Collection[str] | None = None, limit: int = 1000
) -> list[EventRecord]:
    """Return the project's sealed events after the follower's position, oldest first; all kinds when `kinds` is None.

    A reader that finds nothing of its kinds may `advance` to the `head`, and is spared reading the others again.
    """
    table = event_table.c
    after = position_of(tx, project, name)
    statement = sa.select(event_table).where(table.position > after, table.project_id == project)
    if kinds is not None:
        statement = statement.where(table.kind.in_(sorted(kinds)))
    return [as_record(row) for row in tx.rows(statement.order_by(table.position).limit(limit))]


def advance(tx: Transaction, project: str, name: str, position: int) -> None:
    """Store that the follower has dealt with everything up to a position; a smaller one changes nothing."""
    tx.execute(_ADVANCE, {"project_id": project, "name": name, "position": position})


def position_of(tx: Transaction, project: str, name: str) -> int:
    """Return the position up to which a follower has dealt with everything; 0 before its first."""
    table = follower_table.c
    found = tx.scalar(sa.select(table.position).where(table.project_id == project, table.name == name))
    return int(found or 0)


def head(tx: Transaction) -> int:
    """Return the last position of the store, whatever its project; 0 when nothing is sealed."""
    return tx.head().position
