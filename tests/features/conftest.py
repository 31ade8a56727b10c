"""A feature store in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.features.store import Store
from tidemill.access import Caller, Role
from tidemill.core import ManualClock
from tidemill.features import FeatureStore
from tidemill.storage import SqliteKeyValue
from tidemill.storage.schema import open_database


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    clock = ManualClock(datetime(2013, 3, 1, tzinfo=UTC))
    database = open_database(tmp_path / "tidemill.db", clock)
    online = SqliteKeyValue(tmp_path / "online.db")
    yield Store(database, online, FeatureStore(database, online, clock), Caller("ann", "default", Role.EDITOR))
    database.close()
