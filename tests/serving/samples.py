"""Models and snapshots for the tests of serving: small, real, trained in a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from tidemill.models import ModelPackage, package_model
from tidemill.serving import OnlineView, RequestColumn, Snapshot, write_snapshot

CARRIERS = ("AA", "B6", "DL", "UA", "WN")
REQUEST = (
    RequestColumn("carrier", "string", nullable=False),
    RequestColumn("hour", "integer", nullable=False),
    RequestColumn("distance", "number"),
)
VIEW = OnlineView("carrier_delay", ("carrier",), ("late_rate_7d",), ("number",), ttl_s=86_400)
ROW: dict[str, Any] = {"carrier": "UA", "hour": 7, "distance": 1400.5}


def sample_rows(n: int, seed: int, *, with_view: bool = False) -> pl.DataFrame:
    """Rows of carrier, hour, distance and, on demand, the feature of the view."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "carrier": random.choice(CARRIERS, n),
        "hour": random.integers(0, 24, n),
        "distance": np.where(random.random(n) < 0.1, np.nan, random.uniform(80, 5000, n)),
    }
    if with_view:
        columns["late_rate_7d"] = random.random(n)
    return pl.DataFrame(columns)


def train(seed: int = 1, *, with_view: bool = False) -> ModelPackage:
    """Train a small classifier and package it."""
    fit = sample_rows(600, seed, with_view=with_view)
    score = fit["hour"].to_numpy() / 24 + (fit["carrier"] == "UA").to_numpy() * 0.5
    if with_view:
        score = score + fit["late_rate_7d"].to_numpy()
    noise = np.random.default_rng(seed + 99).normal(0, 0.2, len(fit))
    frame = fit.to_pandas()
    frame["carrier"] = frame["carrier"].astype("category")
    model = lightgbm.LGBMClassifier(n_estimators=12, num_leaves=7, verbose=-1, n_jobs=1, random_state=seed)
    model.fit(frame, score + noise > np.median(score))
    return package_model(model, fit, sample_rows(300, seed + 1, with_view=with_view))


def snapshot_of(package: ModelPackage, revision: int = 1, **changes: Any) -> Snapshot:
    """A snapshot of the endpoint default/delay that serves the package."""
    values: dict[str, Any] = {
        "project": "default",
        "endpoint": "delay",
        "revision": revision,
        "model": f"delay/{revision}",
        "package_digest": package.digest,
        "files": package.file_digests,
        "runtime": "onnx",
        "request": REQUEST,
        "event_time": "scheduled_at",
        "key": "flight_id",
        **changes,
    }
    return Snapshot(**values)


def deploy(home: Path, package: ModelPackage, revision: int = 1, **changes: Any) -> Snapshot:
    """Write a snapshot of the package under a home."""
    snapshot = snapshot_of(package, revision, **changes)
    write_snapshot(home / "serving", snapshot, package.files)
    return snapshot
