"""A world that changes: parcels become heavier than any the first model has seen, and heavy ones are late.

The project is that of `tests/small_project.py` with monitors and retraining; its requests go to a real data plane, its
labels through the feedback room, a day later; what became of the parcels is written as a new file every night.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.small_project import ANN, open_project, write_project
from tidemill.client import Client
from tidemill.core import Clock
from tidemill.feedback import NewLabel
from tidemill.release import run_and_release
from tidemill.workspace import Workspace

DAY = timedelta(days=1)
#: The Monday after the first data end, and the one from which parcels are heavier.
FIRST, HEAVIER = datetime(2013, 2, 18, tzinfo=UTC), datetime(2013, 3, 4, tzinfo=UTC)
PER_DAY = 32
DECLARED = """
late = tm.endpoint(
    "late",
    pipeline=lateness,
    gate=[tm.at_least("auc", 0.55), tm.no_worse_than("champion", margin=0.02)],
    monitors=[tm.drift(min_rows=100), tm.performance("auc", label_delay="1d", min_labelled=100)],
    retrain=[RETRAIN],
    cool_down="7d",
    description="arrives late",
)
"""


def write_watched_project(folder: Path, retrain: str = "tm.on_drift(), tm.on_drop(0.03)") -> None:
    """Write the small project with an endpoint that is watched and retrains."""
    write_project(folder)
    module = folder / "parcels.py"
    head = (
        module.read_text()
        .partition("gate = [")[0]
        .replace('holdout="10d"', 'holdout="2d"')
        .replace("features=[depot_load], ", "")
    )
    module.write_text(head + DECLARED.replace("RETRAIN", retrain).lstrip())


def release_first(folder: Path, clock: Clock) -> Workspace:
    """Release the first version as of the clock, and return the workspace."""
    workspace, project = open_project(folder, clock)
    released = run_and_release(workspace, project, ANN, None)
    assert released.releases[0].version is not None
    return workspace


@dataclass
class World:
    """Parcels, day by day; the same ones for the same seed."""

    folder: Path
    seed: int = 11
    days: dict[datetime, list[tuple[str, float, bool]]] = field(default_factory=dict)
    ids: dict[datetime, list[str]] = field(default_factory=dict)

    def parcels(self, day: datetime) -> list[tuple[str, float, bool]]:
        """Return depot, weight and lateness of a day's parcels."""
        if day not in self.days:
            chance = random.Random(f"{self.seed} {day.isoformat()}")
            self.days[day] = [self._parcel(chance, heavier=day >= HEAVIER) for _ in range(PER_DAY)]
        return self.days[day]

    def _parcel(self, chance: random.Random, *, heavier: bool) -> tuple[str, float, bool]:
        depot = chance.choice("ABC")
        if heavier:
            weight = round(chance.uniform(20, 60), 2)
            return depot, weight, chance.random() < (0.85 if weight > 40 else 0.1)
        weight = round(chance.uniform(0.1, 20), 2)
        return depot, weight, chance.random() < 0.1 + (0.5 if depot == "B" else 0.0) + 0.015 * weight

    def sent_at(self, day: datetime, index: int) -> datetime:
        """Return when a parcel of a day is sent."""
        return day + index * DAY / PER_DAY

    def ask(self, client: Client, day: datetime) -> None:
        """Ask for a day's predictions in one request."""
        rows = [
            {"depot": depot, "weight": weight, "sent_at": self.sent_at(day, index)}
            for index, (depot, weight, _) in enumerate(self.parcels(day))
        ]
        answers = client.predict("late", rows, request_id=day.isoformat())
        self.ids[day] = [each.prediction_id for each in answers]

    def labels(self, day: datetime) -> list[NewLabel]:
        """Return the labels of a day's predictions, known a day later."""
        parcels = zip(self.ids[day], self.parcels(day), strict=True)
        return [
            NewLabel(id_, late, self.sent_at(day, index) + DAY) for index, (id_, (_, _, late)) in enumerate(parcels)
        ]

    def write_file(self, day: datetime) -> None:
        """Write what became of a day's parcels as a file of the source."""
        lines = ["parcel_id,sent_at,depot,weight,late"]
        for index, (depot, weight, late) in enumerate(self.parcels(day)):
            sent_at = f"{self.sent_at(day, index):%Y-%m-%dT%H:%M:%S}"
            lines.append(f"q{day:%m%d}-{index},{sent_at},{depot},{weight},{str(late).lower()}")
        (self.folder / "data" / f"{day:%Y-%m-%d}.csv").write_text("\n".join(lines) + "\n")
