"""Evaluation: what is known about a model, with intervals, and what a gate makes of it.

evaluate    `evaluate`: from predictions and late labels to a report
report      `EvaluationReport`, `SliceMetrics`: the evidence
metrics     which metrics there are, which way is better, when one is undefined
estimate    `Estimate`: a value with its interval; means and shares
auc         area under the ROC curve after DeLong
curves      ROC points and calibration bins for charts
comparison  `compare`: two models on the same rows
gate_rule   `at_least`, `at_most`, `slice_at_least`, `no_worse_than`
judged_rows `JudgedRows`: on which rows two models were compared
gate        `judge`: rules and evidence to a verdict, a sentence for each rule
step        the pipeline step `evaluate` and `ReportCodec`
errors      `EvaluationError`
"""

from __future__ import annotations

from tidemill.evaluation.comparison import Comparison, compare
from tidemill.evaluation.curves import CalibrationBin, RocPoint
from tidemill.evaluation.errors import EvaluationError
from tidemill.evaluation.estimate import Estimate
from tidemill.evaluation.evaluate import evaluate
from tidemill.evaluation.gate import GateCheck, GateVerdict, judge
from tidemill.evaluation.gate_rule import GateRule, at_least, at_most, no_worse_than, slice_at_least
from tidemill.evaluation.judged_rows import JudgedRows
from tidemill.evaluation.metrics import HIGHER_IS_BETTER, METRICS_OF, Metrics, Task, measure, why_not_binary
from tidemill.evaluation.report import EvaluationReport, SliceMetrics
from tidemill.evaluation.step import ReportCodec

__all__ = [
    "HIGHER_IS_BETTER",
    "METRICS_OF",
    "CalibrationBin",
    "Comparison",
    "Estimate",
    "EvaluationError",
    "EvaluationReport",
    "GateCheck",
    "GateRule",
    "GateVerdict",
    "JudgedRows",
    "Metrics",
    "ReportCodec",
    "RocPoint",
    "SliceMetrics",
    "Task",
    "at_least",
    "at_most",
    "compare",
    "evaluate",
    "judge",
    "measure",
    "no_worse_than",
    "slice_at_least",
    "why_not_binary",
]
