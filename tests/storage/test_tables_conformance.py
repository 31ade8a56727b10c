"""Every store of tables against the one suite."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.object_store import FaultProxy
from tidemill.core import SystemClock
from tidemill.storage.tables.delta_tables import DeltaTables
from tidemill.storage.tables.object_table_files import open_table_files
from tidemill.storage.tables.port import Tables
from tidemill.testing import TablesConformance

_TWO_DAYS_S = 2 * 86_400


class TestLocalTables(TablesConformance):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return str(tmp_path / "tables")

    @pytest.fixture
    def tables(self, url: str) -> Tables:
        return DeltaTables(open_table_files(url), SystemClock())

    def stored_bytes(self, tables: Tables) -> Iterator[tuple[str, bytes]]:
        for file in _root(tables).rglob("*"):
            if file.is_file() and not file.name.endswith(".lock"):
                yield file.name, file.read_bytes()

    def age(self, tables: Tables) -> int:
        folder = _root(tables) / "t"
        for name in ("part-young.parquet", "part-old.parquet"):
            (folder / name).write_bytes(b"rows")
        then = time.time() - _TWO_DAYS_S
        os.utime(folder / "part-old.parquet", (then, then))
        return 1


class TestObjectTables(TablesConformance):
    """On the S3 endpoint itself."""

    @pytest.fixture
    def url(self, s3_url: str) -> str:
        return s3_url

    @pytest.fixture
    def tables(self, url: str) -> Tables:
        return DeltaTables(open_table_files(url), SystemClock())

    def stored_bytes(self, tables: Tables) -> Iterator[tuple[str, bytes]]:
        files = _files(tables)
        for folder in files.folders():
            for file in files.list(folder):
                yield file.name, files.read(folder, file.name)

    def age(self, tables: Tables) -> int:
        _files(tables).create("t", "part-young.parquet", b"rows")
        return 0  # an object is as old as it is

    @pytest.mark.long
    def test_processes_append_and_are_killed_and_nothing_acknowledged_is_lost(self, tables: Tables, url: str) -> None:
        super().test_processes_append_and_are_killed_and_nothing_acknowledged_is_lost(tables, url)


@pytest.mark.long
@pytest.mark.timeout(600)
class TestObjectTablesBehindFaults(TestObjectTables):
    """Where of a hundred requests fifteen are refused, cut off or answered by half."""

    @pytest.fixture
    def url(self, s3_url: str, s3_endpoint: str) -> Iterator[str]:
        with FaultProxy(s3_endpoint) as proxy:
            yield s3_url.replace(s3_endpoint, proxy.address)


def _files(tables: Tables) -> Any:
    assert isinstance(tables, DeltaTables)
    return tables._files  # past the port on purpose


def _root(tables: Tables) -> Path:
    root: Path = _files(tables)._root
    return root
