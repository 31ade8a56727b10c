"""A store in a temporary folder, and trips to bring into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.data.store import Store
from tidemill.access import Caller, Role
from tidemill.core import ManualClock
from tidemill.data import Datasets, Source, not_null, source
from tidemill.storage import LocalBlobs
from tidemill.storage.schema import open_database


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    clock = ManualClock(datetime(2013, 3, 1, tzinfo=UTC))
    database = open_database(tmp_path / "home" / "tidemill.db", clock)
    blobs = LocalBlobs(tmp_path / "home" / "blobs")
    caller = Caller("ann", "default", Role.EDITOR)
    yield Store(database, blobs, Datasets(database, blobs, clock), caller, tmp_path / "project")
    database.close()


@pytest.fixture
def trips() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "trip_id": ["a", "b", "c"],
            "started_at": [datetime(2013, 1, day, 12) for day in (1, 2, 3)],  # noqa: DTZ001 - files rarely say their zone
            "distance": [10, 250, 3],
            "city": ["Oslo", None, "Rome"],
        }
    )


@pytest.fixture
def trip_source() -> Source:
    return source("trips", "data/*.parquet", key="trip_id", event_time="started_at", checks=[not_null("distance")])
