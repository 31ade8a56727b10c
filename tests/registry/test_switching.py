"""One champion at every moment: many read an alias while it is switched (RELIABILITY R2), on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.postgres import postgres, postgres_url
from tests.small_project import ANN
from tidemill.core import SystemClock
from tidemill.registry import Catalogue, NewVersion, Registry
from tidemill.storage import LocalBlobs
from tidemill.storage.records import Database
from tidemill.storage.schema import open_database

__all__ = ["postgres", "postgres_url"]

N_READERS = 4


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "records.db", SystemClock())
    yield database
    database.close()


@pytest.fixture
def on_postgres(postgres_url: str, tmp_path: Path) -> Iterator[Database]:
    database = open_database(postgres_url, SystemClock(), tmp_path)
    yield database
    database.close()


def _race(database: Database, tmp_path: Path, n_switches: int, n_reads: int) -> None:
    """Switch the champion to and fro while readers read: every read sees one, and it is one that was there."""
    registry, catalogue = Registry(database, LocalBlobs(tmp_path / "blobs")), Catalogue(database)
    catalogue.create_model(ANN, "delay")
    for _ in range(2):
        catalogue.create_version(ANN, NewVersion("delay", source="s3://b/x"))
    registry.promote(ANN, "delay/1")
    left = threading.Semaphore(n_reads)
    seen: list[int] = []

    def read() -> None:
        while left.acquire(blocking=False):
            version = registry.get(ANN, "delay@champion")
            model = catalogue.get_model(ANN, "delay")
            assert version.aliases == ("champion",)
            assert set(model.aliases) == {"champion"}
            seen.append(version.version)

    with ThreadPoolExecutor(N_READERS) as pool:
        readers = [pool.submit(read) for _ in range(N_READERS)]
        for number in range(n_switches):
            moved = registry.promote(ANN, f"delay/{2 - number % 2}")
            assert (moved.changed, moved.previous) == (True, 1 + number % 2)
        for reader in readers:
            reader.result()
    assert len(seen) == n_reads
    assert set(seen) <= {1, 2}
    promotions = [registry.promotion_of(ANN, f"delay/{version}") for version in (1, 2)]
    assert all(each is not None and each.alias == "champion" for each in promotions)


def test_an_alias_on_sqlite(on_sqlite: Database, tmp_path: Path) -> None:
    _race(on_sqlite, tmp_path, n_switches=100, n_reads=1000)


def test_an_alias_on_postgresql(on_postgres: Database, tmp_path: Path) -> None:
    _race(on_postgres, tmp_path, n_switches=30, n_reads=300)


@pytest.mark.long
def test_ten_thousand_reads_during_a_thousand_switches_on_sqlite(on_sqlite: Database, tmp_path: Path) -> None:
    _race(on_sqlite, tmp_path, n_switches=1000, n_reads=10_000)


@pytest.mark.long
def test_ten_thousand_reads_during_a_thousand_switches_on_postgresql(on_postgres: Database, tmp_path: Path) -> None:
    _race(on_postgres, tmp_path, n_switches=1000, n_reads=10_000)
