"""I1: 10,000 runs of MLflow arrive: from an mlruns folder and from an MLflow database, by `tidemill import`.

A run has 5 params, 3 metrics of 10 points, 3 tags and a file. The command is a process of its own, into an empty store;
all that it wrote is read back and compared with the source in the same seconds. The database is that of an export of
the first store, its tables made by MLflow. The reference is reading each file of the folder once. The goal is absolute,
so it is scaled by the fixed loop of P3.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tests.compat.mlflow_stores import written_by_hand

RUNS = 10_000
GOAL_S = 300.0


class Took(NamedTuple):
    """Seconds by the clock, and of both cores."""

    wall: float
    cpu: float


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source = written_by_hand.mlruns(folder / "mlruns", RUNS, n_params=5, n_metrics=3, n_steps=10)
        bare = _read_all(source)
        of_folder = moved(folder / "one", "import", str(source))
        database = f"sqlite:///{folder}/theirs/mlflow.db"
        export = moved(folder / "one", "export", database)
        of_database = moved(folder / "two", "import", database)
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    slowest = max(of_folder.wall, of_database.wall)
    return {
        "id": "I1",
        "what": f"{RUNS:,} runs imported from an mlruns folder, and from a database",
        "ours": round(slowest, 1),
        "unit": "s",
        "against": "reading each file of the folder once",
        "theirs": round(bare, 1),
        "ratio": round(slowest / bare, 2),
        "goal": f"<= {GOAL_S:g} s from either",
        "holds": slowest <= GOAL_S * slower,
        "folder_s": round(of_folder.wall, 1),
        "folder_cpu_s": round(of_folder.cpu, 1),
        "database_s": round(of_database.wall, 1),
        "database_cpu_s": round(of_database.cpu, 1),
        "export_to_database_cpu_s": round(export.cpu, 1),
        "slower_than_reference": round(slower, 2),
    }


def moved(folder: Path, verb: str, where: str) -> Took:
    """Run a command of the store of a folder, and return what it took. Raises RuntimeError when something differs."""
    folder.mkdir(parents=True, exist_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", "tidemill", verb, where, "-C", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stderr[-500:] or done.stdout[-500:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _read_all(folder: Path) -> float:
    began = time.perf_counter()
    for above, _, names in os.walk(folder):
        for name in names:
            Path(above, name).read_bytes()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(run()))
