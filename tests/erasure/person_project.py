"""A small project about persons: orders of customers, a view of each customer, an endpoint, and marks to look for."""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from tests.serving_process import serving
from tests.small_project import ANN
from tidemill.access import Caller
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import load_settings
from tidemill.features import TrainingSet
from tidemill.feedback import NewLabel
from tidemill.project import Project, load_project
from tidemill.release import run_and_release
from tidemill.workspace import Workspace

#: The customer who asks to be forgotten, what was noted of her, and one of her orders.
MARK, NOTE, ORDER = "cust-ZQ81772-anna", "memo-XK55190-anna", "order-PW30417"
OTHER = "cust-000003"
MODULE = '''
"""Will an order be late?"""

import polars as pl

import tidemill as tm


@tm.source(files="data/*.csv", key="order_id", event_time="sent_at")
def orders(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(pl.col("sent_at").str.to_datetime(time_zone="UTC"))


@tm.feature_view(entity=tm.entity("customer", key="customer"), source=orders, ttl="400d")
def customer_spent(orders: pl.LazyFrame) -> pl.LazyFrame:
    day = pl.col("sent_at").dt.truncate("1d") + pl.duration(days=1)
    return orders.group_by("customer", day.alias("event_at")).agg(pl.col("price").mean().alias("mean_price"))


@tm.step
def cheap(rows: tm.TrainingSet) -> list[str]:
    return rows.frame["order_id"].to_list()


@tm.step
def train(rows: tm.TrainingSet, names: list[str]):
    from lightgbm import LGBMClassifier

    known = rows.labelled()
    model = LGBMClassifier(n_estimators=10, num_leaves=5, random_state=1, deterministic=True, n_jobs=1, verbose=-1)
    return model.fit(known.pandas(), known.y)


@tm.pipeline
def lateness():
    rows = tm.training_set(orders, columns=["weight"], features=[customer_spent], label="late")
    fit, holdout = tm.split_by_time(rows, holdout="10d")
    model = train(fit, cheap(fit))
    return tm.candidate(model, tm.evaluate(model, holdout), fit, holdout)


late = tm.endpoint("late", pipeline=lateness, gate=[tm.at_least("auc", 0.5)], description="arrives late")
'''


def write_person_project(folder: Path, n_rows: int = 900, toml: str = "") -> None:
    """Write the module and two files of orders; the marked customer is in both, early and late."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "tidemill.toml").write_text(f'module = "orders.py"\n{toml}')
    (folder / "orders.py").write_text(MODULE)
    chance = random.Random(3)
    start = datetime(2013, 1, 1, tzinfo=UTC)
    lines = []
    for number in range(n_rows):
        marked = number % 50 == 7
        customer = MARK if marked else f"cust-{chance.randrange(40):06d}"
        order = f"{ORDER}-{number}" if marked else f"o{number}"
        weight = round(chance.uniform(0.1, 20), 2)
        late = str(chance.random() < 0.05 + 0.045 * weight).lower()
        note = NOTE if marked else "none"
        at = start + timedelta(minutes=60 * number)
        lines.append(
            f"{order},{at:%Y-%m-%dT%H:%M:%S},{customer},{weight},{round(chance.uniform(1, 90), 2)},{note},{late}"
        )
    header = "order_id,sent_at,customer,weight,price,note,late"
    for name, some in (("a", lines[: n_rows // 2]), ("b", lines[n_rows // 2 :])):
        (folder / "data" / f"{name}.csv").write_text("\n".join([header, *some]) + "\n")


def open_person_project(folder: Path) -> tuple[Workspace, Project]:
    """Open the store beside the project and import its module."""
    settings = load_settings(folder, environ={})
    return open_workspace(folder, settings), load_project(folder, settings)


def live_through(folder: Path, caller: Caller = ANN) -> tuple[Workspace, list[str]]:
    """Run, release, materialize, predict for marked and other customers, and label; return the marked predictions."""
    workspace, project = open_person_project(folder)
    run_and_release(workspace, project, caller, None)
    rows = [
        {"order_id": f"{ORDER}-n{n}" if n % 3 == 0 else f"n{n}", "sent_at": "2013-03-02T08:00:00Z", "weight": 1.5 * n}
        | {"customer": MARK if n % 3 == 0 else OTHER}
        for n in range(12)
    ]
    with serving(workspace.home, "late") as address, Client(address) as client:
        answers = client.predict("late", rows, request_id=f"r-{MARK}")
        alone = client.predict("late", [rows[0] | {"order_id": f"{ORDER}-17"}])
    workspace.logged.catch_up("default", "late")
    workspace.feedback.record(caller, [NewLabel(answer.prediction_id, True) for answer in answers])
    marked = [answer.prediction_id for number, answer in enumerate(answers) if number % 3 == 0]
    return workspace, [*marked, alone[0].prediction_id]


@dataclass(frozen=True)
class Lived:
    """A project that has lived in a folder, and the ids of the marked predictions."""

    folder: Path
    marked: list[str]

    @classmethod
    def make(cls, folder: Path, toml: str = "") -> Lived:
        """Write a project and live through it."""
        write_person_project(folder, toml=toml)
        workspace, marked = live_through(folder)
        workspace.database.close()
        return cls(folder, marked)

    def copy_to(self, folder: Path) -> tuple[Workspace, list[str]]:
        """Return a copy of it, opened."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return open_person_project(folder)[0], self.marked


def places_of(folder: Path, *words: str) -> Iterator[str]:
    """Yield each file below a folder that holds one of these words in any of its bytes, compressed columns read too."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        data += unpacked(data)
        yield from (f"{path.relative_to(folder)}: {word}" for word in words if word.encode() in data)


def unpacked(data: bytes) -> bytes:
    """Return what Parquet and training sets say when they are read, since their bytes are compressed."""
    if data.startswith(b"PAR1"):
        return pl.read_parquet(io.BytesIO(data)).write_csv().encode()
    try:
        return TrainingSet.from_bytes(data).frame.write_csv().encode()
    except Exception:  # noqa: BLE001 - another kind of file
        return b""
