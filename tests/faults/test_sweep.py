"""One fault at the n-th call of the scenario, for every n: a kill, a full disk, a broken disk.

`make test` takes a seeded sample, `make test-long` all. Where strace is missing, failpoints in the process stand in.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.faults.table import note_missing, note_row
from tests.faults.trials import ERRORS, Bench, Fault, Outcome, sample

Note = Callable[[str, object], None]
_WITHOUT = (
    "strace is missing or may not attach: failpoints in the process stood in for kills and errors at system calls"
)
#: How often an unbroken scenario passes each failpoint, rounded up: what is not reached is not counted as reached.
PASSED = {"statement": 160, "commit": 18, "sync": 36, "rename": 13, "open": 40}


def kills(calls: dict[str, int]) -> list[Fault]:
    """Every kill at every call."""
    return [Fault("kill", at, n) for at, most in (calls or PASSED).items() for n in range(1, most + 1)]


def errors(calls: dict[str, int]) -> list[Fault]:
    """Every error at every call that may give it."""
    if not calls:
        return [Fault(what, at, n) for what in ERRORS for at, most in PASSED.items() for n in range(1, most + 1)]
    return [
        Fault(what, at, n) for what, names in ERRORS.items() for at in names for n in range(1, calls.get(at, 0) + 1)
    ]


def points() -> list[Fault]:
    """Every fault at every failpoint in the process."""
    return [Fault(what, at, n) for what in ("kill", *ERRORS) for at, most in PASSED.items() for n in range(1, most + 1)]


def moments(n: int, seed: int) -> list[Fault]:
    """Kills at moments of chance."""
    chance = random.Random(seed)
    return [Fault("kill", "moment", chance.randint(1, 500)) for _ in range(n)]


def try_all(bench: Bench, faults: list[Fault]) -> list[Outcome]:
    """Try them one by one; fail with the command of the first that is not survived, after all were tried."""
    return [bench.trial(fault) for fault in faults]


def expect_none(outcomes: list[Outcome]) -> None:
    """Fail with the first findings and the command that shows them again."""
    bad = [outcome for outcome in outcomes if outcome.findings]
    assert not bad, f"{len(bad)} of {len(outcomes)} faults were not survived, the first: {bad[0]}"


def test_a_kill_at_a_sample_of_calls(bench: Bench, calls: dict[str, int], seed: int, record_property: Note) -> None:
    _sweep(bench, sample(kills(calls), 10, seed), "kill at the n-th call", (calls, record_property))


def test_an_error_at_a_sample_of_calls(bench: Bench, calls: dict[str, int], seed: int, record_property: Note) -> None:
    _sweep(bench, sample(errors(calls), 8, seed), "ENOSPC or EIO at the n-th call", (calls, record_property))


def test_a_fault_at_a_sample_of_failpoints(bench: Bench, seed: int, record_property: Note) -> None:
    _sweep(bench, sample(points(), 6, seed), "failpoint in the process", ({"any": 1}, record_property))


def test_a_kill_at_any_moment(bench: Bench, seed: int, record_property: Note) -> None:
    _sweep(bench, moments(4, seed), "kill at a moment under load", ({"any": 1}, record_property))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_thousand_kills_at_any_moment(bench: Bench, seed: int, record_property: Note) -> None:
    _sweep(bench, moments(1000, seed), "kill at a moment under load", ({"any": 1}, record_property))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_kill_at_every_call(bench: Bench, calls: dict[str, int], record_property: Note) -> None:
    _sweep(bench, kills(calls), "kill at every call", (calls, record_property))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_an_error_at_every_call(bench: Bench, calls: dict[str, int], record_property: Note) -> None:
    _sweep(bench, errors(calls), "ENOSPC or EIO at every call", (calls, record_property))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_fault_at_every_failpoint(bench: Bench, record_property: Note) -> None:
    _sweep(bench, points(), "failpoint in the process, every one", ({"any": 1}, record_property))


def _sweep(bench: Bench, faults: list[Fault], injector: str, told: tuple[dict[str, int], Note]) -> None:
    calls, record_property = told
    if not calls:
        note_missing(record_property, _WITHOUT)
    outcomes = try_all(bench, faults)
    note_row(record_property, injector, outcomes)
    expect_none(outcomes)
