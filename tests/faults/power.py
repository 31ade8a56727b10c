"""Trials with a power cut: a child works on a disk, the disk's image is copied, and the copy is the survivor."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults.acknowledgements import rounds_of
from tests.faults.disks import Disk
from tests.faults.nursery import Request
from tests.faults.scenario import OPERATIONS
from tests.faults.trials import KILLED, Bench, Fault, Outcome


@dataclass
class PowerCuts:
    """Cuts the power of children that work on a disk."""

    bench: Bench
    disk: Disk

    def after_each(self, off: tuple[str, ...] = (), *, until_found: bool = False) -> list[Outcome]:
        """Cut after each acknowledgement of one round; with `until_found` no more once something is wrong."""
        nursery, outcomes = self.bench.nursery, list[Outcome]()
        request = replace(self._fresh(), off=off, pause=True)
        nursery.bear(request)
        nursery.go()
        while (heard := nursery.hear()).startswith("paused"):
            outcome = Outcome(f"cut after {list_position(heard.split()[1])}", self.bench.seed)
            with self._cut(request, Path(request.record).read_bytes()) as survivor:
                outcome.findings = self.bench.look(survivor)
            outcomes.append(outcome)
            if outcome.findings and until_found:
                nursery.kill()
                nursery.ended()
                break
            nursery.go()
        return outcomes

    def at_moment(self, fault: Fault, off: tuple[str, ...] = ()) -> Outcome:
        """Cut so many milliseconds after a child began to play round after round; then play on with the survivor."""
        nursery, request = self.bench.nursery, replace(self._fresh(), off=off, rounds=0)
        record = Path(request.record)
        outcome = Outcome(str(fault), self.bench.seed)
        nursery.bear(request)
        nursery.go()
        time.sleep(fault.number / 1000)
        promised = record.read_bytes() if record.exists() else b""
        with self._cut(request, promised) as survivor:
            nursery.kill()
            nursery.ended()
            outcome.findings = self.bench.survivor(replace(survivor, off=()), KILLED)
        return outcome

    def _fresh(self) -> Request:
        home = self.disk.mounted / "home"
        shutil.rmtree(home, ignore_errors=True)
        return replace(self.bench.fresh(), home=str(home))

    @contextmanager
    def _cut(self, request: Request, promised: bytes) -> Iterator[Request]:
        """Cut; what was promised before counts, and what was begun until then may or may not be there."""
        self.disk.cut()
        try:
            began = Path(request.record).read_bytes()[len(promised) :].splitlines(keepends=True)
            record = self.bench.folder / "acknowledged before the cut"
            record.write_bytes(promised + b"".join(line for line in began if b'"begin"' in line and line[-1:] == b"\n"))
            home = str(self.disk.survivor / "home")
            yield replace(request, home=home, record=str(record), rounds=rounds_of(record), pause=False)
        finally:
            self.disk.forget()


def list_position(operation: str) -> int:
    """Return the number of an operation, from 1."""
    return list(OPERATIONS).index(operation) + 1
