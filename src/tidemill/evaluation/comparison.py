"""Comparing two models on the same rows: a paired difference, its interval and p-value."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.core import DamagedError, canonical_json, did_you_mean
from tidemill.evaluation.auc import placements
from tidemill.evaluation.errors import EvaluationError
from tidemill.evaluation.estimate import Z, normal_p_value
from tidemill.evaluation.metrics import log_losses

THRESHOLD = 0.5
Loss = Callable[[NDArray[Any], NDArray[np.float64]], NDArray[np.float64]]


def _squares(y: NDArray[Any], p: NDArray[np.float64]) -> NDArray[np.float64]:
    squares: NDArray[np.float64] = (p - y) ** 2
    return squares


def _hits(y: NDArray[Any], p: NDArray[np.float64]) -> NDArray[np.float64]:
    hits: NDArray[np.float64] = ((p >= THRESHOLD) == (y == 1)).astype(np.float64)
    return hits


def _distances(y: NDArray[Any], p: NDArray[np.float64]) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = np.abs(p - y)
    return distances


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {"log_loss": log_losses, "brier": _squares, "accuracy": _hits, "mae": _distances}
)


@dataclass(frozen=True)
class Comparison:
    """Candidate minus champion of a metric on the same `n` rows, with its 95 % interval and two-sided p-value.

    candidate, champion: the metric of each.
    """

    metric: str
    difference: float
    low: float
    high: float
    p_value: float
    n: int
    candidate: float | None = None
    champion: float | None = None

    def to_json(self) -> bytes:
        """Write the comparison as canonical JSON."""
        return canonical_json(asdict(self))

    @classmethod
    def from_json(cls, data: bytes) -> Comparison:
        """Read what `to_json` wrote. Raises DamagedError when it is something else."""
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError) as error:
            raise DamagedError(f"These bytes are not a comparison ({error}): compare the models again.") from error


def compare(
    y: NDArray[Any], p_candidate: NDArray[np.float64], p_champion: NDArray[np.float64], metric: str = "auc"
) -> Comparison:
    """Compare two models' predictions of the same labels, all of shape (n,).

    metric: ``auc`` (DeLong's paired test), or ``log_loss``, ``brier``, ``accuracy`` at 0.5, ``mae`` (paired means).
    Raises EvaluationError for another metric, arrays of different lengths, or rows that do not define it.

    >>> y = np.array([0, 0, 1, 1])
    >>> compare(y, np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.1, 0.4, 0.35, 0.8])).difference
    0.25
    """
    if not len(y) == len(p_candidate) == len(p_champion) or len(y) < 2:
        raise EvaluationError(
            f"Models are compared on the same two or more rows: there are {len(y)} labels and {len(p_candidate)} "
            f"and {len(p_champion)} predictions."
        )
    if metric == "auc":
        own, other, deviation = _auc_difference(y, p_candidate, p_champion)
    elif metric in LOSSES:
        loss = LOSSES[metric]
        each = loss(y, p_candidate), loss(y, p_champion)
        own, other = (float(losses.mean()) for losses in each)
        deviation = float((each[0] - each[1]).std(ddof=1)) / math.sqrt(len(y))
    else:
        known = ["auc", *LOSSES]
        raise EvaluationError(
            f"Models cannot be compared by {metric!r}.{did_you_mean(metric, known)} Allowed: {', '.join(known)}."
        )
    half, difference = Z * deviation, own - other
    p_value = normal_p_value(difference, deviation)
    return Comparison(metric, difference, difference - half, difference + half, p_value, len(y), own, other)


def _auc_difference(
    y: NDArray[Any], p_candidate: NDArray[np.float64], p_champion: NDArray[np.float64]
) -> tuple[float, float, float]:
    if not np.isin(y, (0.0, 1.0)).all():
        raise EvaluationError(
            "auc compares models that tell two classes apart, and the labels are not 0 and 1: compare by mae."
        )
    n_positive = int((y == 1).sum())
    if min(n_positive, len(y) - n_positive) < 2:
        raise EvaluationError(
            f"auc needs at least 2 rows of each class: there are {n_positive} positive and "
            f"{len(y) - n_positive} negative rows. Compare by log_loss or on more rows."
        )
    a, b = placements(y, p_candidate), placements(y, p_champion)
    variance = a.covariance(a) + b.covariance(b) - 2 * a.covariance(b)
    return a.auc, b.auc, math.sqrt(max(0.0, variance))
