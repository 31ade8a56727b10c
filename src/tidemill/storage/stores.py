"""Whole stores: opening one by where its parts are, and copying one to another."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tidemill.core import (
    Clock,
    KeySource,
    Settings,
    UnavailableError,
    UsageError,
    make_private_folder,
    write_atomically,
)
from tidemill.storage.blob_urls import open_blobs, open_encrypted_blobs
from tidemill.storage.blobs.port import BlobStore
from tidemill.storage.copies.copying import BlobsCopy, RecordsCopy, check_target, copy_blobs, copy_records
from tidemill.storage.encryption.data_keys import DataKeys
from tidemill.storage.encryption.key_file import KEYRING_FILE, refuse_plain_tables
from tidemill.storage.encryption.sealed_stream import plain_size, seal_bytes
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
from tidemill.storage.records import Database
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_copy import copy_sqlite
from tidemill.storage.store_keys import adopt_keyring, open_keys
from tidemill.storage.tables.object_table_files import open_table_files
from tidemill.storage.tables.port import name_of
from tidemill.storage.tables.table_copies import TablesCopy, copy_tables
from tidemill.storage.tables.table_files import TableFiles

#: In the folder of a store that is being copied to.
UNFINISHED_COPY = "copy-unfinished"


@dataclass(frozen=True)
class Place:
    """Where a store is: its folder, the URLs of what is not in there, and where its key comes from."""

    home: Path
    records: str = ""
    blobs: str = ""
    tables: str = ""
    key: KeySource = field(default_factory=KeySource)


@dataclass(frozen=True)
class OpenedStore:
    """The parts of a store that may be elsewhere."""

    home: Path
    database: Database
    blobs: BlobStore
    tables: TableFiles
    keys: DataKeys | None = None


@dataclass(frozen=True)
class StoreCopy:
    """What was copied of a store. n_files: log segments, what is served, online values and other files."""

    records: RecordsCopy
    blobs: BlobsCopy
    n_files: int
    tables: TablesCopy


def place_of(settings: Settings) -> Place:
    """Return where the store is that settings name."""
    return Place(settings.home.absolute(), settings.records, settings.blobs, settings.tables, settings.encryption)


def open_store(place: Place, clock: Clock) -> OpenedStore:
    """Open the parts of a store: the one function that knows what a URL means.

    Raises UsageError for a URL that this Tidemill cannot open, and what `open_database` and `open_blobs` raise.
    """
    database = open_database(place.records or place.home / RECORDS, clock, place.home)
    url = place.blobs or str(place.home / BLOBS)
    cache = place.home / "cache" / "blobs"
    try:
        keys = open_keys(database, place.home, place.key, lambda: bool(open_blobs(url, cache).list(limit=1)))
        blobs = open_encrypted_blobs(url, keys, place.home) if keys else open_blobs(url, cache, home=place.home)
        tables = open_table_files(place.tables or str(place.home / TABLES))
    except BaseException:
        database.close()
        raise
    return OpenedStore(place.home, database, blobs, tables, keys)


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
        opened = open_store(source, clock)
        try:
            other = _open_target(opened, target, clock)
        except BaseException:
            opened.database.close()
            raise
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


def _open_target(source: OpenedStore, target: Place, clock: Clock) -> OpenedStore:
    """Open the store that is copied to. A copy of an encrypted store has its data keys, under its own master key.

    Raises UsageError when it would not be encrypted, and the source is.
    """
    if source.keys is not None:
        if not target.key:
            raise UsageError(
                f"{source.home} is encrypted, so its copy must be: name the source of the copy's key with --to-key, "
                "which may be the same"
            )
        with closing(open_database(target.records or target.home / RECORDS, clock, target.home)) as database:
            adopt_keyring(database, target.home, source.keys, target.key)
    return open_store(target, clock)


def _check_places(source: Place, target: Place) -> None:
    if not source.records and not (source.home / RECORDS).is_file():
        raise UsageError(f"there is no store in {source.home}; name the folder of one, such as .tidemill")
    inner, outer = target.home.resolve(), source.home.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise UsageError(f"{target.home} and {source.home} lie in each other; copy to a folder outside")


def _copy(source: OpenedStore, target: OpenedStore, told: Told) -> StoreCopy:
    check_target(source.database, target.database)
    if target.keys is not None:
        for name in filter(None, map(name_of, source.tables.folders())):
            refuse_plain_tables(target.home, name)
    mark = target.home / UNFINISHED_COPY
    mark.touch(0o600)
    # In the order of a backup, for its reasons: see `backup`.
    sealing = target.keys if source.keys is None else None
    copies = _FileCopies(source.home, target.home, sealing)
    _copy_files(copies, (n for n in files_of(source.home) if n.endswith(POINTER)), told)
    early = (n for n in files_of(source.home) if (is_served(n) and not n.endswith(POINTER)) or n.endswith(".sealed"))
    _copy_files(copies, early, told)
    first = copy_blobs(source.blobs, target.blobs, told)
    records = copy_records(source.database, target.database, told)
    for name in databases_of(source.home):
        if name != RECORDS and sealing is None:  # else online values are materialized anew
            copy_sqlite(source.home / name, target.home / name, told)
    _copy_files(copies, (n for n in files_of(source.home) if not is_served(n)), told)
    last = copy_blobs(source.blobs, target.blobs, told)
    tables = copy_tables(source.tables, target.tables, told)
    sync_folders(target.home)
    mark.unlink()
    blobs = BlobsCopy(last.n_blobs, first.n_sent + last.n_sent, first.sent_bytes + last.sent_bytes)
    n_files = len(files_of(target.home)) + len([name for name in databases_of(target.home) if name != RECORDS])
    return StoreCopy(records, blobs, n_files, tables)


@dataclass(frozen=True)
class _FileCopies:
    """From where to where files are copied. sealing: the keys with which those are sealed that must be."""

    source: Path
    target: Path
    sealing: DataKeys | None

    def copy(self, name: str) -> None:
        """Copy a file that is other than its copy, by a temporary name. Raises OSError."""
        if name == KEYRING_FILE:
            return
        try:
            self._copy_changed(name)
        except FileNotFoundError:
            sealed = f"{name.removesuffix('.open')}.sealed"
            if name.endswith(".open") and (self.source / sealed).exists():
                self.copy(sealed)
            return
        if name.endswith(".sealed"):
            (self.target / f"{name.removesuffix('.sealed')}.open").unlink(missing_ok=True)

    def _copy_changed(self, name: str) -> None:
        now, target = (self.source / name).stat(), self.target / self._target_name(name)
        purpose = _purpose_of(name) if self.sealing is not None else ""
        if target.exists():
            then = target.stat()
            size = plain_size(then.st_size) if purpose else then.st_size
            if (now.st_size, now.st_mtime_ns) == (size, then.st_mtime_ns):
                return
        if self.sealing is None or not purpose:
            copy_file(self.source / name, target)
            return
        write_atomically(target, seal_bytes(self.sealing, (self.source / name).read_bytes(), purpose))
        os.utime(target, ns=(now.st_atime_ns, now.st_mtime_ns))

    def _target_name(self, name: str) -> str:
        # What is sealed as a whole cannot grow, nor be healed.
        is_growing = self.sealing is not None and name.endswith(".open") and _purpose_of(name)
        return f"{name.removesuffix('.open')}.sealed" if is_growing else name


def _purpose_of(name: str) -> str:
    """Return for what a file is sealed that is copied into an encrypted store; empty for one that is not."""
    if name.startswith("predictions/") and name.endswith((".open", ".sealed")):
        return "segment"
    return "model file" if name.startswith("serving/") and "/models/" in name else ""


def _copy_files(copies: _FileCopies, given: Iterable[str], told: Told) -> None:
    names = list(given)
    for number, name in enumerate(names):
        told("files", number, len(names))
        copies.copy(name)
