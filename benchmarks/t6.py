"""T6: a server starts on an empty folder: seconds from the process to the first answer, and its memory.

The reference is an interpreter that imports the web framework and answers nothing.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.mlflow_bare import own_server
from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from benchmarks.ports import free_port

STARTS = 5
GOAL_S = 1.5
MOST_MIB = 150


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    rounds = [(*_start(), _imports()) for _ in range(STARTS)]
    seconds, memory, imports = (statistics.median(column) for column in zip(*rounds, strict=True))
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    return {
        "id": "T6",
        "what": "a server started on an empty folder, until it is healthy",
        "ours": round(seconds, 2),
        "unit": "s",
        "against": "importing FastAPI and SQLAlchemy",
        "theirs": round(imports, 2),
        "ratio": round(seconds / imports, 2),
        "goal": f"<= {GOAL_S} s and {MOST_MIB} MiB",
        "holds": seconds <= GOAL_S * slower and memory <= MOST_MIB,
        "memory_mib": round(memory),
        "slower_than_reference": round(slower, 2),
    }


def _start() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        with own_server(Path(place), free_port()) as process:
            return time.perf_counter() - began, _memory_mib(process.pid)


def _imports() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import fastapi, sqlalchemy, uvicorn"], check=True)
    return time.perf_counter() - began


def _memory_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    print(json.dumps(run()))
