"""What changes for whom: a candidate and the version it would take the place of, answering the very same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.evaluation import METRICS_OF, Comparison, EvaluationError, EvaluationReport, compare
from tidemill.features import TrainingSet

Answers = Callable[[pl.DataFrame], NDArray[np.float64]]
_MOST_SLICES = 20
_LEAST_ROWS = 30


def decisions(own: NDArray[np.float64], other: NDArray[np.float64], report: EvaluationReport) -> dict[str, Any]:
    """Return how many of the same rows would be decided otherwise, by the threshold of the report.

    Of a model that predicts a number: by how much its answers differ, on the mean.

    >>> said = EvaluationReport("binary", {}, 0, 0)
    >>> decisions(np.array([0.9, 0.2]), np.array([0.4, 0.1]), said)
    {'n': 2, 'n_changed': 1, 'n_to_yes': 1, 'n_to_no': 0, 'mean_change': 0.3}
    """
    change = round(float(np.abs(own - other).mean()), 9) if len(own) else 0.0
    if report.task != "binary":
        return {"n": len(own), "mean_change": change}
    now, then = own >= report.threshold, other >= report.threshold
    to_yes, to_no = int((now & ~then).sum()), int((~now & then).sum())
    return {
        "n": len(own),
        "n_changed": to_yes + to_no,
        "n_to_yes": to_yes,
        "n_to_no": to_no,
        "mean_change": change,
    }


def changed_slices(
    rows: TrainingSet, models: tuple[Answers, Answers], report: EvaluationReport
) -> list[dict[str, Any]]:
    """Return for each large slice of the holdout how the metric that matters changes, those that lose first.

    The difference is paired, with its 95 % interval; a slice gets better or worse when that leaves out nothing.
    """
    metric = "auc" if report.task == "binary" else "mae"
    labelled = rows.labelled()
    own, other = (answers(labelled.x) for answers in models)
    y = np.asarray(labelled.y, dtype=np.float64)
    found = []
    for each in report.slices[:_MOST_SLICES]:
        if each.column not in labelled.frame.columns or each.n < _LEAST_ROWS:
            continue
        here = (labelled.frame[each.column].cast(pl.String).fill_null("(missing)") == each.value).to_numpy()
        for tried in (metric, "log_loss" if report.task == "binary" else "mae"):
            try:
                compared = compare(y[here], own[here], other[here], tried)
            except EvaluationError:
                continue
            found.append(_slice(each.column, each.value, compared))
            break
    return sorted(found, key=lambda each: ("worse", "better", "alike").index(each["verdict"]))


def side_by_side(own: EvaluationReport, other: EvaluationReport) -> list[dict[str, Any]]:
    """Return the metrics that both reports have, each on its own holdout."""
    return [
        {"metric": name, "candidate": own.metrics[name].value, "champion": other.metrics[name].value}
        for name in METRICS_OF[own.task]
        if name in own.metrics and name in other.metrics
    ]


def by_column(frame: pl.DataFrame, changed: NDArray[np.bool_], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return for the values of columns how many of the rows would be decided otherwise, the most first."""
    found = []
    for column in columns:
        if column not in frame.columns:
            continue
        text = frame[column].cast(pl.String).fill_null("(missing)")
        for value in text.value_counts(sort=True)[text.name].head(_MOST_SLICES):
            here = (text == value).to_numpy()
            n = int(here.sum())
            found.append({"column": column, "value": value, "n": n, "n_changed": int(changed[here].sum())})
    return sorted(found, key=lambda each: -each["n_changed"] / each["n"])[:_MOST_SLICES]


def _slice(column: str, value: str, compared: Comparison) -> dict[str, Any]:
    higher = compared.metric == "auc"
    low, high = (compared.low, compared.high) if higher else (-compared.high, -compared.low)
    return {
        "column": column,
        "value": value,
        "n": compared.n,
        "metric": compared.metric,
        "candidate": compared.candidate,
        "champion": compared.champion,
        "difference": compared.difference,
        "low": compared.low,
        "high": compared.high,
        "verdict": "better" if low > 0 else "worse" if high < 0 else "alike",
    }
