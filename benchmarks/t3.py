"""T3: points are logged one by one in a training loop, runs begin and end: what a call costs, what is stored.

One run takes POINTS points of ten metrics through `log_metric`, its journal brought to the store of a folder by the
process's own thread meanwhile and, for the rest, in `finish`: points a second from the first call until all are stored
and committed. The reference appends each point as a line to a plain file and syncs it once. What a call costs is told
by the clock around each call and, since others may be at work on this machine, by processor time over all of them.
Then RUNS runs of one param, one metric and one tag each begin and end, one after the other, each stored when it ends.
The absolute goals are scaled by the fixed loop of P3.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import tidemill.recording as tm
from benchmarks.p3 import CALIBRATION_MS, calibration_ms

POINTS = 500_000
METRICS = 10
RUNS = 200
GOAL_STORED, GOAL_RUNS, GOAL_P50_US, GOAL_P99_US = 100_000, 100, 10, 100


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with tm.run(home=home, system_metrics=False):  # opens the store
            tm.log_metric("warm", 1.0)
        calls, cpu_us, stored = _points(home)
        bare = _bare(home / "plain")
        runs = _runs(home)
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    p50, p99 = (round(calls[int(len(calls) * share)] / 1e3, 2) for share in (0.5, 0.99))
    holds = stored >= GOAL_STORED / slower and runs >= GOAL_RUNS / slower
    return {
        "id": "T3",
        "what": f"points logged one by one until stored, {POINTS:,} of one run",
        "ours": round(stored),
        "unit": "1/s",
        "against": "each appended to a plain file as a line, synced once",
        "theirs": round(bare),
        "ratio": round(stored / bare, 3),
        "goal": f">= {GOAL_STORED:,}/s, a call p50 <= {GOAL_P50_US} us, p99 <= {GOAL_P99_US} us, >= {GOAL_RUNS} runs/s",
        "holds": holds and p50 <= GOAL_P50_US * slower and p99 <= GOAL_P99_US * slower,
        "call_p50_us": p50,
        "call_p99_us": p99,
        "call_cpu_us": round(cpu_us, 2),
        "runs_per_s": round(runs),
        "slower_than_reference": round(slower, 2),
    }


def _points(home: Path) -> tuple[list[int], float, float]:
    """Return what each call took in nanoseconds, sorted, its processor time, and points stored a second."""
    names = [f"metric_{at}" for at in range(METRICS)]
    calls, clock, log = [0] * POINTS, time.perf_counter_ns, tm.log_metric
    with tm.run("speed", home=home, system_metrics=False) as speed:
        began, cpu = time.perf_counter(), time.thread_time()
        for at in range(POINTS):
            key, step = names[at % METRICS], at // METRICS
            before = clock()
            log(key, at / 7, step)
            calls[at] = clock() - before
        cpu = time.thread_time() - cpu
        if not speed.flush(300):
            raise RuntimeError("not everything is stored")
        stored = POINTS / (time.perf_counter() - began)
    return sorted(calls), cpu / POINTS * 1e6, stored


def _bare(path: Path) -> float:
    began = time.perf_counter()
    with path.open("w") as file:
        for at in range(POINTS):
            file.write(f"metric_{at % METRICS},{at // METRICS},{at / 7},{time.time_ns()}\n")
            if at % METRICS == 0:
                file.flush()
        file.flush()
        os.fsync(file.fileno())
    return POINTS / (time.perf_counter() - began)


def _runs(home: Path) -> float:
    began = time.perf_counter()
    for number in range(RUNS):
        with tm.run("many", home=home, params={"depth": number}, tags={"team": "a"}, system_metrics=False):
            tm.log_metric("loss", 1 / (number + 1))
    return RUNS / (time.perf_counter() - began)


if __name__ == "__main__":
    print(json.dumps(run()))
