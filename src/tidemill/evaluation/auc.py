"""Area under the ROC curve: the chance that a positive row scores above a negative one.

Variance and covariance after DeLong, in the O(n log n) form by midranks.

Source: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
operating characteristic curves", 1988; X. Sun, W. Xu, "Fast implementation of DeLong's algorithm", 2014.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.evaluation.estimate import Estimate, Z


@dataclass(frozen=True)
class Placements:
    """AUC and each row's part in it: the share of the other class it is ranked right against (ties half)."""

    auc: float
    positives: NDArray[np.float64]
    negatives: NDArray[np.float64]

    def covariance(self, other: Placements) -> float:
        """Return the covariance of two AUCs on the same rows; with itself, the variance."""
        return _covariance(self.positives, other.positives) + _covariance(self.negatives, other.negatives)


def placements(y: NDArray[Any], p: NDArray[np.float64]) -> Placements:
    """Rank predictions `p` against labels `y` of 0 and 1, at least two rows of each."""
    positive = y == 1
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    ranks = midranks(p)
    above = (ranks[positive] - midranks(p[positive])) / n_negative
    below = 1 - (ranks[~positive] - midranks(p[~positive])) / n_positive
    return Placements(float(above.mean()), above, below)


def midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1, ties sharing the mean of theirs.

    >>> midranks(np.array([0.2, 0.9, 0.2])).tolist()
    [1.5, 3.0, 1.5]
    """
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    ranks: NDArray[np.float64] = (last - (sizes - 1) / 2.0)[group]
    return ranks


def auc(y: NDArray[Any], p: NDArray[np.float64]) -> Estimate:
    """Return the AUC with DeLong's 95 % interval; `y` holds at least two rows of each class.

    >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).value
    0.75
    """
    placed = placements(y, p)
    half = Z * math.sqrt(max(0.0, placed.covariance(placed)))
    return Estimate(placed.auc, max(0.0, placed.auc - half), min(1.0, placed.auc + half), len(y))


def _covariance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(((a - a.mean()) * (b - b.mean())).sum()) / (len(a) - 1) / len(a)
