"""Stores of records that the conformance suites run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tidemill.core import SystemClock
from tidemill.storage.records import Database
from tidemill.storage.schema import open_database
from tidemill.testing.records_conformance import OpenStore


class OnSqlite:
    """SQLite, the default."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        """A file."""
        return lambda: open_database(tmp_path / "records.db", SystemClock())


class OnPostgres:
    """PostgreSQL."""

    @pytest.fixture
    def open_store(self, postgres_url: str, tmp_path: Path) -> Iterator[OpenStore]:
        """A database of its own."""
        opened: list[Database] = []

        def open_one() -> Database:
            opened.append(open_database(postgres_url, SystemClock(), tmp_path))
            return opened[-1]

        yield open_one
        for each in opened:
            each.close()
