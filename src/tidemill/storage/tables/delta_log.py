"""The log of a Delta table as Tidemill writes it: one JSON file a version, created if absent.

https://github.com/delta-io/delta/blob/master/PROTOCOL.md. What is written holds no value of any row: no column
statistics and no predicates, so that rows which were erased are nowhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tidemill.core import DamagedError, new_id
from tidemill.storage.tables.port import Once, TableVersion
from tidemill.storage.tables.table_files import LOG

LAST_CHECKPOINT = f"{LOG}/_last_checkpoint"
_ENTRY = re.compile(rf"{LOG}/(\d{{20}})\.json")
_CHECKPOINT = re.compile(rf"{LOG}/(\d{{20}})\.checkpoint\.parquet")

Action = dict[str, Any]


class DataFile(NamedTuple):
    """A file of rows: its name, its bytes, and how many rows it has."""

    name: str
    size: int
    n_rows: int


class Change(NamedTuple):
    """What a commit does: its name, the rows it adds and removes, and the actions."""

    kind: str
    n_added: int
    n_removed: int
    actions: Sequence[Action]


class Log(NamedTuple):
    """The files of a log, by version."""

    entries: tuple[int, ...]
    checkpoints: tuple[int, ...]


def entry_name(version: int) -> str:
    """Return the name of a version's entry.

    >>> entry_name(7)
    '_delta_log/00000000000000000007.json'
    """
    return f"{LOG}/{version:020}.json"


def checkpoint_name(version: int) -> str:
    """Return the name of a version's checkpoint."""
    return f"{LOG}/{version:020}.checkpoint.parquet"


def parsed_log(names: Iterable[str]) -> Log:
    """Return which entries and checkpoints are among names."""
    kept = list(names)
    entries = sorted(int(found[1]) for name in kept if (found := _ENTRY.fullmatch(name)))
    checkpoints = sorted(int(found[1]) for name in kept if (found := _CHECKPOINT.fullmatch(name)))
    return Log(tuple(entries), tuple(checkpoints))


def read_entry(data: bytes) -> list[Action]:
    """Return the actions of an entry. Raises DamagedError."""
    try:
        return [json.loads(line) for line in data.splitlines() if line.strip()]
    except ValueError as error:
        raise DamagedError("an entry of the table's log is damaged; restore the table from a copy") from error


def write_entry(change: Change, at_ms: int) -> bytes:
    """Return the bytes of an entry; no two are equal."""
    counts = {"n_added": change.n_added, "n_removed": change.n_removed}
    info = {
        "timestamp": at_ms,
        "operation": change.kind.upper(),
        "operationParameters": {},
        "engineInfo": "tidemill",
        "tidemill": json.dumps({"id": new_id(), "change": change.kind, **counts}),
    }
    lines = [{"commitInfo": info}, *change.actions]
    return "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines).encode()


def time_of(actions: Sequence[Action]) -> int:
    """Return when an entry was written, in milliseconds since 1970; 0 when it does not say."""
    return next((int(each["commitInfo"].get("timestamp", 0)) for each in actions if "commitInfo" in each), 0)


def version_of(version: int, actions: Sequence[Action]) -> TableVersion:
    """Return what an entry says of its version; of one that another program wrote, the name of its change only."""
    info: Action = next((each["commitInfo"] for each in actions if "commitInfo" in each), {})
    try:
        told = dict(json.loads(info.get("tidemill", "{}")))
    except (TypeError, ValueError):
        told = {}
    change = str(told.get("change") or info.get("operation", "")).lower()
    counts = (int(told.get(each) or 0) for each in ("n_added", "n_removed"))
    return TableVersion(version, instant(time_of(actions)), change, *counts)


def names_added(actions: Sequence[Action]) -> set[str]:
    """Return the names of the files that an entry adds."""
    return {each["add"]["path"] for each in actions if "add" in each}


def instant(at_ms: int) -> datetime:
    """Return the instant of such a number."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def make_table(schema: str, *, local_times: bool, at_ms: int) -> list[Action]:
    """Return the first actions of a table. local_times: whether a column has times without a zone."""
    return [protocol(local_times=local_times), metadata(new_id(), schema, at_ms)]


def protocol(*, local_times: bool) -> Action:
    """Return what a reader and a writer must know."""
    if not local_times:
        return {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}
    features = {"readerFeatures": ["timestampNtz"], "writerFeatures": ["timestampNtz"]}
    return {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}


def metadata(id_: str, schema: str, at_ms: int) -> Action:
    """Return the action that says which columns a table has. It asks others who write it to keep no statistics."""
    return {
        "metaData": {
            "id": id_,
            "format": {"provider": "parquet", "options": {}},
            "schemaString": schema,
            "partitionColumns": [],
            "configuration": {"delta.dataSkippingNumIndexedCols": "0"},
            "createdTime": at_ms,
        }
    }


def add(file: DataFile, at_ms: int, *, data_change: bool = True) -> Action:
    """Return the action that adds a file."""
    return {
        "add": {
            "path": file.name,
            "partitionValues": {},
            "size": file.size,
            "modificationTime": at_ms,
            "dataChange": data_change,
            "stats": json.dumps({"numRecords": file.n_rows}),
        }
    }


def remove(name: str, at_ms: int, *, data_change: bool = True) -> Action:
    """Return the action that removes a file."""
    return {"remove": {"path": name, "deletionTimestamp": at_ms, "dataChange": data_change}}


def done_once(key: Once, at_ms: int) -> Action:
    """Return the action that remembers an append's key."""
    return {"txn": {"appId": key.writer, "version": key.number, "lastUpdated": at_ms}}
