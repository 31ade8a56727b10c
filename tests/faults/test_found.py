"""Defects that the faults of this folder have found, each with a test of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.checker import KNOWN_DEFECT
from tests.faults.trials import Bench, Fault
from tidemill.storage import ProcessLocks

_HOLD = "import sys; from pathlib import Path; from tidemill.storage import ProcessLocks; "
_HOLD += "ProcessLocks(Path(sys.argv[1])).hold('run'); sys.stdout.flush()"


def test_a_lock_whose_bytes_a_power_cut_took_is_of_a_dead_process(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _HOLD, str(tmp_path)], check=True)
    for content in (b"", bytes(40)):
        (tmp_path / "run.lock").write_bytes(content)
        assert ProcessLocks(tmp_path).is_dead("run")


def test_a_lock_of_another_machine_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_bytes(b"elsewhere")
    assert not ProcessLocks(tmp_path).is_dead("run")


@pytest.mark.xfail(strict=True, reason="schema._create passes SQLite's own error on; it should be UnavailableError")
def test_a_store_that_cannot_be_made_is_told_of_in_our_words(bench: Bench) -> None:
    bench.trial(Fault("ENOSPC", "open", 1))  # warms the bench: its folder and its record are there
    outcome = bench.trial(Fault("EIO", "pwrite64", 36))
    assert KNOWN_DEFECT not in (bench.folder / "acknowledged").read_text("utf-8"), outcome
