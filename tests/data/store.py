"""A store in a temporary folder, with the verbs that the tests of this room ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tidemill.access import Caller
from tidemill.data import Datasets, DatasetVersion, Source
from tidemill.storage import LocalBlobs
from tidemill.storage.events import EventQuery, read_events
from tidemill.storage.records import Database


@dataclass(frozen=True)
class Store:
    database: Database
    blobs: LocalBlobs
    datasets: Datasets
    caller: Caller
    root: Path

    def write(self, file: str, rows: pl.DataFrame) -> Path:
        path = self.root / "data" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            rows.write_parquet(path)
        elif path.suffix == ".csv":
            rows.write_csv(path)
        else:
            rows.write_ndjson(path)
        return path

    def event_kinds(self) -> list[str]:
        events = self.database.read(lambda tx: read_events(tx, self.caller.project, EventQuery()))
        return [event.kind for event in events]

    def ingest(self, source: Source) -> DatasetVersion:
        return self.datasets.ingest(self.caller, source, self.root)
