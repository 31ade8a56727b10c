"""Measuring how long one answer takes: in process, one row at a time, on stated rows and a stated machine."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.evaluation.errors import EvaluationError
from tidemill.evaluation.estimate import Estimate, Z
from tidemill.evaluation.evidence import QUANTILES, Latency

WARM_UP = 20


def measure_latency(
    answer: Callable[[pl.DataFrame], object], rows: pl.DataFrame, runtime: str, about: str, n: int = 1000
) -> Latency:
    """Measure `n` answers of one row each, the rows taken in turn, after 20 that do not count.

    about: which rows these are, in words. What is measured is the model alone: no network, no features looked up.
    Raises EvaluationError without rows.
    """
    if not len(rows):
        raise EvaluationError("latency is measured on rows, and there are none")
    ones = [rows[at] for at in range(min(len(rows), 500))]
    for at in range(WARM_UP):
        answer(ones[at % len(ones)])
    took = np.empty(n)
    for at in range(n):
        row = ones[at % len(ones)]
        began = time.perf_counter_ns()
        answer(row)
        took[at] = (time.perf_counter_ns() - began) / 1e6
    took.sort()
    quantiles = {name: quantile_estimate(took, int(name[1:]) / 100) for name in QUANTILES}
    return Latency(runtime, n, quantiles, about, machine_words())


def quantile_estimate(ordered: NDArray[np.float64], share: float) -> Estimate:
    """Return a quantile of ordered values with the 95 % interval of its order statistics, whatever the distribution.

    Source: W. J. Conover, "Practical nonparametric statistics", 1999, by the binomial's normal approximation.

    >>> quantile_estimate(np.arange(1000.0), 0.5)
    Estimate(value=500.0, low=469.0, high=531.0, n=1000)
    """
    n = len(ordered)
    centre, half = n * share, Z * math.sqrt(n * share * (1 - share))
    low, at, high = (min(n - 1, max(0, int(each))) for each in (centre - half, centre, math.ceil(centre + half)))
    return Estimate(float(ordered[at]), float(ordered[low]), float(ordered[high]), n)


def machine_words() -> str:
    """Say which machine this is: what it computes with, and nothing that names it."""
    return f"{os.cpu_count() or 1} cores {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
