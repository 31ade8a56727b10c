"""Sealing: each event gets the next position of the store, without gaps, and a hash that holds all before it.

hash = SHA-256(hash of the event before + canonical JSON of {actor, at, data, id, kind, position, project, subject}),
as 64 hex digits; before the first event stand 64 zeros. Whoever has copied one hash can later tell whether anything
up to it was changed, removed, put in between or put in another order. After B. Schneier and J. Kelsey, "Secure audit
logs to support computer forensics", ACM TISSEC 2(2), 1999.

On SQLite the writer of the store seals, in its own transaction just before the commit: writers are serial anyway. On
PostgreSQL events are stored unsealed, and one sealer at a time chains what is committed (`seal_waiting`): an event that
commits late gets a late position, and whoever follows positions cannot pass it over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from typing import NamedTuple

import sqlalchemy as sa

from tidemill.core import canonical_json
from tidemill.storage.statements import BIG, JsonText

GENESIS = "0" * 64
_PIECE = 1000
_LARGE_PIECE = 2000

# The event table with its data as the text that is stored: what is hashed is what stands there, byte by byte.
event_rows = sa.table(
    "event",
    *(sa.column(name, BIG) for name in ("sequence", "position")),
    *(sa.column(name, sa.Text) for name in ("project_id", "id", "kind", "subject", "actor", "at", "hash")),
    sa.column("data", JsonText),
)

# Put together once: every write of an event asks for the head and appends.
_HEAD = (
    sa.select(event_rows.c.position, event_rows.c.hash)
    .where(event_rows.c.position.is_not(None))
    .order_by(event_rows.c.position.desc())
    .limit(1)
)
_APPEND_SEALED = sa.insert(event_rows)
_UNSEALED = (
    "SELECT sequence, project_id, id, kind, subject, actor, at, data FROM event "
    "WHERE position IS NULL AND sequence > ? ORDER BY sequence LIMIT ?"
)
_SEAL = "UPDATE event SET data = ?, position = ?, hash = ? WHERE sequence = ?"
_APPEND = "INSERT INTO event (project_id, id, kind, subject, actor, at, data) VALUES (%s, %s, %s, %s, %s, %s, %s::json)"
_APPEND_MANY = (
    "INSERT INTO event (project_id, id, kind, subject, actor, at, data) "
    "SELECT p, i, k, s, a, t, d::json FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], "
    "%s::text[], %s::text[]) WITH ORDINALITY AS given(p, i, k, s, a, t, d, n) ORDER BY n"
)
_PUT = sa.text(
    "INSERT INTO event (project_id, id, kind, subject, actor, at, data) "
    "VALUES (:project_id, :id, :kind, :subject, :actor, :at, CAST(:data AS JSON)) ON CONFLICT DO NOTHING RETURNING 1"
)
_PLACE = sa.text(
    "UPDATE event SET position = :last + place.number, hash = place.hash "
    "FROM unnest(CAST(:sequences AS BIGINT[]), CAST(:hashes AS TEXT[])) WITH ORDINALITY "
    "AS place(sequence, hash, number) "
    "WHERE event.sequence = place.sequence"
)


class Entry(NamedTuple):
    """What is hashed of an event; `data` is canonical JSON."""

    project: str
    id: str
    kind: str
    subject: str
    actor: str
    at: str
    data: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last sealed event of a store: its position, 0 for none, and its hash."""

    position: int
    hash: str


