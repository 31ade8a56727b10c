"""P3: the command line answers at once: `import tidemill`, `--help`, `run` to the project's first line.

Each repeat times, one after the other and in turn: the bare interpreter, `import tidemill`, `tidemill --help`,
`tidemill run` from its start to the first line of a project that imports nothing before it, and a fixed loop of
arithmetic. The goals are absolute, so they are scaled by that loop: CALIBRATION_MS is what it takes on
the reference machine (2 shared cores, Python 3.11). `ours` is the import beyond the bare interpreter, `theirs` the
bare interpreter itself.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPEATS = 7
ENOUGH = 5
CALIBRATION_MS = 56.0
CALIBRATION_STEPS = 1_000_000
IMPORT_GOAL_MS = 150.0
HELP_GOAL_MS = 400.0
FIRST_LINE_GOAL_MS = 250.0
MODULES_GOAL = 300

BARE = [sys.executable, "-c", "pass"]
IMPORT = [sys.executable, "-c", "import tidemill"]
TIDEMILL = [sys.executable, "-c", "from tidemill.cli import main; main()"]
COUNT = [
    sys.executable,
    "-c",
    "import sys; before = set(sys.modules); import tidemill; print(len(set(sys.modules) - before))",
]
PROJECT = """
import sys, time
print("first line at", time.time(), file=sys.stderr, flush=True)
import tidemill as tm

@tm.step
def one() -> int:
    return 1

@tm.pipeline
def nothing() -> int:
    return one()
"""


@dataclass(frozen=True)
class Repeat:
    """One round of the four measurements, in milliseconds."""

    bare: float
    imported: float
    helped: float
    first_line: float
    calibration: float

    @property
    def import_ms(self) -> float:
        """What `import tidemill` costs beyond the bare interpreter."""
        return self.imported - self.bare

    def holds(self, slower: float) -> bool:
        """Whether this round meets the goals, on a machine that takes `slower` times what the reference takes."""
        measured_and_goals = (
            (self.import_ms, IMPORT_GOAL_MS),
            (self.helped, HELP_GOAL_MS),
            (self.first_line, FIRST_LINE_GOAL_MS),
        )
        return all(measured <= goal * slower for measured, goal in measured_and_goals)


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    _round()  # Bytecode and the file cache are warm from here on, as for anyone's second command.
    repeats = [_round() for _ in range(REPEATS)]
    slower = max(1.0, statistics.median(repeat.calibration for repeat in repeats) / CALIBRATION_MS)
    n_modules = int(_output(COUNT))
    held = sum(repeat.holds(slower) for repeat in repeats)
    import_ms = statistics.median(repeat.import_ms for repeat in repeats)
    bare_ms = statistics.median(repeat.bare for repeat in repeats)
    return {
        "id": "P3",
        "what": "import tidemill, beyond the bare interpreter",
        "ours": round(import_ms, 1),
        "unit": "ms",
        "against": "bare interpreter",
        "theirs": round(bare_ms, 1),
        "ratio": round(import_ms / bare_ms, 2),
        "goal": f"<= {IMPORT_GOAL_MS:g} ms and {MODULES_GOAL} modules; --help <= {HELP_GOAL_MS:g} ms; "
        f"run to the first line <= {FIRST_LINE_GOAL_MS:g} ms",
        "holds": held >= ENOUGH and n_modules <= MODULES_GOAL,
        "n_modules": n_modules,
        "help_ms": round(statistics.median(repeat.helped for repeat in repeats), 1),
        "first_line_ms": round(statistics.median(repeat.first_line for repeat in repeats), 1),
        "held": f"{held} of {REPEATS}",
        "slower_than_reference": round(slower, 2),
    }


def _round() -> Repeat:
    return Repeat(
        bare=_milliseconds(lambda: _output(BARE)),
        imported=_milliseconds(lambda: _output(IMPORT)),
        helped=_milliseconds(lambda: _output([*TIDEMILL, "--help"])),
        first_line=_first_line_ms(),
        calibration=calibration_ms(),
    )


def _milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def _first_line_ms() -> float:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "project.py").write_text(PROJECT)
        began = time.time()
        done = subprocess.run(
            [*TIDEMILL, "run", "nothing"], cwd=folder, env=_environment(), capture_output=True, text=True, check=False
        )
    found = re.search(r"first line at ([0-9.]+)", done.stderr)
    if found is None:
        raise RuntimeError(f"tidemill run did not come to the project's first line: {done.stderr}")
    return (float(found[1]) - began) * 1000


def _output(command: list[str]) -> str:
    return subprocess.run(command, env=_environment(), capture_output=True, text=True, check=True).stdout


def _environment() -> dict[str, str]:
    # Bytecode may be written: otherwise every start would compile everything, which no user's second command does.
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def calibration_ms() -> float:
    """Return what the loop of arithmetic takes now; CALIBRATION_MS on the reference machine."""

    def calculate() -> int:
        total = 0
        for number in range(CALIBRATION_STEPS):
            total += number * number % 7
        return total

    return _milliseconds(calculate)


if __name__ == "__main__":
    print(json.dumps(run()))
