"""Rows with a label that sometimes never came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.features import TrainingSet

START = datetime(2013, 3, 1, tzinfo=UTC)


def training_set(n: int = 1000, unlabelled: int = 50) -> TrainingSet:
    """`n` rows an hour apart of which the first `unlabelled` have no label; "score" is the true probability."""
    rng = np.random.default_rng(21)
    score = rng.random(n)
    late = [None] * unlabelled + (rng.random(n - unlabelled) < score[unlabelled:]).tolist()
    frame = pl.DataFrame(
        {
            "flight_id": [f"f{i}" for i in range(n)],
            "scheduled_at": [START + timedelta(hours=i) for i in range(n)],
            "carrier": pl.Series(rng.choice(["AA", "UA", "HA"], n, p=[0.6, 0.39, 0.01]).tolist()),
            "score": score,
            "late": pl.Series(late, dtype=pl.Boolean),
        }
    )
    return TrainingSet(frame, "flight_id", "scheduled_at", "late", ("carrier", "score"))


def score(x: pl.DataFrame) -> NDArray[np.float64]:
    """Predict the true probability."""
    return x["score"].to_numpy()
