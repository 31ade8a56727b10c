"""A served model on a clock of its own: parcels are asked for by the data plane's own log, labels come when told to."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from tests.small_project import ANN, open_project, write_project
from tidemill.core import ManualClock, new_ids
from tidemill.feedback import NewLabel
from tidemill.models import load_predictor, predict_frame
from tidemill.monitoring import Drift, Monitor, Performance, WindowRecord, drift, performance
from tidemill.release import run_and_release
from tidemill.serving.log_writer import Entry, LogLimits, LogWriter
from tidemill.serving.records import PredictionsRecord, RevisionRecord, encode_record
from tidemill.serving.worker_slot import take_slot
from tidemill.storage.online_values import encode_value
from tidemill.workspace import Workspace

DAY = timedelta(days=1)
WEEK = 7 * DAY
#: A Monday after all training rows.
START = datetime(2013, 3, 4, tzinfo=UTC)
WATCHED: tuple[Drift, Performance] = (
    drift(min_rows=50),
    performance("auc", label_delay="1d", min_labelled=50),
)


@dataclass
class World:
    """One endpoint, `late`, that serves `late/1`."""

    workspace: Workspace
    clock: ManualClock
    writer: LogWriter
    chance: random.Random = field(default_factory=lambda: random.Random(3))
    n: int = 0

    def ask(
        self, day: datetime, n: int = 100, *, weight: float = 0.0, at: datetime | None = None, model: str = "late/1"
    ) -> list[str]:
        """Let the model answer parcels spread over a day; return the prediction ids. weight: added to each."""
        rows = []
        for index in range(n):
            self.n += 1
            rows.append(
                {
                    "parcel_id": f"q{self.n}",
                    "sent_at": (day + index * DAY / n).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "depot": self.chance.choice("ABC"),
                    "weight": round(self.chance.uniform(0.1, 20) + weight, 2),
                }
            )
        return self.log(rows, at or day + DAY, model)

    def log(self, rows: Sequence[dict[str, Any]], at: datetime, model: str = "late/1") -> list[str]:
        """Log one request of these rows, recorded at an instant."""
        self.clock.set(max(at, self.clock.now()))
        ids = new_ids(len(rows))
        loads = [float(sum(self.chance.random() < 1 / 3 for _ in range(32))) for _ in rows]
        frame = pl.DataFrame(rows).with_columns(pl.Series("n_sent", loads))
        registry = self.workspace.registry
        known = {version.reference for version in registry.list_versions(ANN, "late")}
        package = registry.load_package(registry.get(ANN, model if model in known else "late/1"))
        revision = RevisionRecord(1, model, "sent_at", "parcel_id", (("depot_load", ("n_sent",)),))
        record = PredictionsRecord(
            round(at.timestamp() * 1e6),
            1,
            bytes.fromhex("".join(ids)),
            predict_frame(load_predictor(package), frame).tolist(),
            msgspec.json.encode({"rows": list(rows)}),
            [[encode_value(at, [load]) for load in loads]],
        )
        entry = Entry(revision, encode_record(record), len(ids))
        self.writer.append_normal(self.writer.endpoint("default", "late"), [entry])
        self.workspace.logged.catch_up("default", "late")
        return ids

    def label(self, ids: Sequence[str], at: datetime, *, correct: bool = False) -> None:
        """Give labels that the model ranks better than chance."""
        self.clock.set(max(at, self.clock.now()))
        labels = [NewLabel(id_, self.chance.random() < 0.5, at) for id_ in ids]
        self.workspace.feedback.record(ANN, labels, correct=correct)

    def look(self, monitors: Sequence[Monitor] = WATCHED) -> list[WindowRecord]:
        """Evaluate what is due."""
        self.workspace.logged.catch_up("default", "late")
        return self.workspace.monitoring.evaluate(ANN, "late", monitors)


def open_world(folder: Path) -> World:
    """Release the small project's model on a standing clock."""
    write_project(folder)
    clock = ManualClock(START)
    workspace, project = open_project(folder, clock)
    released = run_and_release(workspace, project, ANN, None)
    assert released.releases[0].revision is not None
    root = workspace.home / "predictions"
    root.mkdir(parents=True, exist_ok=True)
    writer = LogWriter(root, take_slot(root), lambda _: None, LogLimits())
    writer.start()
    return World(workspace, clock, writer)
