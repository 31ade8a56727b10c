"""The population stability index: how far the shares of a column's bins have moved from those of a profile.

    PSI = sum over the bins of (now - before) * ln(now / before)

Bins are the deciles of a column of numbers, with all beyond its range apart; the levels of a column of text that have
at least 1 % each, and all others together; and the missing values. A share below 1e-4 counts as 1e-4, so that an
empty bin gives no infinity. PSI is 0 for equal shares, never negative, and the same both ways (it is Jeffreys'
divergence of the two distributions).

Source: S. Lewis, "An introduction to credit scoring", 1992; N. Siddiqi, "Credit risk scorecards", 2006. What chance
alone gives: B. Yurdakul, J. Naranjo, "Statistical properties of the population stability index", 2020.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.data.profile import (
    LARGEST,
    CategoryProfile,
    ColumnProfile,
    NumberProfile,
    counts_between,
    numbers,
    sorted_numbers,
)

LEAST_SHARE = 1e-4
RAREST_LEVEL = 0.01
_Z = 3.0902323061678132  # the normal distribution's 99.9 % point
Counts = NDArray[np.int64]


def psi(before: NDArray[Any], now: NDArray[Any]) -> float:
    """Return the PSI of two arrays of counts over the same bins, shape (k,); 0 when either holds nothing.

    >>> psi(np.array([50, 50]), np.array([50, 50]))
    0.0
    >>> round(psi(np.array([50, 50]), np.array([80, 20])), 3)
    0.416
    """
    n_before, n_now = before.sum(), now.sum()
    if not n_before or not n_now:
        return 0.0
    p, q = (np.maximum(counts / n, LEAST_SHARE) for counts, n in ((before, n_before), (now, n_now)))
    return float(((q - p) * np.log(q / p)).sum())


def chance_psi(before: NDArray[Any], now: NDArray[Any]) -> float:
    """Return the PSI that chance alone exceeds once in a thousand times, with as many rows and bins.

    It is (1/n + 1/m) times the 99.9 % point of chi-squared with k - 1 degrees of freedom, k being the bins that hold
    anything, after Yurdakul and Naranjo; the point after Wilson and Hilferty, 1931.

    >>> round(chance_psi(np.full(10, 100), np.full(10, 20)), 3)
    0.168
    """
    n_before, n_now = float(before.sum()), float(now.sum())
    freedom = int(((before + now) > 0).sum()) - 1
    if not n_before or not n_now or freedom < 1:
        return 0.0
    spread = 2 / (9 * freedom)
    return (1 / n_before + 1 / n_now) * freedom * (1 - spread + _Z * math.sqrt(spread)) ** 3


def reference_counts(column: ColumnProfile) -> Counts:
    """Return the counts of a profile's own rows over its bins, the missing ones last."""
    if isinstance(column, NumberProfile):
        return np.array([*column.counts, column.n_null], dtype=np.int64)
    kept = [column.levels[level] for level in _levels(column)]
    return np.array([*kept, column.n - column.n_null - sum(kept), column.n_null], dtype=np.int64)


def n_bins(column: ColumnProfile) -> int:
    """Return how many bins a profile has."""
    return (len(column.edges) if isinstance(column, NumberProfile) else len(_levels(column))) + 2


def bin_counts(column: ColumnProfile, values: pl.Series) -> Counts:
    """Return how many of other rows fall into each of a profile's bins, the missing ones last."""
    if isinstance(column, NumberProfile):
        return sorted_counts(column, sorted_numbers(numbers(values)), len(values))
    text = values.cast(pl.String).alias("level")
    counted = text.value_counts(name="count").drop_nulls()
    levels = _levels(column)
    found = dict(counted.filter(pl.col("level").is_in(levels)).iter_rows())
    kept = [found.get(level, 0) for level in levels]
    return np.array([*kept, len(text) - text.null_count() - sum(kept), text.null_count()], dtype=np.int64)


def sorted_counts(column: NumberProfile, known: NDArray[np.float64], n: int) -> Counts:
    """Return the same for a column of `n` numbers, of which the known ones are given in order."""
    return np.append(counts_between(np.array(column.edges), known), n - len(known))


def bin_codes(column: ColumnProfile, values: pl.Series) -> NDArray[np.intp]:
    """Return the bin of each of other rows, shape (n,)."""
    if isinstance(column, NumberProfile):
        return number_codes(column, numbers(values))
    levels = _levels(column)
    text = values.cast(pl.String)
    codes = text.replace_strict(levels, range(len(levels)), default=len(levels), return_dtype=pl.Int16)
    return codes.set(text.is_null(), len(levels) + 1).to_numpy().astype(np.intp)


def number_codes(column: NumberProfile, values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the bin of each number, NaN being missing, shape (n,)."""
    codes = np.zeros(len(values), dtype=np.int8)
    values = np.clip(values, -LARGEST, LARGEST)
    for edge in column.edges:  # a dozen comparisons of whole arrays are quicker than a search for each value
        codes += values > edge
    codes[np.isnan(values)] = len(column.edges) + 1
    return codes.astype(np.intp)


def _levels(column: CategoryProfile) -> list[str]:
    return [level for level, count in column.levels.items() if count >= RAREST_LEVEL * column.n]
