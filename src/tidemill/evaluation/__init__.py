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
gate        `judge`: rules and a report to a verdict, a sentence for each rule
evidence    `Evidence`: the report and all else that a gate may look at
evidence_rules `group_gap_at_most`, `four_fifths`, `latency_at_most`, `parity`, `data_checks`, `model_tests`,
            `documents`
behaviour   `model_test`, and what such tests ask: `invariance`, `directional`, `minimum_functionality`
gate_groups, gate_records  judging groups, and judging what was recorded
judging     `judge_evidence`: rules and evidence to a verdict
latency     `measure_latency`: how long one answer takes
step        the pipeline step `evaluate` and `ReportCodec`
errors      `EvaluationError`
"""

from __future__ import annotations

from tidemill.evaluation.behaviour import (
    ModelTest,
    directional,
    invariance,
    minimum_functionality,
    model_test,
    run_model_tests,
)
from tidemill.evaluation.comparison import Comparison, compare
from tidemill.evaluation.curves import CalibrationBin, RocPoint
from tidemill.evaluation.errors import EvaluationError
from tidemill.evaluation.estimate import Estimate
from tidemill.evaluation.evaluate import evaluate
from tidemill.evaluation.evidence import (
    Beside,
    Collected,
    DatasetChecks,
    Document,
    Evidence,
    Latency,
    ModelTestResult,
    Parity,
    collected_from_json,
    collected_to_json,
)
from tidemill.evaluation.evidence_rules import (
    CustomRule,
    Rule,
    as_rule,
    data_checks,
    documents,
    four_fifths,
    group_gap_at_most,
    latency_at_most,
    model_tests,
    parity,
)
from tidemill.evaluation.gate import GateCheck, GateVerdict, judge
from tidemill.evaluation.gate_rule import GateRule, at_least, at_most, no_worse_than, slice_at_least
from tidemill.evaluation.judged_rows import JudgedRows
from tidemill.evaluation.judging import LOADS, judge_evidence
from tidemill.evaluation.latency import measure_latency
from tidemill.evaluation.metrics import HIGHER_IS_BETTER, METRICS_OF, Metrics, Task, measure, why_not_binary
from tidemill.evaluation.report import EvaluationReport, SliceMetrics
from tidemill.evaluation.step import ReportCodec

__all__ = [
    "HIGHER_IS_BETTER",
    "LOADS",
    "METRICS_OF",
    "Beside",
    "CalibrationBin",
    "Collected",
    "Comparison",
    "CustomRule",
    "DatasetChecks",
    "Document",
    "Estimate",
    "EvaluationError",
    "EvaluationReport",
    "Evidence",
    "GateCheck",
    "GateRule",
    "GateVerdict",
    "JudgedRows",
    "Latency",
    "Metrics",
    "ModelTest",
    "ModelTestResult",
    "Parity",
    "ReportCodec",
    "RocPoint",
    "Rule",
    "SliceMetrics",
    "Task",
    "as_rule",
    "at_least",
    "at_most",
    "collected_from_json",
    "collected_to_json",
    "compare",
    "data_checks",
    "directional",
    "documents",
    "evaluate",
    "four_fifths",
    "group_gap_at_most",
    "invariance",
    "judge",
    "judge_evidence",
    "latency_at_most",
    "measure",
    "measure_latency",
    "minimum_functionality",
    "model_test",
    "model_tests",
    "no_worse_than",
    "parity",
    "run_model_tests",
    "slice_at_least",
    "why_not_binary",
]
