"""X3: what a step takes on a local Ray beside a bare `ray.get` of a function that does nothing: milliseconds.

One after the other, so that nothing hides behind another: 200 steps that double a number, and 200 bare calls on the
same Ray, by turns.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tidemill.app import executors_of
from tidemill.core import load_settings
from tidemill.pipelines.executors import ExecutorContext
from tidemill.testing.executor_steps import Bench, write_project

N_STEPS = 200
ROUNDS = 5
GOAL_MORE_MS = 10.0


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    import ray

    with tempfile.TemporaryDirectory() as name:
        module = write_project(Path(name))
        executor = executors_of(load_settings(Path(name), environ={}))("ray", ExecutorContext(Path(name), n_workers=2))
        bench, bare = Bench(executor, module), ray.remote(max_retries=0)(_nothing)
        for _ in range(20):
            bench.do("double", {"x": 1})
            ray.get(bare.remote(1))
        rounds = [(_steps_ms(bench), _bare_ms(ray, bare)) for _ in range(ROUNDS)]
        executor.close()
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {
        "id": "X3",
        "what": "a step on a local Ray",
        "ours": round(ours, 2),
        "unit": "ms",
        "against": "bare ray.get of a remote function",
        "theirs": round(theirs, 2),
        "ratio": round(ours / theirs, 2),
        "goal": f"<= {GOAL_MORE_MS:g} ms more",
        "holds": ours - theirs <= GOAL_MORE_MS,
    }


def _nothing(x: int) -> int:
    return x


def _steps_ms(bench: Bench) -> float:
    began = time.perf_counter()
    for number in range(N_STEPS):
        task = bench.give("double", {"x": number % 50})
        ended = bench.executor.wait()
        assert [outcome.task_id for outcome in ended] == [task]
    return (time.perf_counter() - began) / N_STEPS * 1000


def _bare_ms(ray: Any, bare: Any) -> float:
    began = time.perf_counter()
    for number in range(N_STEPS):
        ray.get(bare.remote(number))
    return (time.perf_counter() - began) / N_STEPS * 1000


if __name__ == "__main__":
    print(json.dumps(run()))
