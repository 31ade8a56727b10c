"""P1: 50 trivial steps, cold, with durable records, in <= 2 ms a step.

The pipeline is a chain, each step reads the one before. Against it: as many SHA-256 of a small text and rows of a
SQLite table with a commit each, in the same run. CPU seconds of the process are told as well: they say more where
others work beside. The goal is scaled by the fixed loop of P3.
"""

from __future__ import annotations

import hashlib
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from benchmarks.pipeline_chain import Chain

N_STEPS = 50
REPEATS = 7
ENOUGH = 5
GOAL_MS = 2.0


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    ours, theirs, cpu, slower, held = [], [], [], [], 0
    for _ in range(REPEATS):
        factor = max(1.0, calibration_ms() / CALIBRATION_MS)
        with tempfile.TemporaryDirectory() as folder:
            chain = Chain(Path(folder), N_STEPS)
            took = chain.run()
            theirs.append(_bare_ms(Path(folder) / "bare.db"))
        ours.append(1000 * took.seconds / N_STEPS)
        cpu.append(1000 * took.cpu_seconds / N_STEPS)
        slower.append(factor)
        held += ours[-1] <= GOAL_MS * factor
    mine, bare = statistics.median(ours), statistics.median(theirs)
    return {
        "id": "P1",
        "what": f"{N_STEPS} trivial steps, cold, each with its record",
        "ours": round(mine, 3),
        "unit": "ms/step",
        "against": "SHA-256 and a committed SQLite row",
        "theirs": round(bare, 3),
        "ratio": round(mine / bare, 2),
        "goal": f"<= {GOAL_MS:g} ms/step",
        "holds": held >= ENOUGH,
        "cpu_ms": round(statistics.median(cpu), 3),
        "held": f"{held} of {REPEATS}",
        "slower_than_reference": round(statistics.median(slower), 2),
    }


def _bare_ms(file: Path) -> float:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE step (at INTEGER PRIMARY KEY, digest TEXT)")
    began = time.perf_counter()
    for at in range(N_STEPS):
        digest = hashlib.sha256(str(at).encode()).hexdigest()
        connection.execute("INSERT INTO step VALUES (?, ?)", (at, digest))
        connection.commit()
    took = time.perf_counter() - began
    connection.close()
    return 1000 * took / N_STEPS
