"""P4: a step on a local Ray beside a bare remote call of the same Ray; 20 trivial steps on the pool beside serial.

A step on Ray is timed from its start to that of the next one, so that the start of Ray is left out. The bare call is
`ray.get` of a remote function that does the same, one after the other, in the same process. The goal is that a step
with its record, key and codecs costs no more than five bare calls; and that a warm pool, which has seen the steps once,
is not slower than one process where the steps do nothing (1.2: both take some 40 ms).
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.pipeline_chain import Chain
from tidemill.pipelines import RunOptions
from tidemill.pipelines.executors.ray_cluster import token_of_this_process

N_STEPS, N_WARMING = 70, 20
N_CALLS = 200
N_SERIAL = 20
REPEATS = 3


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    on_ray = RunOptions(executor="ray", n_workers=2)
    ours = [1000 * _step_s(on_ray) for _ in range(REPEATS)]
    bare = _bare_ms()
    pool = [_took_again(RunOptions(executor="pool", n_workers=2, use_cache=False)) for _ in range(REPEATS)]
    serial = [_took_again(RunOptions(use_cache=False)) for _ in range(REPEATS)]
    mine, slower = statistics.median(ours), statistics.median(pool) / statistics.median(serial)
    return {
        "id": "P4",
        "what": "a trivial step on a local Ray",
        "ours": round(mine, 2),
        "unit": "ms/step",
        "against": "a bare `ray.get` of a remote call",
        "theirs": round(bare, 2),
        "ratio": round(mine / bare, 2),
        "goal": "<= 5 bare calls; 20 trivial steps on a warm pool not slower than serial",
        "holds": mine <= 5 * bare and slower <= 1.2,
        "pool_ms": round(1000 * statistics.median(pool), 1),
        "serial_ms": round(1000 * statistics.median(serial), 1),
    }


def _step_s(options: RunOptions) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return Chain(Path(folder), N_STEPS).step_seconds(options, N_WARMING)


def _took_again(options: RunOptions) -> float:
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(Path(folder), N_SERIAL)
        chain.run(options)
        return statistics.median(chain.run(options).seconds for _ in range(REPEATS))


def _bare_ms() -> float:
    import ray

    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token_of_this_process()}
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        increased: Any = ray.remote(_increased)
        x = ray.get(increased.remote(0))  # the worker is started
        began = time.perf_counter()
        for _ in range(N_CALLS):
            x = ray.get(increased.remote(x))
        return 1000 * (time.perf_counter() - began) / N_CALLS
    finally:
        ray.shutdown()


def _increased(x: int) -> int:
    return x + 1
