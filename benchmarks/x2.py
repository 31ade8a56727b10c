"""X2: what a warm pool adds to a step: milliseconds for each, sent, executed, its result kept and told.

300 steps that double a number, all of them sent (a time-out keeps them out of the calling process), on two processes.
The reference is concurrent.futures with two processes, which keeps nothing: what sending alone takes.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tidemill.app import executors_of
from tidemill.core import load_settings
from tidemill.pipelines.executors import ExecutorContext
from tidemill.testing.executor_steps import Bench, within, write_project

N_STEPS = 300
ROUNDS = 3
GOAL_MS = 2.0


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as name:
        module = write_project(Path(name))
        executor = executors_of(load_settings(Path(name), environ={}))("pool", ExecutorContext(Path(name), n_workers=2))
        bench = Bench(executor, module)
        with ProcessPoolExecutor(2, get_context("forkserver")) as bare:
            _steps_ms(bench)  # warm
            list(bare.map(abs, range(100)))
            rounds = [(_steps_ms(bench), _bare_ms(bare)) for _ in range(ROUNDS)]
        executor.close()
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {
        "id": "X2",
        "what": "a step in a warm pool, overhead",
        "ours": round(ours, 3),
        "unit": "ms",
        "against": "concurrent.futures, a call that keeps nothing",
        "theirs": round(theirs, 3),
        "ratio": round(ours / theirs, 2),
        "goal": f"<= {GOAL_MS:g} ms",
        "holds": ours <= GOAL_MS,
    }


def _steps_ms(bench: Bench) -> float:
    began, waiting = time.perf_counter(), set()
    for number in range(N_STEPS):
        waiting.add(bench.give("double", {"x": number % 50}, within(60)))
        while len(waiting) >= bench.executor.slots():
            waiting -= {outcome.task_id for outcome in bench.executor.wait()}
    while waiting:
        waiting -= {outcome.task_id for outcome in bench.executor.wait()}
    return (time.perf_counter() - began) / N_STEPS * 1000


def _bare_ms(bare: ProcessPoolExecutor) -> float:
    began = time.perf_counter()
    for future in [bare.submit(abs, number) for number in range(N_STEPS)]:
        future.result()
    return (time.perf_counter() - began) / N_STEPS * 1000


if __name__ == "__main__":
    print(json.dumps(run()))
