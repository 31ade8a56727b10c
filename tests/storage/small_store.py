"""A small store with something of everything, a writer that goes on with it, and what two stores are compared by."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tidemill.core import Event, SystemClock
from tidemill.data._tables import ingested_part
from tidemill.feedback._tables import prediction_part_table
from tidemill.serving.segments import Damage, frame, read_frames
from tidemill.storage import LocalBlobs, SqliteKeyValue
from tidemill.storage._tables import follower_table, job_table
from tidemill.storage.records import Database, Transaction
from tidemill.storage.schema import open_database

SEGMENT = "predictions/default/late/w1-01a1fe86e90b77a58607de6ec9b2e724-000000.open"
SEALED = "predictions/default/late/w1-01a1fe86e90b77a58607de6ec9b2e725-000000.sealed"
SPACE = "default/depot_load"


class SmallStore:
    """An opened store. Change number n is a blob, a record of the log, a value, and then the rows that name them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.database: Database = open_database(home / "records.db", SystemClock())
        self.blobs = LocalBlobs(home / "blobs")
        self._online = SqliteKeyValue(home / "online.db")

    def change(self, number: int) -> None:
        """Make a change; it is acknowledged when this returns."""
        digest = self.blobs.put(f"blob {number} ".encode() * (number % 50 + 1))
        end = self._log(number)
        self._online.put_many(SPACE, [(f"key {number % 7}", str(number).encode())])
        self.database.write(partial(_insert, number=number, digest=digest, end=end))

    def _log(self, number: int) -> int:
        segment = self.home / SEGMENT
        segment.parent.mkdir(parents=True, exist_ok=True)
        with segment.open("ab") as file:
            file.write(frame(f"prediction {number}".encode()))
            return file.tell()


def small_store(home: Path, n_changes: int = 12) -> SmallStore:
    """Make a store: `n_changes` changes, a queued job, a sealed segment, a served revision, a replay's clock."""
    store = SmallStore(home)
    for number in range(n_changes):
        store.change(number)
    store.database.write(_insert_oddities)
    for name, text in (
        (
            "predictions/default/late/w1-01a1fe86e90b77a58607de6ec9b2e725-000000.sealed",
            frame(b"sealed").decode("latin"),
        ),
        ("serving/default/late/current", "1.json"),
        ("serving/default/late/1.json", "{}"),
        ("serving/default/late/models/ab/model.txt", "tree"),
        ("serving/tokens.json", "[]"),
        ("clock", "2013-03-01T05:00:00.000000Z"),
        ("logs/server.log", "left out"),
        ("predictions/.w1.lock", ""),
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, "latin")
    return store


def _insert(tx: Transaction, number: int, digest: str, end: int) -> None:
    part = {"project_id": "default", "source": "parcels", "path": f"{number:06}", "recipe": "r", "n_rows": number}
    stat = {"size": number, "mtime_ns": 10**18 + number, "inode": 1}
    tx.execute(ingested_part.insert().values(**part, **stat, digest=digest, blob=digest, schema={"é": [1, None, 0.1]}))
    tx.execute(
        prediction_part_table.insert().values(
            project_id="default",
            endpoint="late",
            segment=Path(SEGMENT).stem,
            start=number,
            end=end,
            blob=digest,
            n_rows=1,
        )
    )
    tx.emit("ann", "default", Event("dataset.committed", f"parcels@{number}", {"digest": digest}))


def _insert_oddities(tx: Transaction) -> None:
    job = {"project_id": "default", "kind": "k", "state": "queued", "run_at": "2013", "attempt": 0, "max_attempts": 1}
    job |= {"created_at": "2013", "created_by": "ann"}
    payloads: list[Any] = [{"a": [1.5, "\u2028'"]}, 0.30000000000000004, 5, "5", None, [], True, "NaN"]
    for number, payload in enumerate(payloads):
        # Without a result it is NULL, which is not the JSON null of a payload that is None.
        tx.execute(job_table.insert().values(**job, id=f"j{number}", unique_key=f"u{number}", payload=payload))
    tx.execute(follower_table.insert().values(project_id="default", name="loop", position=3))


def rows_of(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables as they are stored, sorted."""
    connection = sqlite3.connect(home / "records.db")
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {table: sorted(connection.execute(f'SELECT * FROM "{table}"'), key=repr) for table in tables}
    connection.close()
    return rows


def blobs_of(home: Path) -> dict[str, str]:
    """Return the digest of what each blob holds, by its name."""
    files = (home / "blobs").glob("??/*")
    return {file.parent.name + file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def online_of(home: Path) -> list[tuple[Any, ...]]:
    """Return the online values."""
    connection = sqlite3.connect(home / "online.db")
    values = connection.execute("SELECT space, key, value FROM entry ORDER BY 1, 2").fetchall()
    connection.close()
    return values


def log_of(home: Path) -> list[bytes]:
    """Return the records of the prediction log that can be read."""
    files = sorted((home / "predictions").glob("*/*/*"))
    found = [each for file in files for each in read_frames(file, file.read_bytes())]
    return [each[1] for each in found if not isinstance(each, Damage)]


def state_of(home: Path) -> dict[str, object]:
    """Return all that must be equal in two equal stores."""
    served = {
        str(each.relative_to(home)): each.read_bytes() for each in (home / "serving").rglob("*") if each.is_file()
    }
    clock = (home / "clock").read_text()
    facts = {"rows": rows_of(home), "blobs": blobs_of(home), "online": online_of(home), "log": log_of(home)}
    return facts | {"served": served, "clock": clock}


if __name__ == "__main__":  # writes until it is killed, a line for each change that is acknowledged
    store = SmallStore(Path(sys.argv[1]))
    for current in range(int(sys.argv[2]), 10**9):
        store.change(current)
        print(json.dumps(current), flush=True)
