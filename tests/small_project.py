"""A small real project: parcels that arrive late or not, one feature view, LightGBM, one endpoint."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import Clock, load_settings
from tidemill.project import Project, load_project
from tidemill.release import Released, run_and_release
from tidemill.workspace import Workspace

ANN = Caller("ann", role=Role.ADMIN)
MODULE = '''
"""Will a parcel be late?"""

import polars as pl

import tidemill as tm


@tm.source(files="data/*.csv", key="parcel_id", event_time="sent_at", checks=[tm.not_null("depot")])
def parcels(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(pl.col("sent_at").str.to_datetime(time_zone="UTC"))


@tm.feature_view(entity=tm.entity("depot", key="depot"), source=parcels, ttl="30d")
def depot_load(parcels: pl.LazyFrame) -> pl.LazyFrame:
    day = pl.col("sent_at").dt.truncate("1d") + pl.duration(days=1)
    return parcels.group_by("depot", day.alias("event_at")).agg(pl.len().cast(pl.Float64).alias("n_sent"))


@tm.step
def train(rows: tm.TrainingSet, n_trees: int):
    from lightgbm import LGBMClassifier

    known = rows.labelled()
    model = LGBMClassifier(n_estimators=n_trees, num_leaves=7, random_state=1, deterministic=True, n_jobs=1, verbose=-1)
    return model.fit(known.pandas(), known.y)


@tm.pipeline
def lateness(n_trees: int = 20):
    rows = tm.training_set(parcels, columns=["depot", "weight"], features=[depot_load], label="late")
    fit, holdout = tm.split_by_time(rows, holdout="10d")
    model = train(fit, n_trees)
    report = tm.evaluate(model, holdout, slices=["depot"])
    return tm.candidate(model, report, fit, holdout)


gate = [tm.at_least("auc", MINIMUM), tm.no_worse_than("champion", margin=0.05)]
late = tm.endpoint("late", pipeline=lateness, gate=gate, description="arrives late")
'''


def write_project(folder: Path, minimum: float = 0.6, n_rows: int = 1500) -> None:
    """Write the module and its data."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "tidemill.toml").write_text('module = "parcels.py"\n')
    (folder / "parcels.py").write_text(MODULE.replace("MINIMUM", str(minimum)))
    chance = random.Random(7)
    start = datetime(2013, 1, 1, tzinfo=UTC)
    lines = ["parcel_id,sent_at,depot,weight,late"]
    for number in range(n_rows):
        depot, weight = chance.choice("ABC"), round(chance.uniform(0.1, 20), 2)
        late = chance.random() < 0.1 + (0.5 if depot == "B" else 0.0) + 0.015 * weight
        sent_at = start + timedelta(minutes=45 * number)
        label = "" if chance.random() < 0.03 else str(late).lower()
        lines.append(f"p{number},{sent_at:%Y-%m-%dT%H:%M:%S},{depot},{weight},{label}")
    (folder / "data" / "2013.csv").write_text("\n".join(lines) + "\n")


def open_project(folder: Path, clock: Clock | None = None, home: Path | None = None) -> tuple[Workspace, Project]:
    """Open the store beside the project and import its module."""
    settings = load_settings(folder, environ={}, home=home)
    return open_workspace(folder, settings, clock), load_project(folder, settings)


def release(folder: Path, **params: object) -> tuple[Workspace, Released]:
    """Run the pipeline and release what it offers."""
    workspace, project = open_project(folder)
    return workspace, run_and_release(workspace, project, ANN, None, params)
