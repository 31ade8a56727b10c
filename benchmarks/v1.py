"""V1: the whole audit trail is checked as fast as its bytes can be hashed, within a factor: entries a second.

A store of ENTRIES events of the size that the loop writes is checked by `verify_chain`, which reads every row from
SQLite, writes its canonical JSON and chains the hashes. The reference hashes the very same bytes from memory, entry
by entry with bare `hashlib.sha256`: what no check of this chain can beat. Both run in turn, in the same process, with
the fixed loop of P3, by which the absolute goal is scaled. The memory goal is what a check of the whole store takes at
its peak beyond a check of a tenth of it, each in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.core import Event, SystemClock, canonical_json
from tidemill.storage.followers import read_after
from tidemill.storage.records import Transaction
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_records import SqliteDatabase
from tidemill.storage.verification import verify_chain

ENTRIES = 100_000
PIECE = 5_000
REPEATS = 5
GOAL_PER_S = 50_000
MEMORY_GOAL_MB = 20.0
PEAK = "import sys; from benchmarks.v1 import print_peak; print_peak(sys.argv[1])"


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        database, small = _store(Path(folder, "all.db"), ENTRIES), _store(Path(folder, "tenth.db"), ENTRIES // 10)
        entries = _entries(database)
        rounds = [(_check_s(database), _hash_s(entries), calibration_ms()) for _ in range(REPEATS)]
        more_mb = _peak_mb(database.path) - _peak_mb(small.path)
        database.close()
        small.close()
    check_s, hash_s, calibration = (statistics.median(column) for column in zip(*rounds, strict=True))
    ours, theirs, slower = ENTRIES / check_s, ENTRIES / hash_s, max(1.0, calibration / CALIBRATION_MS)
    return {
        "id": "V1",
        "what": "events checked, chain and all",
        "ours": round(ours),
        "unit": "1/s",
        "against": "bare sha256 of the same bytes in memory",
        "theirs": round(theirs),
        "ratio": round(ours / theirs, 3),
        "goal": f">= {GOAL_PER_S:,} entries/s; ten times the entries take at most {MEMORY_GOAL_MB:g} MB more",
        "holds": ours >= GOAL_PER_S / slower and more_mb <= MEMORY_GOAL_MB,
        "n_entries": ENTRIES,
        "bytes_per_entry": round(sum(map(len, entries)) / len(entries)),
        "more_mb": round(more_mb, 1),
        "slower_than_reference": round(slower, 2),
    }


def print_peak(path: str) -> None:
    """Check a store and print the peak of this process's memory, in kilobytes."""
    report = open_database(Path(path), SystemClock()).read(verify_chain)
    if not report.sound:
        raise RuntimeError(report.findings[0].sentence)
    print(_high_water_kb())


def _high_water_kb() -> int:
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells there holds the peak of the process that started this one
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def _store(path: Path, n_entries: int) -> SqliteDatabase:
    database = open_database(path, SystemClock())

    def fill(tx: Transaction) -> None:
        for number in range(PIECE):
            data = {"endpoint": "delay", "monitor": "performance", "starts_at": "2013-06-03T00:00:00.000000Z"}
            data |= {"verdict": "measured", "version": "delay/4"}
            numbers = {"value": 0.7012345, "low": 0.6912345, "high": 0.7112345, "n": 7012 + number, "whole": True}
            tx.emit("ann", "default", Event("window.evaluated", "delay", data | numbers))

    for _ in range(n_entries // PIECE):
        database.write(fill)
    return database


def _entries(database: SqliteDatabase) -> list[bytes]:
    events = database.read(lambda tx: read_after(tx, "default", "benchmark", limit=ENTRIES))
    return [
        canonical_json(
            {name: getattr(event, name) for name in ("actor", "at", "data", "id", "kind", "position", "subject")}
            | {"project": "default"}
        )
        for event in events
    ]


def _check_s(database: SqliteDatabase) -> float:
    began = time.perf_counter()
    report = database.read(verify_chain)
    taken = time.perf_counter() - began
    if not report.sound or report.n_entries != ENTRIES:
        raise RuntimeError(f"the chain is not sound: {report}")
    return taken


def _hash_s(entries: list[bytes]) -> float:
    began, previous = time.perf_counter(), b"0" * 64
    for entry in entries:
        previous = hashlib.sha256(previous + entry).hexdigest().encode()
    return time.perf_counter() - began


def _peak_mb(path: Path) -> float:
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


if __name__ == "__main__":
    print(json.dumps(run()))
