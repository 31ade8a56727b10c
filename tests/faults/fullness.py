"""Trials on a disk that is full, and then is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.faults.acknowledgements import read_lines, rounds_of
from tests.faults.disks import grow_disk
from tests.faults.trials import KILLED, Bench, Outcome

_BALLAST_BYTES = 3 << 20


def fill_and_free(bench: Bench, disk: Path, n_bytes: int) -> Outcome:
    """Let a child fill a disk, look, free space, wait until it goes on, kill it, and play on with the survivor."""
    outcome = Outcome(f"full bytes {n_bytes}", bench.seed)
    (disk / "ballast").write_bytes(bytes(_BALLAST_BYTES))
    request = replace(bench.fresh(), home=str(disk / "home"), rounds=0, patience_s=30)
    record = Path(request.record)
    bench.nursery.bear(request)
    bench.nursery.go()
    try:
        _await(lambda: any(line.word == "failed" for line in read_lines(record)), 30, f"{n_bytes} bytes are not full")
        outcome.findings = bench.look(request, alive=True)
        n_done = _n_done(record)
        (disk / "ballast").unlink()
        _await(lambda: _n_done(record) > n_done, 5, "writes did not go on within 5 s of free space")
    except AssertionError as error:
        outcome.findings.trouble.append(f"{error}: {_last_error(record)}")
    bench.nursery.kill()
    bench.nursery.ended()
    if not outcome.findings:
        grow_disk(disk, 64 << 20)
        outcome.findings = bench.survivor(replace(request, rounds=rounds_of(record)), KILLED)
    return outcome


def _n_done(record: Path) -> int:
    return sum(line.word == "done" for line in read_lines(record))


def _last_error(record: Path) -> str:
    said = [f"{line.operation}: {line.said}" for line in read_lines(record) if line.word in {"failed", "crashed"}]
    return said[-1] if said else "no error was told"


def _await(happened: Callable[[], bool], within_s: float, otherwise: str) -> None:
    until = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < until, otherwise
        time.sleep(0.02)
