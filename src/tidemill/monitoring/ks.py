"""The Kolmogorov-Smirnov distance: the largest gap between two distribution functions.

One of them is known by its profile only: 257 quantiles tell its distribution function to within 1/512 at every point,
and so the distance, that of the other sample being exact, to within `ERROR` = 1/512 (0.2 percentage points).

Source: N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", 1948.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidemill.data import NumberProfile

ERROR = 1 / 512


def ks_distance(before: NumberProfile, known: NDArray[np.float64]) -> float | None:
    """Return the distance of a sorted sample without NaN, shape (n,), from a profile; None when either is empty.

    >>> from tidemill.data import profile_numbers
    >>> spread = np.arange(1000.0)
    >>> abs(ks_distance(profile_numbers(spread), spread + 250) - 0.25) <= ERROR
    True
    """
    if not before.quantiles or not len(known):
        return None
    n_steps = len(before.quantiles) - 1
    grid, first, repeated = np.unique(np.array(before.quantiles), return_index=True, return_counts=True)
    # From a quantile up to the next larger one the function stays within one step; its middle stands for it.
    then = (first + repeated - 0.5) / n_steps
    then[-1] = 1.0
    at = np.searchsorted(known, grid, side="right") / len(known)
    just_below = np.searchsorted(known, grid, side="left") / len(known)
    gaps = (just_below[0], np.abs(then - at).max(), np.abs(then[:-1] - just_below[1:]).max(initial=0.0))
    return float(max(gaps))
