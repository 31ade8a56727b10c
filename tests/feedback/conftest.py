"""A store whose clock is moved by hand, with a prediction log that nobody has written to yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tidemill.access import Caller, Role
from tidemill.core import ManualClock
from tidemill.feedback import Feedback, LoggedRows
from tidemill.storage import LocalBlobs
from tidemill.storage.records import Database
from tidemill.storage.schema import open_database

START = datetime(2013, 3, 4, tzinfo=UTC)
ANN = Caller("ann", role=Role.LABELLER)


@dataclass(frozen=True)
class Store:
    """The feedback room of a store."""

    home: Path
    clock: ManualClock
    database: Database
    logged: LoggedRows
    feedback: Feedback

    @property
    def root(self) -> Path:
        """The prediction log's folder."""
        return self.home / "predictions"

    def again(self) -> Store:
        """The same store as another process sees it."""
        return open_store(self.home, self.clock)

    def blobs(self) -> list[Path]:
        """The files of kept parts."""
        return [path for path in (self.home / "blobs").glob("??/*") if path.is_file()]


def open_store(home: Path, clock: ManualClock) -> Store:
    """Open the room of a store."""
    database = open_database(home / "records.db", clock)
    logged = LoggedRows(database, LocalBlobs(home / "blobs"), home / "predictions", clock)
    return Store(home, clock, database, logged, Feedback(database, logged, clock))


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """An empty store, ten weeks after START."""
    found = open_store(home, ManualClock(START + timedelta(weeks=10)))
    yield found
    found.database.close()
