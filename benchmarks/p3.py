"""P3: the command line answers at once. `import tidemill`, `tidemill --help`, both beside the bare interpreter.

Each repeat times, one after the other and in turn: the bare interpreter, `import tidemill`, `tidemill --help`, and a
fixed loop of arithmetic. The goals are absolute, so they are scaled by that loop: CALIBRATION_MS is what it takes on
the reference machine (2 shared cores, Python 3.11). `ours` is the import beyond the bare interpreter, `theirs` the
bare interpreter itself.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

REPEATS = 7
ENOUGH = 5
CALIBRATION_MS = 56.0
CALIBRATION_STEPS = 1_000_000
IMPORT_GOAL_MS = 150.0
HELP_GOAL_MS = 400.0
MODULES_GOAL = 300

BARE = [sys.executable, "-c", "pass"]
IMPORT = [sys.executable, "-c", "import tidemill"]
HELP = [sys.executable, "-c", "from tidemill.cli import main; main()", "--help"]
COUNT = [
    sys.executable,
    "-c",
    "import sys; before = set(sys.modules); import tidemill; print(len(set(sys.modules) - before))",
]


@dataclass(frozen=True)
class Repeat:
    """One round of the four measurements, in milliseconds."""

    bare: float
    imported: float
    helped: float
    calibration: float

    @property
    def import_ms(self) -> float:
        """What `import tidemill` costs beyond the bare interpreter."""
        return self.imported - self.bare

    def holds(self, slower: float) -> bool:
        """Whether this round meets both goals on a machine that is `slower` times the reference machine's time."""
        return self.import_ms <= IMPORT_GOAL_MS * slower and self.helped <= HELP_GOAL_MS * slower


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
        "goal": f"<= {IMPORT_GOAL_MS:g} ms and {MODULES_GOAL} modules; --help <= {HELP_GOAL_MS:g} ms",
        "holds": held >= ENOUGH and n_modules <= MODULES_GOAL,
        "n_modules": n_modules,
        "help_ms": round(statistics.median(repeat.helped for repeat in repeats), 1),
        "held": f"{held} of {REPEATS}",
        "slower_than_reference": round(slower, 2),
    }


def _round() -> Repeat:
    return Repeat(
        bare=_milliseconds(lambda: _output(BARE)),
        imported=_milliseconds(lambda: _output(IMPORT)),
        helped=_milliseconds(lambda: _output(HELP)),
        calibration=_milliseconds(_calibrate),
    )


def _milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def _output(command: list[str]) -> str:
    # Bytecode may be written: otherwise every start would compile everything, which no user's second command does.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _calibrate() -> int:
    total = 0
    for number in range(CALIBRATION_STEPS):
        total += number * number % 7
    return total


if __name__ == "__main__":
    print(json.dumps(run()))
