"""Rows made up after flights, and models trained on them as a user would."""

from __future__ import annotations

from functools import cache
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

CARRIERS = ["AA", "B6", "DL", "UA", "WN", "zé né"]
N = 4_000


@cache
def flights() -> pl.DataFrame:
    """Two text columns, two numbers, with nulls in each kind."""
    rng = np.random.default_rng(7)
    rate = rng.random(N)
    rows = pl.DataFrame(
        {
            "carrier": rng.choice(CARRIERS, N),
            "dest": [f"D{i:03d}" for i in rng.integers(0, 60, N)],
            "distance": rng.gamma(3, 300, N).round(0),
            "hour": rng.integers(0, 24, N),
            "late rate": np.where(rng.random(N) < 0.1, np.nan, rate),
        }
    )
    nulled = pl.int_range(pl.len()) % 50 == 0
    return rows.with_columns(
        pl.when(nulled).then(None).otherwise(pl.col("carrier")).alias("carrier"),
        pl.col("late rate").fill_nan(None),
    )


@cache
def late() -> NDArray[np.int64]:
    """A label that depends on every column."""
    rows = flights()
    score = (
        (rows["carrier"] == "UA").fill_null(value=False).to_numpy() * 1.0
        + rows["hour"].to_numpy() / 12
        - 1.5
        + np.sin(rows["distance"].to_numpy() / 300)
        + rows["late rate"].fill_null(0.0).to_numpy()
        + (rows["dest"] < "D020").to_numpy() * 0.8
    )
    rng = np.random.default_rng(8)
    is_late: NDArray[np.int64] = (rng.random(N) < 1 / (1 + np.exp(-score))).astype(np.int64)
    return is_late


def pandas(rows: pl.DataFrame) -> Any:
    """Text columns as pandas categories, which is what LightGBM takes."""
    frame = rows.to_pandas()
    for name, dtype in rows.schema.items():
        if dtype == pl.String:
            frame[name] = frame[name].astype("category")
    return frame


def classifier(**settings: Any) -> Any:
    """A trained LGBMClassifier on the first 3,000 rows."""
    model = lightgbm.LGBMClassifier(**{"n_estimators": 40, "verbose": -1, "n_jobs": 2, **settings})
    return model.fit(pandas(flights())[:3000], late()[:3000])


def regressor(**settings: Any) -> Any:
    """A trained LGBMRegressor of delay minutes on the first 3,000 rows."""
    model = lightgbm.LGBMRegressor(**{"n_estimators": 40, "verbose": -1, "n_jobs": 2, **settings})
    return model.fit(pandas(flights())[:3000], minutes()[:3000])


@cache
def minutes() -> NDArray[np.float64]:
    """A number to predict, zero or more."""
    rng = np.random.default_rng(9)
    distance: NDArray[np.float64] = flights()["distance"].to_numpy()
    return (distance * 0.1 + late() * 20 + rng.normal(size=N)).clip(0)
