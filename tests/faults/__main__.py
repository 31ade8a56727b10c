"""Do one fault again: `python -m tests.faults kill pwrite64 17 --seed 2013`; `--off NAME` switches a guard off."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.faults.children import Nursery
from tests.faults.disks import Disk, small_disk
from tests.faults.fullness import fill_and_free
from tests.faults.guards import GUARDS
from tests.faults.power import PowerCuts
from tests.faults.trials import MOMENT, Bench, Fault, Outcome


def main() -> int:
    """Run one trial and print what it found; exit 1 when the fault was not survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("what", choices=("kill", "ENOSPC", "EIO", "cut", "full"))
    parser.add_argument(
        "at", help="a system call, a failpoint, moment (ms), after (operation), or bytes of a full disk"
    )
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=2013)
    parser.add_argument("--off", action="append", default=[], choices=tuple(GUARDS))
    given = parser.parse_args()
    nursery = Nursery()
    with tempfile.TemporaryDirectory() as folder:
        fault = Fault(given.what, given.at, given.number)
        bench = Bench(nursery, Path(folder) / "trial", given.seed)
        outcome = _on_a_disk(bench, Path(folder), fault, tuple(given.off))
    nursery.close()
    print(f"{'reached' if outcome.reached else 'not reached'}: {outcome}")
    return int(bool(outcome.findings))


def _on_a_disk(bench: Bench, folder: Path, fault: Fault, off: tuple[str, ...]) -> Outcome:
    if fault.what == "full":
        with small_disk(folder / "small", fault.number):
            return fill_and_free(bench, folder / "small", fault.number)
    if fault.what != "cut":
        return bench.trial(fault, off)
    disk = Disk(folder / "disk")
    try:
        disk.start()
        cuts = PowerCuts(bench, disk)
        return cuts.at_moment(fault, off) if fault.at == MOMENT else cuts.after_each(off)[fault.number - 1]
    finally:
        disk.stop()


if __name__ == "__main__":
    raise SystemExit(main())
