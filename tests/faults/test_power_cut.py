"""The power goes: what was acknowledged before is on the disk, and no operation is there by half.

`make test` cuts once after each of the twelve acknowledgements and at six moments of chance under load.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from tests.faults.disks import Disk
from tests.faults.power import PowerCuts
from tests.faults.scenario import OPERATIONS
from tests.faults.table import note_missing, note_row
from tests.faults.test_sweep import expect_none
from tests.faults.trials import Bench, Fault

Note = Callable[[str, object], None]
_WITHOUT = "loop mounts are not allowed here: instead of power cuts, kills at failpoints of fsync stood in"


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


def test_after_each_acknowledgement_the_power_may_go(bench: Bench, disk: Disk | None, record_property: Note) -> None:
    if disk is None:
        _stand_in(bench, record_property)
        return
    outcomes = PowerCuts(bench, disk).after_each()
    assert len(outcomes) == len(OPERATIONS)
    note_row(record_property, "power cut after each acknowledgement", outcomes)
    expect_none(outcomes)


def test_under_load_the_power_may_go_at_any_moment(bench: Bench, disk: Disk | None, record_property: Note) -> None:
    _cut_at_random(bench, disk, 6, record_property)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_three_hundred_power_cuts(bench: Bench, disk: Disk | None, record_property: Note) -> None:
    _cut_at_random(bench, disk, 300, record_property)


def _cut_at_random(bench: Bench, disk: Disk | None, n: int, record_property: Note) -> None:
    if disk is None:
        _stand_in(bench, record_property)
        return
    cuts, chance = PowerCuts(bench, disk), random.Random(bench.seed)
    outcomes = [cuts.at_moment(Fault("cut", "moment", chance.randint(5, 700))) for _ in range(n)]
    note_row(record_property, "power cut at a moment under load", outcomes)
    expect_none(outcomes)


def _stand_in(bench: Bench, record_property: Note) -> None:
    note_missing(record_property, _WITHOUT)
    expect_none([bench.trial(Fault("kill", "sync", n)) for n in range(1, 9)])
