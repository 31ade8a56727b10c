"""The disk is full: reads go on, nothing is by half, and writes go on within five seconds of free space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults.disks import MountError, small_disk
from tests.faults.fullness import fill_and_free
from tests.faults.table import note_missing, note_row
from tests.faults.test_sweep import expect_none
from tests.faults.trials import Bench, Fault

Note = Callable[[str, object], None]
_WITHOUT = "no file system can be mounted here: instead of a full one, ENOSPC at failpoints in the process stood in"


def test_a_full_disk_is_ridden_out(bench: Bench, tmp_path: Path, record_property: Note) -> None:
    _ride_out(bench, tmp_path, [6 << 20], record_property)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_full_disks_of_many_sizes_are_ridden_out(bench: Bench, tmp_path: Path, record_property: Note) -> None:
    _ride_out(bench, tmp_path, [(5 << 20) + n * 77_000 for n in range(40)], record_property)


def _ride_out(bench: Bench, tmp_path: Path, sizes: Sequence[int], record_property: Note) -> None:
    outcomes = []
    for n_bytes in sizes:
        try:
            with small_disk(tmp_path / "disk", n_bytes):
                outcomes.append(fill_and_free(bench, tmp_path / "disk", n_bytes))
        except MountError:
            note_missing(record_property, _WITHOUT)
            expect_none([bench.trial(Fault("ENOSPC", "statement", n)) for n in range(40, 48)])
            return
    note_row(record_property, "full disk, then free again", outcomes)
    expect_none(outcomes)
