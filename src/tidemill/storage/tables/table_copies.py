"""Tables in copies and backups: files of rows first, the entries that name them after, in their order.

An entry is only written when the files that it names are there, and none of these changes, so whatever is read of a
table's log under its lock, and then copied in this order, is a version of the table. A vacuum may take files meanwhile;
then the table is looked at anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidemill.core import ConflictError, DamagedError, UnavailableError
from tidemill.storage.home_files import TABLES, Told, untold
from tidemill.storage.tables.delta_log import LAST_CHECKPOINT
from tidemill.storage.tables.port import name_of
from tidemill.storage.tables.table_files import LOG, LocalTableFiles, TableFile, TableFiles

_TRIES = 5


@dataclass(frozen=True)
class TablesCopy:
    """How many tables the source has, and how many files, and bytes, had to be sent."""

    n_tables: int
    n_sent: int
    sent_bytes: int


def copy_tables(source: TableFiles, target: TableFiles, told: Told = untold) -> TablesCopy:
    """Send the files of tables that the target lacks, and compare each with what arrived.

    Versions that are there stay. Raises ConflictError when a table of the target has gone on by itself or is another
    one of the same name, DamagedError when what arrived is not what was sent, UnavailableError.
    """
    folders = [folder for folder in source.folders() if name_of(folder) and source.list(folder, LOG)]
    n_sent = sent_bytes = 0
    for number, folder in enumerate(sorted(folders)):
        told("tables", number, len(folders))
        sent = _copied(source, target, folder)
        n_sent += len(sent)
        sent_bytes += sum(sent)
    told("tables", len(folders), len(folders))
    return TablesCopy(len(folders), n_sent, sent_bytes)


def table_files_of(home: Path) -> list[str]:
    """Return the paths of the files of a store's own tables below its folder, in the order to copy them."""
    files = LocalTableFiles(home / TABLES)
    return [f"{TABLES}/{folder}/{each.name}" for folder in sorted(files.folders()) for each in _ordered(files, folder)]


def _copied(source: TableFiles, target: TableFiles, folder: str) -> list[int]:
    sent: list[int] = []
    for _ in range(_TRIES):
        there = {each.name: each.size for each in target.list(folder)}
        try:
            sent += [
                _send(source, target, folder, each)
                for each in _ordered(source, folder)
                if each.name.startswith(f"{LOG}/") or there.get(each.name) != each.size
            ]
        except FileNotFoundError:
            continue
        return [size for size in sent if size]
    raise UnavailableError(f"the table {name_of(folder)!r} changes all the time; run the same command again")


def _ordered(files: TableFiles, folder: str) -> Sequence[TableFile]:
    """Return the files of rows, then the log's, by version. The hint at the last checkpoint is left out: it may lag."""
    with files.locked(folder):
        log = files.list(folder, LOG)
    # Listed after the log, so that all it names is among them.
    rows = [each for each in files.list(folder) if not each.name.startswith(f"{LOG}/")]
    kept = [each for each in log if each.name != LAST_CHECKPOINT]
    return [*sorted(rows), *sorted(kept)] if kept else []


def _send(source: TableFiles, target: TableFiles, folder: str, file: TableFile) -> int:
    """Send a file and return its bytes, 0 when it was there."""
    if file.name.startswith(f"{LOG}/"):
        data = source.read(folder, file.name)
        try:
            if target.read(folder, file.name) == data:
                return 0
        except FileNotFoundError:
            pass
        if not target.create(folder, file.name, data):
            raise ConflictError(
                f"the table {name_of(folder)!r} of the target is another one or has gone on by itself; drop it there, "
                "or copy to an empty store"
            )
        return file.size
    target.delete(folder, [file.name])  # what a copy that was broken off left
    hashed = hashlib.sha256()
    with target.writing(folder, file.name) as writer:
        for piece in source.open(folder, file.name):
            hashed.update(piece)
            writer.write(piece)
    if hashed.digest() != _digest(target.open(folder, file.name)):
        target.delete(folder, [file.name])
        raise DamagedError(f"a file of the table {name_of(folder)!r} arrived damaged; run the same command again")
    return file.size


def _digest(pieces: Iterator[bytes]) -> bytes:
    hashed = hashlib.sha256()
    for piece in pieces:
        hashed.update(piece)
    return hashed.digest()
