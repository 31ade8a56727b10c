"""Judging: from rules and evidence to a verdict with one sentence for each rule. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from tidemill.core import DamagedError, did_you_mean
from tidemill.evaluation.comparison import Comparison
from tidemill.evaluation.estimate import Estimate
from tidemill.evaluation.gate_rule import GateRule
from tidemill.evaluation.judged_rows import JudgedRows
from tidemill.evaluation.metrics import HIGHER_IS_BETTER, METRICS_OF
from tidemill.evaluation.report import EvaluationReport, SliceMetrics

ENDS = {"low": "at its worse end that", "high": "at its better end that", "value": "that"}


@dataclass(frozen=True)
class GateCheck:
    """How one rule was judged. value, low, high are None where there was nothing to judge.

    judged_on: the rows on which two models were compared, candidate and champion the metric of each there; None for a
        rule that compares none, whose value is then not a difference.
    """

    rule: GateRule
    metric: str
    value: float | None
    low: float | None
    high: float | None
    limit: float
    passed: bool
    sentence: str
    judged_on: JudgedRows | None = None
    candidate: float | None = None
    champion: float | None = None

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> GateCheck:
        """Read a check of a stored verdict. Raises TypeError, KeyError, DamagedError when it is something else."""
        rows = record.get("judged_on")
        rule = GateRule.from_json(record["rule"])
        return cls(**{**record, "rule": rule, "judged_on": JudgedRows.from_json(rows) if rows else None})


@dataclass(frozen=True)
class GateVerdict:
    """Whether every rule holds, and the check of each in the order of the rules."""

    passed: bool
    checks: tuple[GateCheck, ...]

    @property
    def sentence(self) -> str:
        """Say the verdict in one line."""
        n_failed = sum(not check.passed for check in self.checks)
        if not self.checks:
            return "passed: the gate has no rules"
        if not n_failed:
            return f"passed: {len(self.checks)} of {len(self.checks)} checks hold"
        return f"refused: {'; '.join(check.sentence for check in self.checks if not check.passed)}"

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON object."""
        return {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> GateVerdict:
        """Read what `to_json` gave. Raises DamagedError when it is something else."""
        try:
            checks = tuple(GateCheck.from_json(check) for check in record["checks"])
            return cls(passed=record["passed"], checks=checks)
        except (TypeError, KeyError, AttributeError) as error:
            raise DamagedError(f"This is not a gate verdict ({error}): judge the candidate again.") from error


def judge(
    rules: Sequence[GateRule],
    report: EvaluationReport,
    champion_report: EvaluationReport | None = None,
    comparison: Comparison | None = None,
    judged_on: JudgedRows | None = None,
) -> GateVerdict:
    """Judge a report by rules.

    champion_report: of the model that ``no_worse_than`` compares with; None when there is none yet.
    comparison: of both models on the same rows; it is preferred to comparing the two reports.
    judged_on: which rows those of the comparison are.
    """
    checks = tuple(_check(rule, report, champion_report, (comparison, judged_on)) for rule in rules)
    return GateVerdict(all(check.passed for check in checks), checks)


def _check(
    rule: GateRule,
    report: EvaluationReport,
    champion_report: EvaluationReport | None,
    beside: tuple[Comparison | None, JudgedRows | None],
) -> GateCheck:
    if rule.kind == "no_worse_than":
        return _check_champion(rule, report, champion_report, beside)
    if rule.kind == "slice_at_least":
        return _check_slices(rule, report)
    estimate = report.metrics.get(rule.metric)
    if estimate is None:
        return absent(rule, why_absent(rule.metric, report))
    passed = _holds(rule, estimate)
    return judged(rule, estimate, passed, f"{rule.metric} {in_words(estimate)} {_verb(rule, passed)}")


def _check_slices(rule: GateRule, report: EvaluationReport) -> GateCheck:
    of_column = [s for s in report.slices if s.column == rule.column]
    if not of_column:
        return absent(rule, f"there are no slices by {rule.column!r}: evaluate with slices=[{rule.column!r}]")
    large = [s for s in of_column if s.n >= rule.min_rows]
    if not large:
        return absent(rule, f"no slice by {rule.column!r} has {rule.min_rows} rows with a label")
    for each in large:
        if rule.metric not in each.metrics:
            reason = each.undefined.get(rule.metric) or why_absent(rule.metric, report)
            return absent(rule, f"{rule.metric} of {rule.column} {each.value!r}: {reason}")
    worst = min(large, key=lambda s: _bound(rule, s.metrics[rule.metric]))
    return _judged_slices(rule, worst, len(large), len(of_column) - len(large))


def _judged_slices(rule: GateRule, worst: SliceMetrics, n_judged: int, n_small: int) -> GateCheck:
    estimate = worst.metrics[rule.metric]
    passed = _holds(rule, estimate)
    small = f"; {n_small} of fewer than {rule.min_rows} rows were not judged" if n_small else ""
    sentence = (
        f"{rule.metric} of {rule.column} {worst.value!r}, the lowest of {n_judged}, is {in_words(estimate)}: it "
        f"{_verb(rule, passed)}{small}"
    )
    return judged(rule, estimate, passed, sentence)


def _check_champion(
    rule: GateRule,
    report: EvaluationReport,
    champion_report: EvaluationReport | None,
    beside: tuple[Comparison | None, JudgedRows | None],
) -> GateCheck:
    if reason := _why_foreign(rule.metric, report):
        return absent(rule, reason)
    comparison, judged_on = beside
    if comparison is not None and comparison.metric == rule.metric:
        return _judged_beside(rule, comparison, judged_on)
    if champion_report is None:
        sentence = f"there is no {rule.against} to compare {rule.metric} with, so the rule holds"
        return GateCheck(rule, rule.metric, None, None, None, rule.limit, passed=True, sentence=sentence)
    own, other = report.metrics.get(rule.metric), champion_report.metrics.get(rule.metric)
    if own is None:
        return absent(rule, why_absent(rule.metric, report))
    if other is None:
        return absent(rule, f"of the {rule.against}, {why_absent(rule.metric, champion_report)}")
    value = own.value - other.value
    below = math.hypot(own.value - own.low, other.high - other.value)
    above = math.hypot(own.high - own.value, other.value - other.low)
    said = f"{rule.metric} minus that of the {rule.against} by their reports is"
    return _judged_difference(rule, Estimate(value, value - below, value + above, own.n), said)


def _judged_beside(rule: GateRule, comparison: Comparison, judged_on: JudgedRows | None) -> GateCheck:
    difference = Estimate(comparison.difference, comparison.low, comparison.high, comparison.n)
    where = judged_on.words() if judged_on else "on the same rows"
    if comparison.candidate is None or comparison.champion is None:
        said = f"{rule.metric} minus that of the {rule.against} {where} is"
    else:
        own, other = number(comparison.candidate), number(comparison.champion)
        said = f"{rule.metric} {own} against {other} of the {rule.against} {where}, a difference of"
    check = _judged_difference(rule, difference, said)
    why = f" (not on the latest labelled rows: {judged_on.instead})" if judged_on and judged_on.instead else ""
    return replace(
        check,
        sentence=check.sentence + why,
        judged_on=judged_on,
        candidate=comparison.candidate,
        champion=comparison.champion,
    )


def _judged_difference(rule: GateRule, difference: Estimate, said: str) -> GateCheck:
    higher = HIGHER_IS_BETTER.get(rule.metric, True)
    gain = difference if higher else Estimate(-difference.value, -difference.high, -difference.low, difference.n)
    passed = _bound(rule, gain) >= -rule.limit
    loss = f"{'no' if passed else 'a'} loss of more than {number(rule.limit)}"
    sentence = f"{said} {in_words(difference)}: {ENDS[rule.on]} is {loss}"
    return judged(rule, difference, passed, sentence)


def _holds(rule: GateRule, estimate: Estimate) -> bool:
    bound = _bound(rule, estimate)
    return bound <= rule.limit if rule.kind == "at_most" else bound >= rule.limit


def _bound(rule: GateRule, estimate: Estimate) -> float:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}[rule.on]


