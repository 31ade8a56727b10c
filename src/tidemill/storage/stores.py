"""Whole stores: opening one by where its parts are, and copying one to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tidemill.core import Clock, UnavailableError, UsageError, make_private_folder
from tidemill.storage.blob_urls import open_blobs
from tidemill.storage.blobs import BlobStore
from tidemill.storage.copying import BlobsCopy, RecordsCopy, check_target, copy_blobs, copy_records
from tidemill.storage.home_files import (
    BLOBS,
    IN_FLIGHT,
    POINTER,
    RECORDS,
    TABLES,
    Told,
    copy_file,
    databases_of,
    files_of,
    is_served,
    sync_folders,
    untold,
)
from tidemill.storage.in_flight import InFlight
from tidemill.storage.object_table_files import open_table_files
from tidemill.storage.records import Database
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_copy import copy_sqlite
from tidemill.storage.table_copies import TablesCopy, copy_tables
from tidemill.storage.table_files import TableFiles

#: In the folder of a store that is being copied to.
UNFINISHED_COPY = "copy-unfinished"


@dataclass(frozen=True)
class Place:
    """Where a store is: its folder, and the URLs of what is not in there."""

    home: Path
    records: str = ""
    blobs: str = ""
    tables: str = ""


@dataclass(frozen=True)
class OpenedStore:
    """The parts of a store that may be elsewhere."""

    home: Path
    database: Database
    blobs: BlobStore
    tables: TableFiles


@dataclass(frozen=True)
class StoreCopy:
    """What was copied of a store. n_files: log segments, what is served, online values and other files."""

    records: RecordsCopy
    blobs: BlobsCopy
    n_files: int
    tables: TablesCopy


def open_store(place: Place, clock: Clock) -> OpenedStore:
    """Open the parts of a store: the one function that knows what a URL means.

    Raises UsageError for a URL that this Tidemill cannot open, and what `open_database` and `open_blobs` raise.
    """
    database = open_database(place.records or place.home / RECORDS, clock, place.home)
    blobs = open_blobs(place.blobs or str(place.home / BLOBS), place.home / "cache" / "blobs", home=place.home)
    tables = open_table_files(place.tables or str(place.home / TABLES))
    return OpenedStore(place.home, database, blobs, tables)


def copy_store(source: Place, target: Place, clock: Clock, told: Told = untold) -> StoreCopy:
    """Copy a store: records with their history, blobs, tables, prediction log, what is served, and online values.

    The target is empty, or an earlier part of the same copy, which is then gone on with. Everything keeps its id, and
    rows, digests and the chain of events are compared at the end. What changes in the source meanwhile is not lost,
    but for the records it may not be in the copy either: run it again once nobody writes.

    Raises UsageError when there is no source, or both are one store; ConflictError when the target is another store;
    DamagedError when the two differ afterwards; UnavailableError when one of them does not answer.
    """
    _check_places(source, target)
    try:
        make_private_folder(target.home)
        opened, other = open_store(source, clock), open_store(target, clock)
        try:
            # What is put, named or set aside from now on stays until the copy is whole, whatever is collected.
            with InFlight(source.home / IN_FLIGHT).mark(), InFlight(target.home / IN_FLIGHT).mark():
                return _copy(opened, other, told)
        finally:
            opened.database.close()
            other.database.close()
    except OSError as error:
        raise UnavailableError(
            f"the copy to {target.home} was not finished: {error.strerror or error}; run the same command again: it "
            "goes on where it was"
        ) from error


def _check_places(source: Place, target: Place) -> None:
    if not source.records and not (source.home / RECORDS).is_file():
        raise UsageError(f"there is no store in {source.home}; name the folder of one, such as .tidemill")
    inner, outer = target.home.resolve(), source.home.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise UsageError(f"{target.home} and {source.home} lie in each other; copy to a folder outside")


def _copy(source: OpenedStore, target: OpenedStore, told: Told) -> StoreCopy:
    check_target(source.database, target.database)
    mark = target.home / UNFINISHED_COPY
    mark.touch(0o600)
    # In the order of a backup, for its reasons: see `backup`.
    _copy_files(source.home, target.home, (n for n in files_of(source.home) if n.endswith(POINTER)), told)
    early = (n for n in files_of(source.home) if (is_served(n) and not n.endswith(POINTER)) or n.endswith(".sealed"))
    _copy_files(source.home, target.home, early, told)
    first = copy_blobs(source.blobs, target.blobs, told)
    records = copy_records(source.database, target.database, told)
    for name in databases_of(source.home):
        if name != RECORDS:
            copy_sqlite(source.home / name, target.home / name, told)
    _copy_files(source.home, target.home, (n for n in files_of(source.home) if not is_served(n)), told)
    last = copy_blobs(source.blobs, target.blobs, told)
    tables = copy_tables(source.tables, target.tables, told)
    sync_folders(target.home)
    mark.unlink()
    blobs = BlobsCopy(last.n_blobs, first.n_sent + last.n_sent, first.sent_bytes + last.sent_bytes)
    n_files = len(files_of(target.home)) + len([name for name in databases_of(target.home) if name != RECORDS])
    return StoreCopy(records, blobs, n_files, tables)


def _copy_files(source: Path, target: Path, given: Iterable[str], told: Told) -> None:
    names = list(given)
    for number, name in enumerate(names):
        told("files", number, len(names))
        _copy_file(source, target, name)


def _copy_file(source: Path, target: Path, name: str) -> None:
    try:
        now = (source / name).stat()
        if (target / name).exists():
            then = (target / name).stat()
            if (now.st_size, now.st_mtime_ns) == (then.st_size, then.st_mtime_ns):
                return
        copy_file(source / name, target / name)
    except FileNotFoundError:
        sealed = f"{name.removesuffix('.open')}.sealed"
        if name.endswith(".open") and (source / sealed).exists():
            _copy_file(source, target, sealed)
        return
    if name.endswith(".sealed"):
        (target / f"{name.removesuffix('.sealed')}.open").unlink(missing_ok=True)
