"""A nursery of logging processes, and what a store holds of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recording.nursery import Nursery, open_nursery
from tests.recording.stored import Stored


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """A process that forks children which log."""
    with open_nursery() as opened:
        yield opened


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    """A store, to be looked into."""
    opened = Stored(tmp_path / "home")
    yield opened
    opened.close()
