"""M1: drift of 100,000 rows x 50 columns against a stored reference, beside the exact distances in the same run.

Forty columns of numbers of several shapes, ten of text with 20 levels; the reference was made of as many rows, and is
read from its JSON in every repeat. Ours gives PSI with its usual and its chance limit, missing values, and the
Kolmogorov-Smirnov distance from 257 quantiles; theirs is the exact distance alone, by sorting both samples of each
column of numbers as the definition asks. Both distances must agree within the stated error. The goal is absolute, so it
is scaled by sorting one column again and again: CALIBRATION_MS is what that takes on the reference machine (2 shared
cores, Python 3.11).
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.data import profile, profile_numbers
from tidemill.monitoring import drift
from tidemill.monitoring.column_drift import ServedColumns, measure_drift
from tidemill.monitoring.ks import ERROR
from tidemill.registry import Reference

REPEATS = 7
ENOUGH = 5
GOAL_S = 0.3
N_ROWS = 100_000
N_NUMBERS = 40
N_TEXTS = 10
CALIBRATION_MS = 41.0
CALIBRATION_SORTS = 10
LEVELS = [f"level {index:02d}" for index in range(20)]


@dataclass(frozen=True)
class Repeat:
    """One round, in seconds; `apart` is the largest difference of the two distances of a column."""

    ours: float
    exact: float
    calibration: float
    apart: float

    @property
    def slower(self) -> float:
        """How many times longer than the reference machine this one took just now."""
        return max(1.0, self.calibration * 1000 / CALIBRATION_MS)

    @property
    def holds(self) -> bool:
        """Whether it was quick and exact enough."""
        return self.ours <= GOAL_S * self.slower and self.apart <= ERROR + 1e-9


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    random = np.random.default_rng(1)
    before, now = _rows(random, 0.0), _rows(random, 0.02)
    answers = random.beta(2, 5, N_ROWS)
    stored = Reference(profile(before), profile_numbers(answers), 0.3).to_json()
    served = ServedColumns(now, pl.Series(random.beta(2, 5, N_ROWS)))
    _round(stored, served, before)
    repeats = [_round(stored, served, before) for _ in range(REPEATS)]
    held = sum(repeat.holds for repeat in repeats)
    ours, exact = (statistics.median(getattr(repeat, name) for repeat in repeats) for name in ("ours", "exact"))
    return {
        "id": "M1",
        "what": f"drift of {N_ROWS:,} rows x {N_NUMBERS + N_TEXTS} columns against a stored reference",
        "ours": round(ours * 1000, 1),
        "unit": "ms",
        "against": "exact KS by sorting both samples",
        "theirs": round(exact * 1000, 1),
        "ratio": round(ours / exact, 2),
        "goal": f"<= {GOAL_S * 1000:g} ms, KS within {ERROR:.4f} of the exact distance",
        "holds": held >= ENOUGH,
        "largest_ks_error": round(max(repeat.apart for repeat in repeats), 5),
        "reference_kib": round(len(stored) / 1024),
        "held": f"{held} of {REPEATS}",
        "slower_than_reference": round(statistics.median(repeat.slower for repeat in repeats), 2),
    }


def _rows(random: np.random.Generator, moved: float) -> pl.DataFrame:
    """Return columns of normal, skewed, whole and sparse numbers, and of text."""
    shapes: list[Callable[[], NDArray[np.float64]]] = [
        lambda: random.normal(moved, 1, N_ROWS),
        lambda: random.exponential(1 + moved, N_ROWS),
        lambda: random.poisson(20 + moved, N_ROWS).astype(np.float64),
        lambda: np.where(random.random(N_ROWS) < 0.1, np.nan, random.normal(moved, 1, N_ROWS)),
    ]
    columns: dict[str, object] = {f"number {index}": shapes[index % 4]() for index in range(N_NUMBERS)}
    weights = np.arange(20, 0, -1) / 210
    columns |= {f"text {index}": random.choice(LEVELS, N_ROWS, p=weights) for index in range(N_TEXTS)}
    return pl.DataFrame(columns)


def _round(stored: bytes, served: ServedColumns, before: pl.DataFrame) -> Repeat:
    calibration = _seconds(lambda: _calibrate(before["number 0"].to_numpy()))
    began = time.perf_counter()
    _, found = measure_drift(served, Reference.from_json(stored), drift())
    ours = time.perf_counter() - began
    began = time.perf_counter()
    exact = {
        name: _exact(before[name].to_numpy(), served.inputs[name].to_numpy()) for name in before.columns[:N_NUMBERS]
    }
    theirs = time.perf_counter() - began
    apart = [abs((column.ks or 0.0) - exact[column.column]) for column in found.columns if column.column in exact]
    return Repeat(ours, theirs, calibration, max(apart))


def _exact(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the distance by its definition, NaN left out."""
    a, b = np.sort(one[~np.isnan(one)]), np.sort(other[~np.isnan(other)])
    at = np.concatenate([a, b])
    gaps = np.searchsorted(a, at, side="right") / len(a) - np.searchsorted(b, at, side="right") / len(b)
    return float(np.abs(gaps).max())


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _calibrate(values: NDArray[np.float64]) -> None:
    for _ in range(CALIBRATION_SORTS):
        np.sort(values)


if __name__ == "__main__":
    print(json.dumps(run()))
