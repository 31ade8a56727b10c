"""A store as a test looks into it."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import sqlalchemy as sa

from tidemill.access import local_caller
from tidemill.core import Settings, SystemClock
from tidemill.recording import SyncReport, sync
from tidemill.storage import InFlight
from tidemill.storage.stores import Place, open_store
from tidemill.tracking import Artifacts, MetricPoint, RunDetail, Tracking
from tidemill.tracking._tables import run_table

ANN = local_caller()


class Quiet(TypedDict):
    """What keeps a run to what a test logs."""

    capture: bool
    system_metrics: bool


QUIET: Quiet = {"capture": False, "system_metrics": False}


class Stored:
    """The store in a folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = open_store(Place(home), SystemClock())
        self.tracking = Tracking(self.store.database)
        self.artifacts = Artifacts(self.store.database, self.store.blobs, InFlight(home / "in_flight"))

    def close(self) -> None:
        """Close it."""
        self.store.database.close()

    def run(self, run_id: str) -> RunDetail:
        """Return a run with what it logged."""
        return self.tracking.get_run(ANN, run_id)

    def points(self, run_id: str, key: str) -> list[MetricPoint]:
        """Return every point of a metric."""
        found: list[MetricPoint] = []
        while page := self.tracking.metric_history(ANN, run_id, key, found[-1] if found else None):
            found += page
        return found

    def artifact(self, run_id: str, path: str) -> bytes:
        """Return a file of a run."""
        with self.artifacts.open(ANN, run_id, path) as file:
            return file.read()

    def sync(self) -> SyncReport:
        """Bring what waits in its journals."""
        return sync(Settings(home=self.home), {})

    def waiting(self) -> list[str]:
        """Return the names of what is left of journals; a lock without one is swept away later."""
        folder = self.home / "journals"
        return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock") if folder.is_dir() else []

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        now = sa.update(run_table).where(run_table.c.id == run_id).values(deleted_at="2026-01-01T00:00:00.000000Z")
        self.store.database.write(lambda tx: tx.execute(now).close())
