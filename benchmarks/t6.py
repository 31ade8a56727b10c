"""T6: a server starts on an empty folder: seconds until it is healthy, and its memory once it is loaded.

Timed are the process's first answer to `/health`, the first experiment made by MLflow's API (asked for at once then,
so it waits for what is still being loaded), and the answer of `/ready`, by which everything is loaded. Since others may
be at work on this machine, the processor time that the process has taken by then stands beside each. The
reference is an interpreter that imports the web framework and answers nothing, in turn with it.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.mlflow_bare import own_server
from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from benchmarks.ports import free_port

STARTS = 5
GOAL_S = 1.0
MOST_MIB = 150


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    rounds = [(_start(), _imports()) for _ in range(STARTS)]
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    imports = statistics.median(each for _, each in rounds)
    median = _Start(*(statistics.median(column) for column in zip(*(each for each, _ in rounds), strict=True)))
    return {
        "id": "T6",
        "what": "a server started on an empty folder, until it is healthy",
        "ours": round(median.healthy_s, 2),
        "unit": "s",
        "against": "importing FastAPI and SQLAlchemy",
        "theirs": round(imports, 2),
        "ratio": round(median.healthy_s / imports, 2),
        "goal": f"<= {GOAL_S:g} s and {MOST_MIB} MiB",
        "holds": median.healthy_s <= GOAL_S * slower and median.memory_mib <= MOST_MIB,
        "healthy_cpu_s": round(median.healthy_cpu_s, 2),
        "first_experiment_s": round(median.made_s, 2),
        "first_experiment_cpu_s": round(median.made_cpu_s, 2),
        "loaded_s": round(median.loaded_s, 2),
        "loaded_cpu_s": round(median.loaded_cpu_s, 2),
        "memory_mib": round(median.memory_mib),
        "slower_than_reference": round(slower, 2),
    }


class _Start(NamedTuple):
    """One start: seconds and processor seconds to each answer, and the memory after the last."""

    healthy_s: float
    healthy_cpu_s: float
    made_s: float
    made_cpu_s: float
    loaded_s: float
    loaded_cpu_s: float
    memory_mib: float


def _start() -> _Start:
    with tempfile.TemporaryDirectory() as place:
        port, began = free_port(), time.perf_counter()
        with own_server(Path(place), port, asked="/health") as process:
            healthy = (time.perf_counter() - began, _cpu_s(process.pid))
            _ask(port, "/api/2.0/mlflow/experiments/create", json.dumps({"name": "first"}).encode())
            made = (time.perf_counter() - began, _cpu_s(process.pid))
            _ask(port, "/ready")
            loaded = (time.perf_counter() - began, _cpu_s(process.pid))
            return _Start(*healthy, *made, *loaded, _memory_mib(process.pid))


def _ask(port: int, path: str, body: bytes | None = None) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET" if body is None else "POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    if answer.status != http.client.OK:
        raise RuntimeError(told.decode())


def _imports() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import fastapi, sqlalchemy, uvicorn"], check=True)
    return time.perf_counter() - began


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    print(json.dumps(run()))
