"""Tables: killed, or refused by the disk, at every sync, link and opening of an append; then it is tried again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.faults.checker import Findings
from tests.faults.table import note_row
from tests.faults.test_sweep import expect_none
from tests.faults.trials import Outcome
from tidemill.core import SystemClock, TidemillError
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.storage.tables.object_table_files import open_table_files

ROOT = Path(__file__).parents[2]
N_ROWS = 50
#: Appends that are acknowledged one by one, a deletion and a compaction; the fault comes after the first of them.
_CHILD = """
import sys
import polars as pl
from tests.faults.failpoints import set_failpoint
from tidemill.core import SystemClock, TidemillError
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.storage.tables.object_table_files import open_table_files

root, what, at, number, first = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
tables = DeltaTables(open_table_files(root), SystemClock())
tables.create("t", {"round": pl.Int64, "n": pl.Int64})
if what != "none":
    set_failpoint(what, at, number)
for round in range(first, first + 3):
    for _ in range(3):
        try:
            tables.append("t", pl.DataFrame({"round": [round] * 50, "n": range(50)}), once=f"round {round}")
        except (TidemillError, OSError) as error:
            print("refused", type(error).__name__, str(error).replace(chr(10), " "), flush=True)
        else:
            print("done", round, flush=True)
            break
tables.delete_rows("t", "n", [0])
tables.compact("t")
print("end", flush=True)
"""
LONG = (pytest.mark.long, pytest.mark.timeout(1800))
Note = Callable[[str, object], None]


@pytest.mark.parametrize(
    ("what", "at", "numbers"),
    [
        ("kill", "sync", (1, 2, 3, 4, 6, 11)),
        pytest.param("kill", "sync", tuple(range(1, 30)), marks=LONG),
        ("kill", "open", (2, 9)),
        pytest.param("kill", "open", tuple(range(1, 60)), marks=LONG),
        ("ENOSPC", "sync", (1, 3)),
        pytest.param("ENOSPC", "sync", tuple(range(1, 20)), marks=LONG),
        ("EIO", "sync", (3,)),
        pytest.param("EIO", "sync", tuple(range(1, 20)), marks=LONG),
    ],
)
def test_an_append_is_there_whole_and_once_whatever_breaks_it(
    what: str, at: str, numbers: tuple[int, ...], tmp_path: Path, record_property: Note
) -> None:
    outcomes = [_tried(tmp_path / str(number), what, at, number) for number in numbers]
    note_row(record_property, f"tables: {what} at the n-th {at}", outcomes)
    expect_none(outcomes)
    assert outcomes[0].reached


def _tried(place: Path, what: str, at: str, number: int) -> Outcome:
    broken = _played(place, what, at, number)
    outcome = Outcome(f"{what} {at} {number}", 0, broken.returncode != 0 or "refused" in broken.stdout)
    if broken.returncode not in {0, -9} and what == "kill":
        outcome.findings.trouble.append(broken.stderr[-2000:])
    acknowledged = {int(line.split()[1]) for line in broken.stdout.splitlines() if line.startswith("done")}
    _look(place, acknowledged, outcome.findings)
    again = _played(place, "none", at, 0)  # as a client would: the same keys once more
    if again.returncode or "end" not in again.stdout or "refused" in again.stdout:
        outcome.findings.trouble.append(f"not played to its end afterwards: {again.stdout} {again.stderr[-2000:]}")
    _look(place, {0, 1, 2}, outcome.findings)
    return outcome


def _look(place: Path, acknowledged: set[int], findings: Findings) -> None:
    tables = DeltaTables(open_table_files(str(place)), SystemClock())
    try:
        if "t" not in tables.list():
            findings.lost += [f"round {each}: there is no table" for each in acknowledged]
            return
        counts = dict(tables.read("t").collect().group_by("round").len().iter_rows())
        n_versions = [len(tables.read("t", version=each.version).collect()) for each in tables.versions("t")]
    except (TidemillError, OSError, pl.exceptions.PolarsError) as error:
        findings.trouble.append(f"the table cannot be read: {error}")
        return
    findings.lost += [f"round {each}" for each in acknowledged - counts.keys()]
    # Row 0 of each round is deleted at the end.
    findings.half += [f"round {each} has {n} rows" for each, n in counts.items() if n not in {N_ROWS, N_ROWS - 1}]
    findings.half += [f"a version of {n} rows" for n in n_versions if n % N_ROWS and n % (N_ROWS - 1)]


def _played(place: Path, what: str, at: str, number: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _CHILD, str(place), what, at, str(number), "0"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
