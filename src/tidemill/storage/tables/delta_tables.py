"""Tables on Delta Lake, in a local folder or a bucket. How versions are made is told in `delta_versions`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import polars as pl

from tidemill.core import Clock, ConflictError, UnavailableError, UsageError, iso, new_id
from tidemill.storage.tables import delta_log as log
from tidemill.storage.tables.delta_log import Action, Change, DataFile
from tidemill.storage.tables.delta_versions import (
    TRIES,
    DeltaVersions,
    Snapshot,
    StaleError,
    crowded,
    delta_schema,
    has_local_times,
)
from tidemill.storage.tables.port import Once, TableVersion, Vacuumed, folder_of, numbered
from tidemill.storage.tables.table_columns import checked_columns, fit, rows_with, several, stored_columns, words
from tidemill.storage.tables.table_files import TableFiles

#: A file without an entry is left alone for so long: somebody may still be writing.
_ORPHAN_AGE = timedelta(days=1)
_LONGEST_WRITE_S = 12 * 3600
_WRITES = 4
_SMALL_BYTES = 32 << 20
_LARGE_BYTES = 128 << 20
_MOST_VERSIONS = 1 << 62


class DeltaTables:
    """Tables on Delta Lake. See `Tables`.

    clock: by which versions are dated. refuse: called with a table that is to be made; raises where none may be.
    """

    def __init__(self, files: TableFiles, clock: Clock, refuse: Callable[[str], None] | None = None) -> None:
        self._files = files
        self._versions = DeltaVersions(files, clock)
        self._refuse = refuse

    def create(self, name: str, schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> None:
        """Make an empty table."""
        columns = stored_columns(schema)
        folder_of(name)
        if self._refuse is not None:
            self._refuse(name)
        if not columns:
            raise UsageError(f"the table {name!r} needs at least one column; name its columns and their types")
        if not self._versions.begin(name, columns) and (there := self._versions.open(name).columns()) != columns:
            told = ", ".join(f"{each} {words(dtype)}" for each, dtype in there.items())
            raise ConflictError(
                f"there is a table {name!r} with other columns: {told}; drop it, or choose another name"
            )

    def append(self, name: str, rows: pl.DataFrame | pl.LazyFrame, once: str | Once | None = None) -> int:
        """Append rows."""
        key = None if once is None else numbered(once)
        if not isinstance(rows, pl.DataFrame | pl.LazyFrame):
            raise UsageError(f"rows are a polars DataFrame or LazyFrame, and not a {type(rows).__name__}; make one")
        given = dict(rows.schema if isinstance(rows, pl.DataFrame) else rows.collect_schema())
        for _ in range(TRIES):
            snapshot = self._ours(name)
            if key is not None and snapshot.is_done(key):
                return snapshot.version
            with suppress(StaleError):
                return self._append(snapshot, rows, given, key)
        raise crowded(name)

    def _append(
        self,
        snapshot: Snapshot,
        rows: pl.DataFrame | pl.LazyFrame,
        given: Mapping[str, pl.DataType],
        key: Once | None,
    ) -> int:
        lazy, until = rows.lazy(), time.monotonic() + _LONGEST_WRITE_S
        fitted = fit(lazy, given, snapshot.columns())
        # Without a column there is no row, whatever is made of it.
        height = 0 if not given else rows.height if isinstance(rows, pl.DataFrame) else None
        file = self._write(folder_of(snapshot.name), fitted.rows, height)

        def decide(now: Snapshot, at_ms: int) -> Change | None:
            if key is not None and now.is_done(key):
                return None
            if time.monotonic() > until:
                raise UnavailableError("these rows took longer than 12 hours to write; append them in smaller parts")
            again = fit(lazy, given, now.columns())
            if any(again.columns[each] != dtype for each, dtype in fitted.columns.items()):
                raise StaleError
            actions = _grown(now, again.columns, at_ms) if again.grown else []
            actions += [log.done_once(key, at_ms)] if key is not None else []
            actions += [log.add(file, at_ms)] if file is not None else []
            return Change("append", file.n_rows if file else 0, 0, actions) if actions else None

        version, made = self._versions.commit(snapshot, decide)
        if not made and file is not None:
            self._files.delete(folder_of(snapshot.name), [file.name])
        return version

    def read(
        self, name: str, version: int | None = None, at: datetime | None = None, columns: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """Return a version's rows, lazily."""
        if version is not None and at is not None:
            raise UsageError("a table is read as of a version or as of an instant; give one of the two")
        if at is not None:
            version = self._version_at(name, _aware(at))
        if version is not None and not 0 <= version < _MOST_VERSIONS:
            self._versions.open(name)
            raise self._versions.no_version(name, f"version {version}")
        snapshot = self._versions.open(name, version)
        frame = pl.scan_delta(snapshot.table, storage_options=self._files.options())
        wanted = None if columns is None else several("columns", columns)
        return frame if wanted is None else frame.select(checked_columns(wanted, snapshot.columns()))

    def versions(self, name: str, last: int | None = None) -> Sequence[TableVersion]:
        """Return the versions, from the log's entries."""
        self._versions.open(name)
        entries = self._versions.entries(name)
        found = []
        for version in entries if last is None else entries[max(0, len(entries) - last) :]:
            with suppress(FileNotFoundError):  # a vacuum has taken it meanwhile
                found.append(log.version_of(version, self._versions.entry(name, version)))
        return found

    def delete_rows(self, name: str, column: str | Sequence[str], values: Sequence[object]) -> int:
        """Delete rows by writing the files that have some of them anew."""
        snapshot = self._ours(name)
        hit = rows_with(column, snapshot.columns(), values)
        rewritten: dict[str, tuple[int, DataFile | None]] = {}
        n_deleted = 0

        def decide(now: Snapshot, at_ms: int) -> Change | None:
            nonlocal n_deleted
            there = {file.name for file in now.files()}
            if there - rewritten.keys():
                raise StaleError
            gone = {each: done for each, done in rewritten.items() if done[0] and each in there}
            actions = [log.remove(each, at_ms) for each in gone]
            actions += [log.add(kept, at_ms) for _, kept in gone.values() if kept is not None]
            n_deleted = sum(n_hit for n_hit, _ in gone.values())
            return Change("delete", 0, n_deleted, actions) if actions else None

        for _ in range(TRIES):
            self._rewrite(snapshot, hit, rewritten)
            try:
                self._versions.commit(snapshot, decide)
            except StaleError:
                snapshot = self._ours(name)
            else:
                return n_deleted
        raise crowded(name)

    def _rewrite(self, snapshot: Snapshot, hit: pl.Expr, rewritten: dict[str, tuple[int, DataFile | None]]) -> None:
        """Write the files that have rows to be deleted without these, but for those that were looked at before."""
        for file in snapshot.files():
            if file.name not in rewritten:
                rows = self._rows_of(snapshot, [file])
                n_hit = int(rows.select(hit.sum()).collect(engine="streaming").item() or 0)
                left = file.n_rows - n_hit
                kept = self._write(folder_of(snapshot.name), rows.filter(~hit), left) if n_hit and left else None
                rewritten[file.name] = n_hit, kept

    def compact(self, name: str) -> int:
        """Write small files together."""
        for _ in range(TRIES):
            snapshot = self._ours(name)
            groups = _groups([file for file in snapshot.files() if file.size < _SMALL_BYTES])
            if not groups:
                return 0
            made = [
                self._write(folder_of(name), self._rows_of(snapshot, group), sum(file.n_rows for file in group))
                for group in groups
            ]
            merged = [file for file in made if file is not None]
            old = {file.name for group in groups for file in group}
            try:
                self._versions.commit(snapshot, _merging(old, merged))
            except StaleError:
                self._files.delete(folder_of(name), [file.name for file in merged])
            else:
                return len(old) - len(merged)
        raise crowded(name)

    def vacuum(self, name: str, before: datetime | None = None, *, dry_run: bool = False) -> Vacuumed:
        """Delete files that no kept version needs, then the entries of the versions that are not kept."""
        folder = folder_of(name)
        with self._files.locked(folder):
            newest, entries = self._ours(name), self._versions.entries(name)
            kept = newest.version if before is None else self._versions.newest_at(name, entries, _aware(before))
            known = {file.name for file in self._versions.open(name, entries[0]).files()}
            needed = {file.name for file in self._versions.open(name, kept).files()}
            for version in entries[1:]:
                added = log.names_added(self._versions.entry(name, version))
                known |= added
                needed |= added if version > kept else set()
            taken = [each for each in self._files.list(folder) if _is_due(each.name, each.stored_at, needed, known)]
            if not dry_run:
                self._files.delete(folder, [each.name for each in taken])
            if not dry_run and kept > entries[0]:
                self._versions.forget(name, kept)
        return Vacuumed(len(taken), sum(each.size for each in taken), len([each for each in entries if each < kept]))

    def list(self) -> Sequence[str]:
        """Return the names."""
        return self._versions.names()

    def columns(self, name: str) -> dict[str, str]:
        """Return the newest version's columns."""
        return {column: words(dtype) for column, dtype in self._versions.open(name).columns().items()}

    def drop(self, name: str) -> bool:
        """Delete a table."""
        folder = folder_of(name)
        if name not in self._versions.names():
            return False
        with self._files.locked(folder):
            if name in self._versions.names():
                self._files.drop(folder)
        return True

    def _ours(self, name: str) -> Snapshot:
        snapshot = self._versions.open(name)
        snapshot.check_ours()
        return snapshot

    def _write(self, folder: str, rows: pl.LazyFrame, n_rows: int | None) -> DataFile | None:
        """Write a file of rows, streamed, and make it durable; None when there are no rows."""
        if n_rows == 0:
            return None
        for attempt in range(_WRITES):
            name = f"part-{new_id()}.parquet"
            try:
                with self._files.writing(folder, name) as file:
                    rows.sink_parquet(file, compression="zstd", engine="streaming")
                    size = int(file.tell())
                break
            except UnavailableError:  # a bucket may have had a bad moment, a disk is not asked twice
                if self._files.options() is None or attempt == _WRITES - 1:
                    raise
        if n_rows is None:
            scan = pl.scan_parquet(f"{self._files.uri(folder)}/{name}", storage_options=self._files.options())
            n_rows = int(scan.select(pl.len()).collect().item())
        if n_rows == 0:
            self._files.delete(folder, [name])
            return None
        return DataFile(name, size, n_rows)

    def _rows_of(self, snapshot: Snapshot, files: Sequence[DataFile]) -> pl.LazyFrame:
        """Return the rows of some of a version's files; columns that are newer than a file are null."""
        uri = self._files.uri(folder_of(snapshot.name))
        return pl.scan_parquet(
            [f"{uri}/{file.name}" for file in files],
            schema=snapshot.columns(),
            missing_columns="insert",
            hive_partitioning=False,
            glob=False,
            storage_options=self._files.options(),
        )

    def _version_at(self, name: str, at: datetime) -> int:
        self._versions.open(name)
        found = self._versions.newest_at(name, self._versions.entries(name), at)
        if log.instant(log.time_of(self._versions.entry(name, found))) > at:
            raise self._versions.no_version(name, f"version of {iso(at)}")
        return found