def hash_entry(previous: str, position: int, entry: Sequence[str]) -> str:
    """Return the hash of an event that follows the one with the hash `previous`; `entry` has the fields of `Entry`."""
    project, id_, kind, subject, actor, at, data = entry
    text = (
        f'{previous}{{"actor":{quoted(actor)},"at":{quoted(at)},"data":{data},"id":{quoted(id_)},'
        f'"kind":{quoted(kind)},"position":{position},"project":{quoted(project)},"subject":{quoted(subject)}}}'
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_head(connection: sa.Connection) -> Head:
    """Return the last sealed event."""
    found = connection.execute(_HEAD).first()
    return Head(0, GENESIS) if found is None else Head(int(found.position), str(found.hash))


def append_sealed(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Store new events, sealed, in their order, after all that the store holds."""
    head = read_head(connection)
    sealed = _chained(head, entries)
    rows = [_row(entry) | {"position": at.position, "hash": at.hash} for entry, at in zip(entries, sealed, strict=True)]
    connection.execute(_APPEND_SEALED, rows)


def append_unsealed(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Store new events on PostgreSQL for a sealer to seal: by the driver, since every write of a store does this."""
    if len(entries) == 1:
        connection.exec_driver_sql(_APPEND, tuple(entries[0]))
    else:
        connection.exec_driver_sql(_APPEND_MANY, tuple(list(column) for column in zip(*entries, strict=True)))


def put_again(connection: sa.Connection, entry: Entry) -> bool:
    """Store an event on PostgreSQL unless it is there, and roll that back; tell whether it was not there.

    One that another transaction has stored and not yet committed is waited for, as long as `lock_timeout` allows.
    """
    try:
        return connection.execute(_PUT, _row(entry)).first() is not None
    finally:
        connection.rollback()


def seal_waiting(connection: sa.Connection, lock: int) -> int:
    """Seal a batch of the committed events on PostgreSQL, alone in the store; return how many there were.

    connection: READ COMMITTED, so that what is looked for after the wait for the lock is everything committed by then.
    lock: the sealer's advisory lock, held to the end of the transaction.
    """
    columns = event_rows.c
    waits = sa.select(columns.sequence).where(columns.position.is_(None)).limit(1)
    if connection.execute(waits).first() is None:
        return 0
    connection.execute(sa.text("SELECT set_config('lock_timeout', '2s', true)"))
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock})
    fields = [columns.project_id, columns.id, *(columns[name] for name in Entry._fields[2:])]
    unsealed = sa.select(columns.sequence, *fields).where(columns.position.is_(None))
    rows = connection.execute(unsealed.order_by(columns.sequence).limit(_LARGE_PIECE)).all()
    if rows:
        head = read_head(connection)
        sealed = _chained(head, (Entry._make(row[1:]) for row in rows))
        given = {
            "sequences": [row[0] for row in rows],
            "hashes": [place.hash for place in sealed],
            "last": head.position,
        }
        connection.execute(_PLACE, given)
    return len(rows)


def seal(connection: sa.Connection) -> int:
    """Seal on SQLite what an older Tidemill stored unsealed, in the order of storing; return how many there were.

    A store may hold a million of them and its owner waits: the driver is spoken to directly, row by row without names.
    """
    head, count = read_head(connection), 0
    position, hash_, last = head.position, head.hash, 0
    while rows := connection.exec_driver_sql(_UNSEALED, (last, _PIECE)).fetchall():
        sealed = []
        for sequence, *entry in rows:
            entry[-1], position = _canonical(entry[-1]), position + 1
            hash_ = hash_entry(hash_, position, entry)
            sealed.append((entry[-1], position, hash_, sequence))
        connection.exec_driver_sql(_SEAL, sealed)
        count, last = count + len(rows), sealed[-1][-1]
    return count


def canonical_text(data: str | bytes) -> str:
    """Return JSON text as canonical JSON, as whoever reads it back would write it: keys that were numbers are text."""
    return canonical_json(json.loads(data)).decode("utf-8", "surrogatepass")


def _chained(head: Head, entries: Iterable[Entry]) -> list[Head]:
    places = []
    for entry in entries:
        head = Head(head.position + 1, hash_entry(head.hash, head.position + 1, entry))
        places.append(head)
    return places


def _row(entry: Entry) -> dict[str, object]:
    return {
        "project_id": entry.project,
        "id": entry.id,
        "kind": entry.kind,
        "subject": entry.subject,
        "actor": entry.actor,
        "at": entry.at,
        "data": entry.data,
    }


def _canonical(data: str) -> str:
    try:
        return canonical_text(data)
    except ValueError:  # a NaN, which an older Tidemill took: hashed as it stands
        return data
