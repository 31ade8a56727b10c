"""The versions of Delta tables: opening one, making the next, and checkpoints. The one file that knows deltalake.

The library reads logs and makes checkpoints. Versions are made here, since it syncs nothing (there is no fsync in a
trace of its appends) and writes statistics and the predicates of deletions into the log, where an erased value would
live on: docs/adr/0012. A version is made so: files of rows are written and durable, then the next entry of the log is
created if absent. Who finds it taken looks at the table anew, and decides again.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from tidemill.core import Clock, ConflictError, DamagedError, NotFoundError, UnavailableError, not_found
from tidemill.storage.tables import delta_log as log
from tidemill.storage.tables.delta_log import Action, Change, DataFile
from tidemill.storage.tables.port import Once, folder_of, name_of
from tidemill.storage.tables.table_files import LOG, TableFiles

TRIES = 200
_OPENS = 6
_CHECKPOINT_EVERY = 100
_FEATURES = {"timestampNtz"}


class StaleError(Exception):
    """The table has changed so that what was prepared no longer fits. Never seen outside of this room."""


class Snapshot:
    """A version of a table, as the library reads it."""

    def __init__(self, name: str, table: Any) -> None:
        self.name = name
        self.table = table
        self.version = int(table.version())

    def columns(self) -> dict[str, pl.DataType]:
        """Return the columns with their types."""
        return dict(pl.Schema(self.table.schema()))

    def files(self) -> list[DataFile]:
        """Return the files of rows, the oldest first."""
        found = pl.DataFrame(self.table.get_add_actions()).select("path", "size_bytes", "num_records")
        return sorted(DataFile(path, size, n_rows or 0) for path, size, n_rows in found.iter_rows())

    def is_done(self, key: Once) -> bool:
        """Tell whether an append with this key, or a later one of its writer, is in this version."""
        last = self.table.transaction_version(key.writer)
        return last is not None and last >= key.number

    def check_ours(self) -> None:
        """Raise ConflictError when other programs have made of the table what is not understood here."""
        protocol, metadata = self.table.protocol(), self.table.metadata()
        features = {*(protocol.reader_features or ()), *(protocol.writer_features or ())} - _FEATURES
        if features or metadata.partition_columns or 2 < protocol.min_writer_version < 7:
            why = f"it has {', '.join(sorted(features))}" if features else "it is partitioned, or of another version"
            raise ConflictError(f"the table {self.name!r} is not changed here: {why}; append to a table of your own")


#: Returns what to do to a version, at an instant in milliseconds since 1970; None: nothing, it is done already.
Decide = Callable[[Snapshot, int], Change | None]


class DeltaVersions:
    """The versions of the tables in a folder or a bucket. Safe between threads and processes."""

    def __init__(self, files: TableFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock

    def now_ms(self) -> int:
        """Return the time in milliseconds since 1970."""
        return int(self._clock.now().timestamp() * 1000)

    def names(self) -> Sequence[str]:
        """Return the names of the tables, sorted."""
        found = [(folder, name) for folder in self._files.folders() if (name := name_of(folder))]
        return sorted(name for folder, name in found if self._files.list(folder, LOG))

    def open(self, name: str, version: int | None = None) -> Snapshot:
        """Read a version of a table, the newest when none is named; again when a vacuum or a network was in the way.

        Raises NotFoundError, DamagedError, UnavailableError.
        """
        library, folder = _library(), folder_of(name)
        options = self._files.options()
        for attempt in range(_OPENS):
            try:
                table = library.DeltaTable(self._files.uri(folder), version=version, storage_options=options)
                return Snapshot(name, table)
            except (library.exceptions.DeltaError, OSError, ValueError):
                if name not in (known := self.names()):
                    raise not_found("table", name, known) from None
                if version is not None and version not in self.entries(name):
                    raise self.no_version(name, f"version {version}") from None
                time.sleep(0.02 * 2**attempt)
        if options is None:
            raise DamagedError(f"the table {name!r} cannot be read: its log is damaged; restore it from a copy")
        raise UnavailableError(f"the table {name!r} cannot be read; see that its store answers and try again")

    def entries(self, name: str) -> tuple[int, ...]:
        """Return the versions that can be read: those with an entry from the oldest checkpoint or the first one on."""
        found = self._log(folder_of(name))
        first = 0 if 0 in found.entries else min(found.checkpoints, default=0)
        return tuple(each for each in found.entries if each >= first)

    def entry(self, name: str, version: int) -> list[Action]:
        """Return the actions that made a version. Raises FileNotFoundError when a vacuum has taken them."""
        return log.read_entry(self._files.read(folder_of(name), log.entry_name(version)))

    def newest_at(self, name: str, entries: Sequence[int], at: datetime) -> int:
        """Return the version that was the newest at an instant, the oldest one when all are younger."""
        low, high = 0, len(entries)
        while high - low > 1:
            middle = (low + high) // 2
            if log.instant(log.time_of(self.entry(name, entries[middle]))) <= at:
                low = middle
            else:
                high = middle
        return entries[low]

    def no_version(self, name: str, what: str) -> NotFoundError:
        """Return the error for a version that is not there."""
        entries = self.entries(name)
        return NotFoundError(f"the table {name!r} has no {what}; kept are the versions {entries[0]} to {entries[-1]}")

    def begin(self, name: str, columns: Mapping[str, pl.DataType]) -> bool:
        """Make the first version; False when there is a table."""
        folder, at_ms = folder_of(name), self.now_ms()
        actions = log.make_table(delta_schema(columns), local_times=has_local_times(columns), at_ms=at_ms)
        with self._files.locked(folder):
            return not self._files.list(folder, LOG) and self._files.create(
                folder, log.entry_name(0), log.write_entry(Change("create", 0, 0, actions), at_ms)
            )

    def commit(self, snapshot: Snapshot, decide: Decide) -> tuple[int, bool]:
        """Make the next version and return it, and whether it was made: not so when there was nothing to do.

        Raises what `decide` raises, UnavailableError. When a store does not answer it is not known whether the version
        was made, so the files that belong to it stay: a vacuum takes them once they are old and in no entry.
        """
        folder = folder_of(snapshot.name)
        with self._files.locked(folder):
            version, made = self._made(folder, snapshot, decide)
        if made and version % _CHECKPOINT_EVERY == 0:
            # It only makes reading faster, and the rows are there: the next hundredth version makes up for it.
            with suppress(UnavailableError, OSError, *_library_errors()):
                self.checkpoint(snapshot.name, version)
        return version, made

    def _made(self, folder: str, snapshot: Snapshot, decide: Decide) -> tuple[int, bool]:
        name = snapshot.name
        for attempt in range(TRIES):
            if attempt or not self._is_newest(folder, snapshot):
                snapshot = self.open(name)
                snapshot.check_ours()
            with suppress(FileNotFoundError):  # a vacuum or a drop came in between
                at_ms = max(self.now_ms(), log.time_of(self.entry(name, snapshot.version)) + 1)
                change = decide(snapshot, at_ms)
                if change is None:
                    return snapshot.version, False
                if self._files.create(folder, log.entry_name(snapshot.version + 1), log.write_entry(change, at_ms)):
                    return snapshot.version + 1, True
            time.sleep(random.random() * min(0.5, 0.01 * (attempt + 1)))  # noqa: S311 - to part those who collide
        raise crowded(name)

    def _is_newest(self, folder: str, snapshot: Snapshot) -> bool:
        """Tell whether no entry came since. In a bucket creating it tells, in the same request."""
        if self._files.options() is not None:
            return True
        with suppress(FileNotFoundError):
            self._files.read(folder, log.entry_name(snapshot.version + 1))
            return False
        return True

    def checkpoint(self, name: str, version: int) -> None:
        """Let the library make a checkpoint in a folder of its own, and bring it to the log durably and whole."""
        folder = folder_of(name)
        found = self._log(folder)
        base = max((each for each in found.checkpoints if each <= version), default=-1)
        if base == version:
            return
        names = [log.entry_name(each) for each in found.entries if base <= each <= version]
        names += [log.checkpoint_name(base)] if base >= 0 else []
        made_name = log.checkpoint_name(version)
        with tempfile.TemporaryDirectory(prefix="tidemill-table-") as place:
            (Path(place) / LOG).mkdir()
            for each in names:
                (Path(place) / each).write_bytes(self._files.read(folder, each))
            _library().DeltaTable(place, version=version).create_checkpoint()
            made, hint = (Path(place) / made_name).read_bytes(), (Path(place) / log.LAST_CHECKPOINT).read_bytes()
        self._files.create(folder, made_name, made)
        if version >= max(found.checkpoints, default=0):
            self._files.replace(folder, log.LAST_CHECKPOINT, hint)

    def forget(self, name: str, before: int) -> None:
        """Delete the entries of the versions before one, which then can no longer be read."""
        self.checkpoint(name, before)
        folder = folder_of(name)
        found = self._log(folder)
        older = [log.checkpoint_name(each) for each in found.checkpoints if each < before]
        self._files.delete(folder, older + [log.entry_name(each) for each in found.entries if each < before])

    def _log(self, folder: str) -> log.Log:
        return log.parsed_log(each.name for each in self._files.list(folder, LOG))


def delta_schema(columns: Mapping[str, pl.DataType]) -> str:
    """Return columns as a Delta table's log has them."""
    text: str = _library().Schema.from_arrow(pl.Schema(columns)).to_json()
    return text


def has_local_times(columns: Mapping[str, pl.DataType]) -> bool:
    """Tell whether times without a zone are among the columns, or in lists and structs of them."""
    return any("time_zone=None" in str(dtype) for dtype in columns.values())


def crowded(name: str) -> UnavailableError:
    """Return the error for a table that others change all the time."""
    return UnavailableError(f"too many others change the table {name!r} at the same time; try again")


def _library() -> Any:
    try:
        import deltalake
        import deltalake.exceptions
    except ImportError as error:
        raise UnavailableError("tables need the package deltalake: pip install 'tidemill[delta]'") from error
    return deltalake


def _library_errors() -> tuple[type[Exception], ...]:
    return (_library().exceptions.DeltaError,)