def _grown(now: Snapshot, columns: Mapping[str, pl.DataType], at_ms: int) -> list[Action]:
    """Return the actions that give a table new columns."""
    actions = [log.metadata(now.table.metadata().id, delta_schema(columns), at_ms)]
    if has_local_times(columns) and not has_local_times(now.columns()):
        actions.insert(0, log.protocol(local_times=True))
    return actions


def _merging(old: set[str], merged: Sequence[DataFile]) -> Callable[[Snapshot, int], Change | None]:
    def decide(now: Snapshot, at_ms: int) -> Change | None:
        if old - {file.name for file in now.files()}:
            raise StaleError
        actions = [log.remove(each, at_ms, data_change=False) for each in sorted(old)]
        return Change("compact", 0, 0, actions + [log.add(each, at_ms, data_change=False) for each in merged])

    return decide


def _groups(files: Sequence[DataFile]) -> list[list[DataFile]]:
    """Put small files together, in their order, up to the size of a large one."""
    groups: list[list[DataFile]] = []
    size = _LARGE_BYTES
    for file in files:
        if size + file.size > _LARGE_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(file)
        size += file.size
    return [group for group in groups if len(group) > 1]


def _is_due(name: str, stored_at: datetime, needed: set[str], known: set[str]) -> bool:
    """Tell whether a file can go. Ages are the store's own, not those of a replay."""
    if "/" in name or not name.endswith(".parquet") or name in needed:
        return False
    return name in known or datetime.now(UTC) - stored_at > _ORPHAN_AGE


def _aware(at: object) -> datetime:
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise UsageError("an instant has a time zone; give one such as datetime(2026, 1, 31, tzinfo=UTC)")
    return at
