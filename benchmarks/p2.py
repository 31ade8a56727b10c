"""P2: 1,000 steps of which all are reused: <= 0.3 s, planned in <= 300 ms; a map of 10,000 elements <= 2 ms each.

The pipeline is a chain, each step reads the one before. Against it: as many SHA-256 of a small text. The map goes over
10,000 numbers, all of them executed; `map_mb` is what the process's memory grew by meanwhile. The goals are scaled by
the fixed loop of P3, and CPU seconds are told as well.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from benchmarks.pipeline_chain import Chain, Took, map_took

N_STEPS = 1000
N_ELEMENTS = 10_000
REPEATS = 5
ENOUGH = 4
RUN_GOAL_S = 0.3
PLAN_GOAL_S = 0.3
ELEMENT_GOAL_MS = 2.0


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    runs: list[Took] = []
    plans: list[Took] = []
    held = 0
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(Path(folder), N_STEPS)
        chain.run()
        for _ in range(REPEATS):
            factor = max(1.0, calibration_ms() / CALIBRATION_MS)
            plans.append(chain.plan())
            runs.append(chain.run())
            held += runs[-1].seconds <= RUN_GOAL_S * factor and plans[-1].seconds <= PLAN_GOAL_S * factor
    with tempfile.TemporaryDirectory() as folder:
        factor = max(1.0, calibration_ms() / CALIBRATION_MS)
        mapped, grown_mb = map_took(Path(folder), N_ELEMENTS)
    element_ms = 1000 * mapped.seconds / N_ELEMENTS
    mine, bare = statistics.median(took.seconds for took in runs), _bare_s()
    return {
        "id": "P2",
        "what": f"{N_STEPS:,} steps, all reused",
        "ours": round(mine, 3),
        "unit": "s",
        "against": "SHA-256 of a text each",
        "theirs": round(bare, 5),
        "ratio": round(mine / bare, 1),
        "goal": f"<= {RUN_GOAL_S:g} s; planned in <= {PLAN_GOAL_S:g} s; an element of a map <= {ELEMENT_GOAL_MS:g} ms",
        "holds": held >= ENOUGH and element_ms <= ELEMENT_GOAL_MS * factor,
        "cpu_s": round(statistics.median(took.cpu_seconds for took in runs), 3),
        "plan_s": round(statistics.median(took.seconds for took in plans), 3),
        "plan_cpu_s": round(statistics.median(took.cpu_seconds for took in plans), 3),
        "element_ms": round(element_ms, 3),
        "element_cpu_ms": round(1000 * mapped.cpu_seconds / N_ELEMENTS, 3),
        "map_mb": round(grown_mb, 1),
        "held": f"{held} of {REPEATS}",
    }


def _bare_s() -> float:
    began = time.perf_counter()
    for at in range(N_STEPS):
        hashlib.sha256(str(at).encode()).hexdigest()
    return time.perf_counter() - began
