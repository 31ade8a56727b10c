"""Guards that a test build can switch off, each by its name: then the suite must find what they guard against.

Only a trial's child calls this, right after its birth; nothing in the product reads these names.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.scenario import Round
from tidemill.core import digest_bytes, write_atomically
from tidemill.serving import snapshot
from tidemill.storage import LocalBlobs
from tidemill.storage.blobs.port import StoredBlob
from tidemill.storage.records import Transaction
from tidemill.storage.sqlite_records import SqliteDatabase


def switch_off(names: Iterable[str]) -> None:
    """Switch the named guards off in this process, for good. Raises KeyError for an unknown name."""
    for name in names:
        GUARDS[name]()


def _no_sync_of_database(name: str) -> None:
    """SQLite no longer waits for the disk, in the file of that name."""

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql.replace(" ", "").upper().startswith("PRAGMASYNCHRONOUS="):
                sql = "PRAGMA synchronous = OFF"
            return super().execute(sql, *values)

    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect_unsafely(*places: Any, **options: Any) -> sqlite3.Connection:
        if Path(places[0]).name != name:
            return connect(*places, **options)
        connection = connect(*places, **{"factory": Connection, **options})
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = connect_unsafely  # type: ignore[assignment]


def _no_sync(of: Callable[[int], bool]) -> None:
    sync = os.fsync

    def skip(descriptor: int) -> None:
        if not of(os.fstat(descriptor).st_mode):
            sync(descriptor)

    os.fsync = skip  # type: ignore[assignment]


def _name_before_bytes() -> None:
    """A blob has its name while it is still being written."""

    def keep(self: LocalBlobs, pieces: Iterator[bytes], digest: str | None) -> StoredBlob:
        data = b"".join(pieces)
        name = digest or digest_bytes(data)
        target = self._file(name)
        target.parent.mkdir(exist_ok=True)
        for start in range(0, len(data), 4096):
            with target.open("ab") as file:
                file.write(data[start : start + 4096])
        return StoredBlob(name, len(data), datetime.now(UTC))

    LocalBlobs._keep = keep  # type: ignore[method-assign]


def _row_before_bytes() -> None:
    """A blob is named by rows before it is there: each is written when the next one comes."""
    late: list[tuple[LocalBlobs, bytes]] = []
    put = LocalBlobs.put

    def put_later(self: LocalBlobs, data: bytes) -> str:
        if late:
            put(*late.pop())
        late.append((self, data))
        return digest_bytes(data)

    LocalBlobs.put = put_later  # type: ignore[method-assign]


def _event_apart() -> None:
    """Events are written by a transaction of their own, after that of the change."""
    write = SqliteDatabase.write

    def write_apart(self: SqliteDatabase, function: Callable[[Transaction], Any]) -> Any:
        told: list[Any] = []

        def without_events(tx: Transaction) -> Any:
            result = function(tx)
            told[:] = tx._emitted
            tx._emitted.clear()
            return result

        result = write(self, without_events)
        if told:
            write(self, lambda tx: tx._emitted.extend(told))
        return result

    SqliteDatabase.write = write_apart  # type: ignore[method-assign]


def _answer_before_commit() -> None:
    """The client is answered before anything is done."""
    attempt = Round._attempt

    def answer_first(self: Round, name: str, operation: Any) -> dict[str, Any]:
        if name == "end_run":
            self.say(name, "done", run_id=self.known["start_run"]["run_id"], status="finished")
        return attempt(self, name, operation)

    Round._attempt = answer_first  # type: ignore[method-assign]


def _write_in_place() -> None:
    """The pointer of the data plane is overwritten where it stands, instead of replaced."""
    write = write_atomically

    def overwrite(path: Path, data: bytes) -> None:
        if path.name != "current":
            write(path, data)
            return
        with path.open("wb", buffering=0) as file:
            file.write(data)

    snapshot.write_atomically = overwrite  # type: ignore[attr-defined]


GUARDS: dict[str, Callable[[], None]] = {
    "fsync of the records": lambda: _no_sync_of_database("records.db"),
    "fsync of online values": lambda: _no_sync_of_database("online.db"),
    "fsync of files": lambda: _no_sync(stat.S_ISREG),
    "fsync of folders": lambda: _no_sync(stat.S_ISDIR),
    "bytes before their name": _name_before_bytes,
    "bytes before their row": _row_before_bytes,
    "event in its change's transaction": _event_apart,
    "commit before the answer": _answer_before_commit,
    "files replaced, not overwritten": _write_in_place,
}
