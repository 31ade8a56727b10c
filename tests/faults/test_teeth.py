"""Each guard and each sync is switched off in turn, in a test build: then the checker must find what was guarded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.disks import Disk
from tests.faults.guards import GUARDS
from tests.faults.power import PowerCuts
from tests.faults.table import note_missing
from tests.faults.trials import Bench, Fault

Note = Callable[[str, object], None]
SYNCS = ("fsync of the records", "fsync of online values", "fsync of files", "fsync of folders")
#: What brings each of the other guards' absence to light: a fault, tried at one call after another.
KILLS = {
    "bytes before their name": [Fault("kill", "write", n) for n in range(3, 9)],
    "bytes before their row": [Fault("kill", "sync", n) for n in range(4, 24, 2)],
    "event in its change's transaction": [Fault("kill", "commit", n) for n in range(2, 14)],
    "commit before the answer": [Fault("kill", "commit", n) for n in range(4, 14)],
    "files replaced, not overwritten": [Fault("kill", "write", n) for n in (11, 10, 12, 9, 13, 8, 14)],
}


def test_every_guard_is_switched_off_by_a_test() -> None:
    assert {*SYNCS, *KILLS} == set(GUARDS)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk | None]:
    disk = Disk(tmp_path_factory.mktemp("disk"))
    try:
        disk.start()
    except OSError:
        disk.stop()
        yield None
        return
    yield disk
    disk.stop()


@pytest.mark.parametrize("guard", SYNCS)
def test_without_a_sync_a_power_cut_loses_what_was_promised(
    bench: Bench, disk: Disk | None, guard: str, record_property: Note
) -> None:
    if disk is None:
        note_missing(record_property, "loop mounts are not allowed here: that syncs matter was not shown")
        return
    outcomes = PowerCuts(bench, disk).after_each((guard,), until_found=True)
    assert outcomes[-1].findings, f"without {guard!r} nothing was lost in {len(outcomes)} power cuts"


@pytest.mark.parametrize("guard", KILLS)
def test_without_a_guard_a_kill_is_found_out(
    bench: Bench, calls: dict[str, int], guard: str, record_property: Note
) -> None:
    faults = KILLS[guard]
    if not calls and any(fault.by_strace for fault in faults):
        note_missing(record_property, f"strace is missing or may not attach: that {guard!r} matters was not shown")
        return
    found = any(bench.trial(fault, (guard,)).findings for fault in faults)
    assert found, f"without {guard!r} {len(faults)} kills were survived as if nothing were missing"
