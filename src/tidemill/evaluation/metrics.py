"""The metrics of a report: what each is, which way is better, and when it is undefined."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tidemill.evaluation.auc import auc
from tidemill.evaluation.estimate import Estimate, Z, mean_estimate, share_estimate

Task = Literal["binary", "regression"]
HIGHER_IS_BETTER = {
    "auc": True,
    "log_loss": False,
    "brier": False,
    "accuracy": True,
    "precision": True,
    "recall": True,
    "false_positive_rate": False,
    "mae": False,
    "rmse": False,
    "r2": True,
}
METRICS_OF: dict[Task, tuple[str, ...]] = {
    "binary": (
        "auc",
        "log_loss",
        "brier",
        "accuracy",
        "precision",
        "recall",
        "false_positive_rate",
        "selection_rate",
        "base_rate",
    ),
    "regression": ("mae", "rmse", "r2"),
}
LEAST_PROBABILITY = float(np.finfo(np.float64).eps)
FEW = "an interval needs at least 2 rows"


@dataclass
class Metrics:
    """Estimates by metric, and for each metric that is undefined on these rows the reason."""

    estimates: dict[str, Estimate] = field(default_factory=dict)
    undefined: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, reason: str, make: Callable[[], Estimate]) -> None:
        """Add an estimate, or the reason why there is none when that is not empty."""
        if reason:
            self.undefined[name] = reason
        else:
            self.estimates[name] = make()


def measure(y: NDArray[Any], p: NDArray[np.float64], task: Task, threshold: float) -> Metrics:
    """Return the metrics of predictions `p` of the labels `y`, both of shape (n,), no NaN in either.

    binary: auc, log_loss, brier, base_rate, and at `threshold` accuracy, precision, recall (true positive rate),
    false_positive_rate and selection_rate; none of them when a label is neither 0 nor 1.
    regression: mae, rmse, r2.
    """
    return _binary(y, p, threshold) if task == "binary" else _regression(y, p)


def why_not_binary(y: NDArray[Any]) -> str:
    """Return why labels are not those of a binary task; empty when each is 0 or 1.

    >>> why_not_binary(np.array([1.0, 2.0, 0.5]))
    "2 of 3 labels are neither 0 nor 1, such as 2: a binary model's labels are true and false, or 1 and 0"
    """
    other = y[(y != 0) & (y != 1)]
    if not len(other):
        return ""
    shown = repr(float(other[0])).removesuffix(".0")
    return (
        f"{len(other):,} of {len(y):,} labels are neither 0 nor 1, such as {shown}: a binary model's labels are true "
        "and false, or 1 and 0"
    )


def log_losses(y: NDArray[Any], p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row's log loss, with probabilities kept off 0 and 1 by the float64 epsilon."""
    kept = np.clip(p, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    losses: NDArray[np.float64] = -np.log(np.where(y == 1, kept, 1 - kept))
    return losses


def _binary(y: NDArray[Any], p: NDArray[np.float64], threshold: float) -> Metrics:
    found, n = Metrics(), len(y)
    none = why_not_binary(y) if n else "there are no rows with a label"
    few = none or ("" if n > 1 else FEW)
    n_positive, said = int((y == 1).sum()), p >= threshold
    n_hits, n_said = int((said & (y == 1)).sum()), int(said.sum())
    found.add("auc", none or _why_no_auc(n_positive, n), lambda: auc(y, p))
    found.add("log_loss", few, lambda: mean_estimate(log_losses(y, p)))
    found.add("brier", few, lambda: mean_estimate((p - y) ** 2))
    found.add("accuracy", none, lambda: share_estimate(int((said == (y == 1)).sum()), n))
    no_said = none or ("" if n_said else f"no row is predicted at {threshold:g} or above")
    found.add("precision", no_said, lambda: share_estimate(n_hits, n_said))
    found.add(
        "recall", none or ("" if n_positive else "no row is positive"), lambda: share_estimate(n_hits, n_positive)
    )
    n_negative, n_wrongly = n - n_positive, n_said - n_hits
    no_negative = none or ("" if n_negative else "no row is negative")
    found.add("false_positive_rate", no_negative, lambda: share_estimate(n_wrongly, n_negative))
    found.add("selection_rate", none, lambda: share_estimate(n_said, n))
    found.add("base_rate", none, lambda: share_estimate(n_positive, n))
    return found


def _why_no_auc(n_positive: int, n: int) -> str:
    if n_positive in (0, n):
        return f"all {n} labels are {1 if n_positive else 0}: it compares rows of two classes"
    if min(n_positive, n - n_positive) < 2:
        return "an interval needs at least 2 rows of each class"
    return ""


def _regression(y: NDArray[Any], p: NDArray[np.float64]) -> Metrics:
    found, n = Metrics(), len(y)
    few = "there are no rows with a label" if not n else ("" if n > 1 else FEW)
    errors = p - y
    found.add("mae", few, lambda: mean_estimate(np.abs(errors)))
    found.add("rmse", few, lambda: _root(mean_estimate(errors**2)))
    constant = few or ("" if np.ptp(y) > 0 else "all labels are the same")
    found.add("r2", constant, lambda: _r2(y, errors))
    return found


def _root(square: Estimate) -> Estimate:
    value, low, high = (math.sqrt(max(0.0, v)) for v in (square.value, square.low, square.high))
    return Estimate(value, low, high, square.n)


def _r2(y: NDArray[Any], errors: NDArray[np.float64]) -> Estimate:
    """Return R2 with the interval of the delta method on the two sums of squares."""
    residual, total = errors**2, (y - y.mean()) ** 2
    ratio = float(residual.mean() / total.mean())
    influence = (residual - ratio * total) / total.mean()
    half = Z * float(influence.std(ddof=1)) / math.sqrt(len(y))
    return Estimate(1 - ratio, 1 - ratio - half, min(1.0, 1 - ratio + half), len(y))
