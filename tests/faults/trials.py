"""A trial: one child, one fault, one survivor; then the rest of the scenario on the survivor."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.faults.acknowledgements import rounds_of
from tests.faults.checker import Findings, unfinished
from tests.faults.children import CALLS, Nursery, counted, traced
from tests.faults.failpoints import POINTS
from tests.faults.nursery import CRASHED, GAVE_UP, PLAYED, Request

KILLED = -9
MOMENT = "moment"
#: The errors that each call may give, of those a full or broken disk gives.
ERRORS = {
    "ENOSPC": ("write", "pwrite64", "ftruncate", "mkdir", "rename", "fsync", "fdatasync"),
    "EIO": ("write", "pwrite64", "fsync", "fdatasync", "rename"),
}


@dataclass(frozen=True)
class Fault:
    """What happens to a child at the n-th call: `kill`, `ENOSPC` or `EIO`.

    at: a system call, which strace watches; a failpoint of `failpoints.py`; or `moment`: so many milliseconds after a
        child began to play round after round.
    """

    what: str
    at: str
    number: int

    def __str__(self) -> str:
        return f"{self.what} {self.at} {self.number}"

    @property
    def by_strace(self) -> bool:
        """Tell whether strace injects it."""
        return self.at not in {*POINTS, MOMENT}


@dataclass
class Outcome:
    """How a fault was survived. `reached`: the fault came before the scenario had ended."""

    fault: str
    seed: int
    reached: bool = True
    findings: Findings = field(default_factory=Findings)

    @property
    def command(self) -> str:
        """The one command that does it again."""
        return f".venv/bin/python -m tests.faults {self.fault} --seed {self.seed}"

    def __str__(self) -> str:
        return f"{self.findings}\ndo it again: {self.command}"


@dataclass
class Bench:
    """Where trials take place: a nursery, and a folder that is emptied before each."""

    nursery: Nursery
    folder: Path
    seed: int

    def trial(self, fault: Fault, off: tuple[str, ...] = ()) -> Outcome:
        """Play one round with the fault in it, then on with nothing in the way."""
        request = replace(self.fresh(), off=off)
        if fault.at in POINTS:
            request = replace(request, point=(fault.what, fault.at, fault.number))
        elif fault.at == MOMENT:
            request = replace(request, rounds=0)
        outcome = Outcome(str(fault), self.seed)
        status = self._run(request, fault)
        outcome.reached = _was_reached(status, Path(request.record))
        request = replace(request, off=(), point=None, rounds=rounds_of(Path(request.record)))
        outcome.findings = self.survivor(request, status)
        return outcome

    def fresh(self) -> Request:
        """Return the request of a child with an empty home and an empty record."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        home, record = self.folder / "home", self.folder / "acknowledged"
        return Request(str(self.folder), str(home), str(record), self.seed)

    def survivor(self, request: Request, status: int) -> Findings:
        """Check what is left, play what is not done, and check again."""
        findings = self.look(request)
        if status not in {PLAYED, GAVE_UP, KILLED, CRASHED}:  # of a crash the record tells
            findings.trouble.append(f"the child ended with {status}")
        if findings:
            return findings
        self.nursery.bear(request)
        self.nursery.go()
        again = self.nursery.ended()
        findings = self.look(request)
        if again != PLAYED or unfinished(Path(request.record), request.rounds):
            left = unfinished(Path(request.record), request.rounds)
            findings.trouble.append(f"the survivor cannot be played on: {again}, left {left}")
        return findings

    def look(self, request: Request, *, alive: bool = False) -> Findings:
        """Check what is left, or what there is while a child works."""
        lookers = self.nursery.lookers
        lookers.bear(replace(request, look=True, alive=alive))
        lookers.go()
        heard = lookers.hear()
        word, _, found = heard.partition(" ")
        if word != "found":
            return Findings(trouble=[f"the check did not end well: {heard}"])
        lookers.ended()
        return Findings(**json.loads(found))

    def count_calls(self) -> dict[str, int]:
        """Return how often an unbroken scenario makes each call, as strace sees it. Raises OSError without strace."""
        request, log = self.fresh(), self.folder / "strace"
        self.nursery.bear(request)
        try:
            with traced(self.nursery.pid, log, "-f", "-e", f"trace={','.join(CALLS)}"):
                self.nursery.go()
                status = self.nursery.ended()
        except OSError:
            self.nursery.kill()
            self.nursery.ended()
            raise
        assert status == PLAYED, f"an unbroken scenario ends with {status}"
        return {call: n for call, n in counted(log, self.nursery.pid).items() if call in CALLS}

    def _run(self, request: Request, fault: Fault) -> int:
        self.nursery.bear(request)
        with self._tracing(fault) if fault.by_strace else nullcontext():
            self.nursery.go()
            if fault.at == MOMENT:
                time.sleep(fault.number / 1000)
                self.nursery.kill()
            return self.nursery.ended()

    @contextmanager
    def _tracing(self, fault: Fault) -> Iterator[None]:
        does = "signal=KILL" if fault.what == "kill" else f"error={fault.what}"
        inject = f"inject={fault.at}:{does}:when={fault.number}"
        log = self.folder / "strace"
        # Threads of libraries wake each other by `write`, which must not fail: there, only the first one is traced.
        follow = [] if fault.at == "write" else ["-f"]
        with traced(self.nursery.pid, log, *follow, "-e", f"trace={fault.at}", "-e", inject):
            yield


def sample(faults: list[Fault], n: int, seed: int) -> list[Fault]:
    """Return n of the faults, each kind and call as often as any other where there are enough."""
    chance = random.Random(seed)
    kinds: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        kinds.setdefault((fault.what, fault.at), []).append(fault)
    for kind in kinds.values():
        chance.shuffle(kind)
    chosen: list[Fault] = []
    while len(chosen) < min(n, len(faults)):
        chosen += [kind.pop() for kind in kinds.values() if kind]
    return chosen[:n]


def _was_reached(status: int, record: Path) -> bool:
    said = record.read_text("utf-8") if record.exists() else ""
    return status != PLAYED or '"failed"' in said
