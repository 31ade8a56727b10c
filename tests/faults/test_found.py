"""Defects that the faults of this folder have found, each with a test of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tidemill.core import SystemClock
from tidemill.storage import ProcessLocks
from tidemill.storage.schema import open_database

_HOLD = "import sys; from pathlib import Path; from tidemill.storage import ProcessLocks; "
_HOLD += "ProcessLocks(Path(sys.argv[1])).hold('run'); sys.stdout.flush()"

#: Makes a store where no file may be longer than so many bytes.
_MAKE = """
import resource, sys
from pathlib import Path
from tidemill.core import SystemClock
from tidemill.storage.schema import open_database
most_bytes = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
try:
    open_database(Path(sys.argv[1]) / "records.db", SystemClock())
except Exception as error:
    sys.stdout.write(f"{type(error).__name__} {error}\\n")
"""


def test_a_lock_whose_bytes_a_power_cut_took_is_of_a_dead_process(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _HOLD, str(tmp_path)], check=True)
    for content in (b"", bytes(40)):
        (tmp_path / "run.lock").write_bytes(content)
        assert ProcessLocks(tmp_path).is_dead("run")


def test_a_lock_of_another_machine_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_bytes(b"elsewhere")
    assert not ProcessLocks(tmp_path).is_dead("run")


@pytest.mark.parametrize("most_bytes", [0, 5_000, 40_000])
def test_a_store_that_cannot_be_made_is_told_of_in_our_words(tmp_path: Path, most_bytes: int) -> None:
    made = subprocess.run(
        [sys.executable, "-c", _MAKE, str(tmp_path), str(most_bytes)], check=True, capture_output=True, text=True
    )
    assert made.stdout.startswith(f"UnavailableError the store {tmp_path / 'records.db'} cannot be made ("), made
    assert made.stdout.count("\n") == 1
    open_database(tmp_path / "records.db", SystemClock()).close()  # nothing by half stands in the way
