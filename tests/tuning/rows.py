"""Rows made up for tuning: thirty days, a label that depends on two numbers."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from tidemill.features import TrainingSet

START = datetime(2013, 1, 1, tzinfo=UTC)
PER_DAY = 40


@cache
def rows() -> TrainingSet:
    """1,200 rows of 30 days; one label in fifty never came."""
    n = 30 * PER_DAY
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=n), rng.normal(size=n)
    late = rng.random(n) < 1 / (1 + np.exp(-a - b * b + 1))
    frame = pl.DataFrame(
        {
            "id": [f"r{number}" for number in range(n)],
            "at": [START + timedelta(days=number / PER_DAY) for number in range(n)],
            "a": a,
            "b": b,
            "late": [None if number % 50 == 0 else bool(value) for number, value in enumerate(late)],
        }
    )
    return TrainingSet(frame, "id", "at", "late", ("a", "b"))


def train(fit: TrainingSet, params: dict[str, Any]) -> Any:
    """A small LightGBM model."""
    known = fit.labelled()
    same_again = {"random_state": 1, "deterministic": True, "n_jobs": 1, "verbose": -1}
    model = lightgbm.LGBMClassifier(**{"n_estimators": 15, **params, **same_again})
    return model.fit(known.pandas(), known.y)


def train_unevenly(fit: TrainingSet, params: dict[str, Any]) -> Any:
    """Train, taking longer or shorter by chance, so that trials at once end in any order."""
    time.sleep(os.urandom(1)[0] / 2000)
    if params["num_leaves"] == 5:
        raise ValueError("five leaves are not enough")
    return train(fit, params)
