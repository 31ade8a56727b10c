"""Performance: a metric of the answers as they were given, once their labels have come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidemill.core import TidemillError
from tidemill.evaluation import METRICS_OF, Estimate, EvaluationReport, Metrics, measure
from tidemill.monitoring.monitor import Performance
from tidemill.monitoring.records import PerformanceResult, PerformanceVerdict

Numbers = NDArray[np.float64]
Answers = Callable[[pl.DataFrame], Numbers]


class FirstVersion(NamedTuple):
    """The first version that an endpoint ever served, and how it answers logged rows.

    served_throughout: it is what was served in the window, so its answers are the logged ones.
    """

    reference: str
    answers: Answers
    served_throughout: bool


def measure_performance(
    rows: pl.DataFrame, monitor: Performance, report: EvaluationReport, first: FirstVersion
) -> tuple[PerformanceVerdict, PerformanceResult]:
    """Measure what was served in a window, and what the first version would have answered to the same rows.

    rows: a window's logged rows with ``value``, ``label`` and the model's inputs. report: of the version that
    answered most of them; it says what kind of task it is, at which threshold, and what the holdout had promised.
    """
    result = PerformanceResult(monitor.metric, first_version=first.reference)
    if not rows.height:
        return "no rows", result
    if monitor.metric not in METRICS_OF[report.task]:
        known = ", ".join(METRICS_OF[report.task])
        reason = (
            f"{monitor.metric!r} is no metric of a {report.task} model, which is what was served; there is: {known}"
        )
        return "undefined", replace(result, reason=reason)
    result = replace(result, reference=report.metrics.get(monitor.metric))
    judged = judged_rows(rows)
    if judged.height < monitor.min_labelled:
        reason = f"{judged.height:,} of {rows.height:,} rows have a label, and {monitor.min_labelled:,} are needed"
        return "too few labels", replace(result, reason=reason)
    found = _measured(judged["label"], judged["value"].to_numpy(), report)
    served = found.estimates.get(monitor.metric)
    if served is None:
        return "undefined", replace(result, reason=found.undefined[monitor.metric])
    if first.served_throughout:
        return "measured", replace(result, served=served, never_retrained=served)
    beside, reason = _never_retrained(judged, monitor.metric, report, first)
    return "measured", replace(result, served=served, never_retrained=beside, reason=reason)


def judged_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that can be judged: their label has come, and the model gave a finite number."""
    return rows.filter(pl.col("label").is_not_null() & pl.col("value").is_finite())


def _never_retrained(
    judged: pl.DataFrame, metric: str, report: EvaluationReport, first: FirstVersion
) -> tuple[Estimate | None, str]:
    try:
        found = _measured(judged["label"], first.answers(judged), report)
    except TidemillError as error:
        return None, f"{first.reference} cannot answer these rows: {error}"
    return found.estimates.get(metric), ""


def _measured(label: pl.Series, answers: Numbers, report: EvaluationReport) -> Metrics:
    return measure(label.cast(pl.Float64).to_numpy(), answers, report.task, report.threshold)
