"""Small curves for charts: ROC points and calibration bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.evaluation.estimate import mean_estimate, share_estimate
from tidemill.evaluation.metrics import Task

N_POINTS = 100
N_BINS = 10


@dataclass(frozen=True)
class RocPoint:
    """At a threshold: the share of negatives and of positives at or above it."""

    threshold: float
    false_positive_rate: float
    true_positive_rate: float


@dataclass(frozen=True)
class CalibrationBin:
    """Rows with like predictions: the mean prediction, and the mean label with its 95 % interval."""

    n: int
    predicted: float
    observed: float
    low: float
    high: float


def roc_points(y: NDArray[Any], p: NDArray[np.float64], n_points: int = N_POINTS) -> tuple[RocPoint, ...]:
    """Return at most `n_points` + 1 points of the ROC curve from (0, 0) to (1, 1); none without two classes.

    Where there are more, the points kept are spread evenly along the curve's length.
    """
    n_positive = int((y == 1).sum())
    n_negative = len(y) - n_positive
    if not n_positive or not n_negative:
        return ()
    order = np.argsort(-p, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    hits = np.cumsum(y[order] == 1)[last_of_tie]
    tpr, fpr = hits / n_positive, (last_of_tie + 1 - hits) / n_negative
    kept = _spread(tpr + fpr, n_points)
    points = [RocPoint(float(p[order][last_of_tie[i]]), float(fpr[i]), float(tpr[i])) for i in kept]
    return (RocPoint(float(p.max()), 0.0, 0.0), *points)


def _spread(length: NDArray[np.float64], n_points: int) -> NDArray[np.int64]:
    if len(length) <= n_points:
        return np.arange(len(length))
    at = np.searchsorted(length, np.linspace(0, length[-1], n_points))
    return np.unique(np.append(np.minimum(at, len(length) - 1), len(length) - 1))[-n_points:]


def calibration_bins(
    y: NDArray[Any], p: NDArray[np.float64], task: Task, n_bins: int = N_BINS
) -> tuple[CalibrationBin, ...]:
    """Return bins of about equally many rows in the order of their predictions; equal predictions share a bin.

    Bins of fewer than two rows are left out, since they have no interval.
    """
    if not len(p):
        return ()
    edges = np.unique(np.quantile(p, np.linspace(0, 1, n_bins + 1)[1:-1], method="higher"))
    which = np.searchsorted(edges, p, side="right")
    bins = []
    for i in np.unique(which):
        labels, predictions = y[which == i], p[which == i]
        if len(labels) < 2:
            continue
        observed = share_estimate(int(labels.sum()), len(labels)) if task == "binary" else mean_estimate(labels)
        bins.append(CalibrationBin(len(labels), float(predictions.mean()), observed.value, observed.low, observed.high))
    return tuple(bins)
