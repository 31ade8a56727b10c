"""What the tests of faults share: one nursery a process, a bench, and what the machine can do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.children import Nursery
from tests.faults.trials import Bench


@pytest.fixture(scope="session")
def seed() -> int:
    """What chance is drawn from; TIDEMILL_SEED names another."""
    return int(os.environ.get("TIDEMILL_SEED", "2013"))


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """A process that forks the children of trials."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def bench(nursery: Nursery, tmp_path: Path, seed: int) -> Bench:
    """Where trials of this test take place."""
    return Bench(nursery, tmp_path / "trial", seed)


@pytest.fixture(scope="session")
def calls(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory, seed: int) -> dict[str, int]:
    """How often an unbroken scenario makes each call; empty where strace is missing or may not attach."""
    try:
        return Bench(nursery, tmp_path_factory.mktemp("calls"), seed).count_calls()
    except OSError:
        return {}
