"""X1: `tidemill run` of 20 steps that do nothing is no slower with the pool than one after the other: milliseconds.

Whole commands, by turns, each in a fresh process on a store of its own: the first run, of which no history says that
its steps are quick, and a later one with --no-cache. The reference is the same command with --executor in-process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
GOAL_RATIO = 1.05
PROJECT = """
import tidemill as tm


@tm.step
def nothing(x: int, number: int) -> int:
    return number


@tm.pipeline
def idle(n: int = 20):
    return [nothing(0, number) for number in range(n)]
"""


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "project.py").write_text(PROJECT)
        found: dict[tuple[str, bool], list[float]] = {}
        for number in range(ROUNDS):
            for executor in ("in-process", "pool"):
                home = Path(folder, f"home-{executor}-{number}")
                for first in (True, False):
                    found.setdefault((executor, first), []).append(_command_ms(Path(folder), home, executor))
    median = {each: statistics.median(times) for each, times in found.items()}
    pool, serial = median["pool", True], median["in-process", True]
    later = median["pool", False] / median["in-process", False]
    return {
        "id": "X1",
        "what": "tidemill run, 20 steps that do nothing, with the pool",
        "ours": round(pool, 1),
        "unit": "ms",
        "against": "the same in process",
        "theirs": round(serial, 1),
        "ratio": round(pool / serial, 3),
        "goal": f"ratio <= {GOAL_RATIO:g}, first and later",
        "holds": max(pool / serial, later) <= GOAL_RATIO,
        "ratio_later": round(later, 3),
    }


def _command_ms(folder: Path, home: Path, executor: str) -> float:
    command = [str(Path(sys.executable).with_name("tidemill")), "run", "--executor", executor, "--no-cache", "--json"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--home", str(home)], cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    taken = (time.perf_counter() - began) * 1000
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_executed"] == 20
    return taken


if __name__ == "__main__":
    print(json.dumps(run()))
