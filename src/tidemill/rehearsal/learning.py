"""Whether a model has learnt, and answers with numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidemill.evaluation import EvaluationReport, GateCheck, GateRule, judge
from tidemill.features import TrainingSet
from tidemill.models import predict_frame
from tidemill.rehearsal.examination import FailedError, SkippedError

_FEWEST_ROWS = 10


def check_converges(model: object, fit: TrainingSet, report: EvaluationReport) -> str:
    """Say by how much a model beats the best constant on the rows that it learnt from. Raises FailedError.

    Binary: log loss against that of the share of ones; regression: mean squared error against the variance.
    """
    known = fit.labelled()
    if len(known) < _FEWEST_ROWS:
        raise SkippedError(f"{len(known)} labelled rows are too few to tell; ask for a larger sample")
    y, answers = known.y, predict_frame(model, known.x)
    _require_finite(answers, f"the {len(known):,} rows that it learnt from")
    if report.task == "binary":
        what, own, constant = "log loss", _log_loss(y, answers), _log_loss(y, np.full(len(y), y.mean()))
    else:
        what, own, constant = "mean squared error", float(np.mean((y - answers) ** 2)), float(np.var(y))
    told = f"{what} {own:.4g} on {len(known):,} rows that it learnt from, {constant:.4g} for the best constant"
    if not own < constant:
        raise FailedError(f"it has learnt nothing: {told}")
    return told


def check_numbers(model: object, rows: TrainingSet, report: EvaluationReport) -> str:
    """Say that all predictions and metrics are numbers. Raises FailedError."""
    answers = predict_frame(model, rows.x)
    _require_finite(answers, f"{len(rows):,} held-out rows")
    return f"{len(answers):,} predictions and {check_metrics(report)}"


def check_metrics(report: EvaluationReport) -> str:
    """Say that all metrics of a report are numbers. Raises FailedError."""
    wrong = [name for name, estimate in report.metrics.items() if not math.isfinite(estimate.value)]
    if wrong:
        raise FailedError(f"the metrics {', '.join(wrong)} are no numbers on {report.n_rows:,} rows")
    return f"{len(report.metrics)} metrics are numbers"


def check_plain(value: Any) -> str:
    """Say that no number in plain values is NaN or infinite. Raises FailedError; SkippedError when there is none."""
    numbers = list(_numbers(value))
    if not numbers:
        raise SkippedError(f"the pipeline returns a {type(value).__name__}, in which there is no number to look at")
    wrong = [name for name, number in numbers if not math.isfinite(number)]
    if wrong:
        raise FailedError(f"{', '.join(wrong[:3])} is no number")
    return f"{len(numbers)} numbers that the pipeline returns"


def check_gate(rules: tuple[GateRule, ...], report: EvaluationReport) -> str:
    """Say that each rule of a gate can be judged by a report; whether it holds on a sample does not count.

    Raises FailedError with the first that cannot.
    """
    checks = judge(rules, report).checks
    for check in checks:
        if not _can_be_judged(check, report):
            raise FailedError(check.sentence)
    held = sum(check.passed for check in checks)
    return f"{len(checks)} rules can be judged; {held} hold on the sample, which does not count"


def _can_be_judged(check: GateCheck, report: EvaluationReport) -> bool:
    rule = check.rule
    if check.value is not None or check.passed:
        return True
    # Of a sample a slice may have too few rows; that it is there, with the metric, is what counts.
    there = [each for each in report.slices if each.column == rule.column]
    return rule.kind == "slice_at_least" and bool(there) and rule.metric in report.metrics


def _require_finite(answers: NDArray[np.float64], where: str) -> None:
    n_wrong = int(np.count_nonzero(~np.isfinite(answers)))
    if n_wrong:
        raise FailedError(f"{n_wrong:,} predictions on {where} are NaN or infinite")


def _log_loss(y: NDArray[np.float64], p: NDArray[np.float64]) -> float:
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(clipped) + (1 - y) * np.log(1 - clipped)))


def _numbers(value: Any, name: str = "the result") -> Any:
    if isinstance(value, bool):
        return
    if isinstance(value, int | float | np.number):
        yield name, float(value)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
        yield from ((name, float(item)) for item in value.ravel()[:100_000])
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, f"{key!s} of {name}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item, name)
