"""Copying records and blobs to another store, whatever keeps the two: ids, histories and digests stay the same.

The records are read as one view of the source, events first and then table by table in the order of their primary
keys, and written in small transactions. Rows that are there already are compared and left alone, so a copy that was
broken off is gone on with, and one that was made earlier is brought up to date: run it again. At the end both sides
are read anew and compared: rows and digest of each table, and the chain of events from its first to its last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from tidemill.core import ConflictError, DamagedError, UnavailableError
from tidemill.storage.blobs.local_blobs import LocalBlobs
from tidemill.storage.blobs.port import BlobStore, all_blobs
from tidemill.storage.copies.copied_tables import EVENT, CopiedTable, Row, continue_numbers, copied_tables
from tidemill.storage.encryption.encrypted_blobs import EncryptedBlobs
from tidemill.storage.home_files import Told, untold
from tidemill.storage.records import Database, Transaction
from tidemill.storage.sealing import GENESIS, Head, event_rows
from tidemill.storage.verification import verify_chain

#: Small blobs go so many at a time: a bucket answers many requests at once about as fast as one.
_AT_ONCE = 16
_SMALL_BYTES = 1 << 20
_BATCH = 256


@dataclass(frozen=True)
class TableCopy:
    """What was copied of a table: its rows now, how many of them were new or other, and the digest of all."""

    name: str
    n_rows: int
    n_written: int
    digest: str


@dataclass(frozen=True)
class RecordsCopy:
    """What was copied of the records. head: the last event, of both stores."""

    tables: tuple[TableCopy, ...]
    head: Head


@dataclass(frozen=True)
class BlobsCopy:
    """How many blobs the source holds, and how many of them, and bytes, had to be sent."""

    n_blobs: int
    n_sent: int
    sent_bytes: int


def check_target(source: Database, target: Database) -> None:
    """Do nothing when the target is empty, or holds an earlier part of a copy of the source. Raises ConflictError."""
    source.read(lambda view: _check_target(view, target, copied_tables()))


def copy_records(source: Database, target: Database, told: Told = untold) -> RecordsCopy:
    """Make the records of `target` equal to one view of those of `source`. Both have the newest schema.

    Raises ConflictError, and writes nothing, when the target holds what is no earlier part of this copy; DamagedError
    when the two differ afterwards, or the source's chain of events is not sound; UnavailableError when a store does
    not answer. The rows that were written stay when it is broken off.
    """
    source.write(lambda _: None)  # seals what an older Tidemill left unsealed
    if (seal := getattr(source, "seal", None)) is not None:  # where writers leave that to others
        seal()
    copied = source.read(partial(_copy_view, target=target, tables=copied_tables(), told=told))
    report = target.read(verify_chain)
    if not report.sound or report.head != copied.head:
        wrong = report.findings[0].sentence if report.findings else "it ends with another event"
        raise DamagedError(f"the copy's chain of events is not sound: {wrong}; 'tidemill verify' checks the source's")
    told("checking", 1, 1)
    return copied


def _copy_view(view: Transaction, target: Database, tables: Sequence[CopiedTable], told: Told) -> RecordsCopy:
    if unsealed := view.scalar(sa.select(sa.func.count()).where(event_rows.c.position.is_(None))):
        raise UnavailableError(f"{unsealed:,} events of the source are not sealed yet; run the same command again")
    _check_target(view, target, tables)
    written = {table.name: _copy_table(view, target, table, told) for table in tables}
    target.write(continue_numbers)
    copies = []
    for number, table in enumerate(tables):
        told("checking", number, len(tables))
        (count, digest), found = table.digest(view), _digest_of(target, table, view)
        if (count, digest) != found:
            raise DamagedError(
                f"the copy's table {table.name} has {found[0]:,} rows that are not the {count:,} of the source; does "
                "somebody write to it? run the same command again"
            )
        copies.append(TableCopy(table.name, count, written[table.name], digest))
    return RecordsCopy(tuple(copies), view.head())


def _check_target(view: Transaction, target: Database, tables: Sequence[CopiedTable]) -> None:
    """Raise ConflictError unless the target is empty, or all its events are the first ones of the source.

    Events are copied before all else, so a part of a copy has some, if the source has any. What is no longer the
    source's past has events of its own.
    """
    filled = [table.name for table in tables if target.read(table.count)]
    if not filled:
        return
    columns, head = event_rows.c, target.read(lambda tx: tx.head())
    same = view.scalar(sa.select(columns.hash).where(columns.position == head.position)) if head.position else GENESIS
    has_events = bool(view.head().position)
    if same != head.hash or (has_events and EVENT not in filled):
        raise ConflictError(
            f"the target holds records ({', '.join(filled[:3])}) that are no earlier part of a copy of this store; "
            "copy to an empty one"
        )


def _copy_table(view: Transaction, target: Database, table: CopiedTable, told: Told) -> int:
    total, done, written = table.count(view), 0, 0
    into_empty = target.read(table.count) == 0
    if not into_empty:
        if _digest_of(target, table, view) == table.digest(view):
            return 0
        _remove_surplus(view, target, table)
    for rows in table.stream(view):
        told(table.name, done, total)
        written += target.write(partial(_write_rows, table=table, rows=rows, into_empty=into_empty))
        done += len(rows)
    told(table.name, total, total)
    return written


def _digest_of(target: Database, table: CopiedTable, view: Transaction) -> tuple[int, str]:
    return target.read(lambda tx: table.digest(tx, lambda: view.scalar(sa.select(1))))


def _write_rows(tx: Transaction, table: CopiedTable, rows: Sequence[Row], *, into_empty: bool) -> int:
    """Write the rows that are missing or other, and return how many these are."""
    if not into_empty:
        there = set(table.find(tx, [table.key_of(row) for row in rows]))
        rows = [row for row in rows if row not in there]
        table.delete(tx, [table.key_of(row) for row in rows])
    table.write(tx, rows)
    return len(rows)


def _remove_surplus(view: Transaction, target: Database, table: CopiedTable) -> None:
    """Delete the rows of the target that the source has no more."""

    def find(tx: Transaction) -> list[list[Row]]:
        surplus = []
        for piece in table.stream(tx):
            keys = [table.key_of(row) for row in piece]
            there = {table.key_of(row) for row in table.find(view, keys)}
            if gone := [key for key in keys if key not in there]:
                surplus.append(gone)
        return surplus

    for keys in target.read(find):
        target.write(partial(table.delete, keys=keys))


def copy_blobs(source: BlobStore, target: BlobStore, told: Told = untold) -> BlobsCopy:
    """Send the blobs that the target lacks, each streamed and checked on its way.

    Raises DamagedError for a blob whose bytes have another digest, UnavailableError.
    """
    there, wanted = {each.digest for each in all_blobs(target)}, _wanted(source)
    lacking = {digest: size for digest, size in wanted.items() if digest not in there}
    n_there, n_sent, n_bytes = len(wanted) - len(lacking), 0, 0
    for size in _sent(source, target, lacking):
        told("blobs", n_there + n_sent, len(wanted))
        n_sent, n_bytes = n_sent + 1, n_bytes + size
    told("blobs", len(wanted), len(wanted))
    return BlobsCopy(len(wanted), n_sent, n_bytes)


def _sent(source: BlobStore, target: BlobStore, lacking: Mapping[str, int | None]) -> Iterator[int]:
    """Send blobs and yield the bytes of each: small ones many at a time, large ones one by one, in bounded memory.

    Nothing is sent any more once the caller stops asking, but what is on its way.
    """

    def send(digest: str) -> int:
        with source.open(digest) as stream:
            return target.put_stream(stream, digest).size

    small = [digest for digest, size in lacking.items() if size is not None and size <= _SMALL_BYTES]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(small), _BATCH):
            yield from pool.map(send, small[start : start + _BATCH])
    sent = set(small)
    yield from (send(digest) for digest in lacking if digest not in sent)


def _wanted(source: BlobStore) -> dict[str, int | None]:
    """Return what is stored, and what a collector has set aside, since a record may name that too: digests and sizes.

    The latter is taken back, before and after: one that is moved meanwhile is found in its place or aside. The size of
    what was not in its place when that was looked through is not known.
    """
    found: dict[str, int | None] = dict.fromkeys(_taken_back(source))
    found |= {each.digest: each.size for each in all_blobs(source)}
    return dict.fromkeys(_taken_back(source)) | found


def _taken_back(source: BlobStore) -> set[str]:
    sealed = source if isinstance(source, EncryptedBlobs) else None
    blobs = sealed.place if sealed else source
    if not isinstance(blobs, LocalBlobs):
        return set()
    names = [each.digest for each in list(blobs.aside.list()) if blobs.aside.take_back(each.digest)]
    return {sealed.digest(name) if sealed else name for name in names}
