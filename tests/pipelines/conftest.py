"""A sandbox per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.projects import Sandbox, open_sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A project folder with a store, its modules forgotten afterwards."""
    opened = open_sandbox(tmp_path / "project")
    yield opened
    opened.workspace.database.close()
