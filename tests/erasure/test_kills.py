"""Killed anywhere, an erasure goes on where it stood, and nothing of the entity is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.erasure.person_project import MARK, NOTE, ORDER, Lived, open_person_project, places_of
from tests.small_project import ANN
from tidemill.core import NotFoundError


@pytest.mark.parametrize("step", [14])
def test_killed_at_a_step_it_is_finished(tmp_path: Path, lived: Lived, step: int) -> None:
    assert killed_then_finished(tmp_path, lived, step)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_at_every_step_it_is_finished(tmp_path: Path, lived: Lived) -> None:
    step = 1
    while killed_then_finished(tmp_path / str(step), lived, step):
        step += 1
    assert step > 20, "there are writes of records, blobs and segments"


def killed_then_finished(folder: Path, lived: Lived, step: int) -> bool:
    """Kill an erasure at a step and finish it; False when it had fewer steps."""
    lived.copy_to(folder)[0].database.close()
    command = [sys.executable, "-m", "tests.erasure.killed", str(folder), "customer", MARK, str(step)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr
    workspace, _ = open_person_project(folder)
    requests = workspace.erasures.list(ANN)
    if not requests:  # killed before it was on record: nothing had begun
        workspace.erasures.erase(ANN, [{"customer": MARK}], "request 4711")
    for report in workspace.erasures.finish(ANN):
        assert (report.state, report.waiting) == ("done", ())
    (report,) = workspace.erasures.list(ANN)
    told = workspace.erasures.get(ANN, report.id)
    assert not list(places_of(workspace.home, MARK, NOTE, ORDER)), f"killed at step {step}"
    assert {item.name for item in told.of("prediction")} == set(lived.marked)
    assert told.of("dataset")[0].detail["n_rows"] == 18
    assert all(item.state in {"erased", "beyond", "kept"} for item in told.items), told.items
    version = workspace.datasets.get(ANN, "orders@1")
    assert (version.n_rows_left, sum(mark.n_rows for mark in version.redactions)) == (882, 18)
    assert workspace.audit.verify(ANN).sound
    with pytest.raises(NotFoundError):
        workspace.erasures.get(ANN, "f" * 32)
    workspace.database.close()
    return ended.returncode != 0