def _verb(rule: GateRule, passed: bool) -> str:
    end = {"low": "has its lower end ", "high": "has its upper end ", "value": "is "}[rule.on]
    asked = "at most" if rule.kind == "at_most" else "at least"
    return f"{end}{'' if passed else 'not '}{asked} {number(rule.limit)}"


def judged(rule: GateRule, estimate: Estimate, passed: bool, sentence: str) -> GateCheck:
    """Return the check of a rule that an estimate decided."""
    return GateCheck(
        rule, rule.metric, estimate.value, estimate.low, estimate.high, rule.limit, passed=passed, sentence=sentence
    )


def absent(rule: GateRule, reason: str) -> GateCheck:
    """Return the check of a rule that there was nothing to decide by: it refuses."""
    sentence = f"{rule.metric} cannot be judged: {reason}"
    return GateCheck(rule, rule.metric, None, None, None, rule.limit, passed=False, sentence=sentence)


def why_absent(metric: str, report: EvaluationReport) -> str:
    """Say why a report has no such metric."""
    known = [*report.metrics, *report.undefined]
    return (
        report.undefined.get(metric)
        or _why_foreign(metric, report)
        or f"the report has no metric {metric!r}.{did_you_mean(metric, known)} There is: {', '.join(known)}"
    )


def _why_foreign(metric: str, report: EvaluationReport) -> str:
    """Say that a metric is one of the other task, empty when it is not."""
    own, other = METRICS_OF[report.task], METRICS_OF["regression" if report.task == "binary" else "binary"]
    if metric in own or metric not in other:
        return ""
    shown = ", ".join(own)
    if report.task == "regression":
        return (
            f"the model predicts a number, and {metric} is of models that tell two classes apart. There is: "
            f"{shown}; or make the label boolean and train a classifier"
        )
    return f"the model tells two classes apart, and {metric} is of models that predict a number. There is: {shown}"


def in_words(estimate: Estimate) -> str:
    """Write a value with its interval."""
    value, low, high = (number(v) for v in (estimate.value, estimate.low, estimate.high))
    return f"{value} (95 % {low} to {high})"


def number(value: float) -> str:
    """Write three decimals, or three digits where those would show nothing."""
    return f"{value:.3f}" if value == 0 or 0.001 <= abs(value) < 1e6 else f"{value:.3g}"
