"""An estimate: a metric's value with its 95 % interval; and the intervals of means and of shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Z = 1.959963984540054  # the normal distribution's 97.5 % point


@dataclass(frozen=True)
class Estimate:
    """A metric on `n` rows, between `low` and `high` with 95 % confidence."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        """Write it for people.

        >>> str(Estimate(0.707, 0.699, 0.715, 900))
        '0.707 (95 % 0.699 to 0.715)'
        """
        return f"{self.value:.3f} (95 % {self.low:.3f} to {self.high:.3f})"


def mean_estimate(values: NDArray[Any]) -> Estimate:
    """Return the mean of two or more values with its normal-theory interval.

    >>> import numpy as np
    >>> mean_estimate(np.array([1.0, 1.0, 1.0]))
    Estimate(value=1.0, low=1.0, high=1.0, n=3)
    """
    mean = float(values.mean())
    half = Z * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half, len(values))


def share_estimate(n_hits: int, n: int) -> Estimate:
    """Return a share of one or more rows with Wilson's score interval.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    >>> share = share_estimate(8, 10)
    >>> share.value, round(share.low, 3), round(share.high, 3)
    (0.8, 0.49, 0.943)
    """
    share = n_hits / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return Estimate(share, max(0.0, centre - half), min(1.0, centre + half), n)


def normal_p_value(difference: float, deviation: float) -> float:
    """Return the two-sided p-value of a difference whose standard deviation is known; 1 when both are zero.

    >>> round(normal_p_value(1.96, 1.0), 3)
    0.05
    """
    if deviation == 0:
        return 1.0 if difference == 0 else 0.0
    return math.erfc(abs(difference) / deviation / math.sqrt(2))
