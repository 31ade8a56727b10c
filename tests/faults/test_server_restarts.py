"""PostgreSQL is stopped at once under load: nothing promised is lost or half done, and clients come back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.acknowledgements import read_lines
from tests.faults.restarts import Restarts
from tests.faults.table import note_row
from tests.faults.test_sweep import expect_none
from tests.postgres import Server, postgres

__all__ = ["postgres"]
Note = Callable[[str, object], None]
_INJECTOR = "PostgreSQL stopped at once under load"


def test_a_server_that_is_stopped_at_once_loses_nothing(
    postgres: Server, tmp_path: Path, seed: int, record_property: Note
) -> None:
    outcomes = Restarts(postgres, tmp_path, seed).ride(3)
    note_row(record_property, _INJECTOR, outcomes)
    expect_none(outcomes)
    assert any(outcome.reached for outcome in outcomes)
    told = [
        line.said["line"] for record in tmp_path.glob("client?") for line in read_lines(record) if line.word == "failed"
    ]
    assert told
    assert all("\n" not in line and ("try again" in line or "before doing it again" in line) for line in told)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_50_stops_at_once_lose_nothing(postgres: Server, tmp_path: Path, seed: int, record_property: Note) -> None:
    outcomes = Restarts(postgres, tmp_path, seed).ride(50)
    note_row(record_property, _INJECTOR, outcomes)
    expect_none(outcomes)


def test_clients_that_do_not_wait_for_their_commits_are_found(postgres: Server, tmp_path: Path, seed: int) -> None:
    for attempt in range(4):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        (outcome,) = Restarts(postgres, folder, seed + attempt, careless=True).ride(1)
        if outcome.findings.lost:
            return
    raise AssertionError("the checker sees no loss where there must be one")
