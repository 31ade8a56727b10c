"""The small project after a month of answers, with labels for most of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.serving_process import serving
from tests.small_project import ANN, release, write_project
from tidemill.client import Client
from tidemill.core import from_iso
from tidemill.feedback import NewLabel
from tidemill.workspace import Workspace

#: The rows of the project end on 2013-02-16; their last ten days are the candidates' holdout.
START = datetime(2013, 2, 10, tzinfo=UTC)
N_ROWS = 900
GATE = 'tm.no_worse_than("champion", margin=0.05'
LATEST = GATE + ', rows="latest_labelled"'


def write_answered(folder: Path) -> Workspace:
    """Write the project, release its first version, and answer a row each 45 minutes from 2013-02-10 on."""
    write_project(folder)
    edit(folder, GATE, LATEST)
    workspace, _ = release(folder)
    ask(workspace, range(N_ROWS))
    return workspace


def ask(workspace: Workspace, numbers: range) -> None:
    """Have the endpoint answer a row each 45 minutes."""
    chance = random.Random(numbers.start + 3)
    rows = [
        {
            "depot": chance.choice("ABC"),
            "weight": round(chance.uniform(0.1, 20), 2),
            "sent_at": f"{START + timedelta(minutes=45 * number):%Y-%m-%dT%H:%M:%SZ}",
            "parcel_id": f"q{number}",
        }
        for number in numbers
    ]
    with serving(workspace.home, "late") as address, Client(address) as client:
        for at in range(0, len(rows), 300):
            client.predict("late", rows[at : at + 300])


def labels(workspace: Workspace, n: int = N_ROWS, *, wrong: bool = False) -> Iterator[NewLabel]:
    """Yield the labels of the last `n` answers a day after each; wrong: the other way round."""
    chance = random.Random(5)
    for each in reversed(workspace.predictions.recent(ANN, "late", n)):
        late = chance.random() < 0.1 + (0.5 if each.row["depot"] == "B" else 0.0) + 0.015 * each.row["weight"]
        at = from_iso(each.row["sent_at"]) + timedelta(days=1)
        yield NewLabel(each.prediction_id, late != wrong, at)


def edit(folder: Path, old: str, new: str) -> None:
    """Change the project's module."""
    module = folder / "parcels.py"
    text = module.read_text()
    assert old in text
    module.write_text(text.replace(old, new))
