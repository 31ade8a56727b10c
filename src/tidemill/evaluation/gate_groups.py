"""Judging how alike groups are treated: the largest gap in a share, and the four-fifths rule, each with its interval.

Source of the interval of a difference: R. G. Newcombe, "Interval estimation for the difference between independent
proportions", 1998, method 10, which takes both shares' Wilson intervals. Of a ratio: D. Katz et al., "Obtaining
confidence intervals for the risk ratio in cohort studies", 1978, on the logarithm.
"""

from __future__ import annotations

import math

from tidemill.evaluation.estimate import Estimate, Z
from tidemill.evaluation.evidence import Evidence
from tidemill.evaluation.gate import GateCheck, absent, in_words, judged, number, why_absent
from tidemill.evaluation.gate_rule import GateRule
from tidemill.evaluation.report import SliceMetrics

_Extremes = tuple[SliceMetrics, SliceMetrics, str]
WORDS = {
    "selection_rate": "share predicted positive",
    "recall": "true positive rate",
    "false_positive_rate": "false positive rate",
}


def check_groups(rule: GateRule, evidence: Evidence) -> GateCheck:
    """Judge a rule of the kind ``group_gap_at_most`` or ``four_fifths``."""
    found = _extremes(rule, evidence)
    if isinstance(found, GateCheck):
        return found
    low, high, left_out = found
    return (_gap if rule.kind == "group_gap_at_most" else _ratio)(rule, (low, high), left_out)


def _gap(rule: GateRule, extremes: tuple[SliceMetrics, SliceMetrics], left_out: str) -> GateCheck:
    low, high = extremes
    least, most = low.metrics[rule.metric], high.metrics[rule.metric]
    gap = difference(most, least)
    bound = {"value": gap.value, "low": gap.low, "high": gap.high}[rule.on]
    passed = bound <= rule.limit
    end = {"value": "", "low": "its lower end ", "high": "its upper end "}[rule.on]
    sentence = (
        f"{WORDS.get(rule.metric, rule.metric)} is {number(most.value)} of {rule.column} {high.value!r} and "
        f"{number(least.value)} of {low.value!r}, the largest gap: {in_words(gap)} {end}is {'' if passed else 'not '}"
        f"at most {number(rule.limit)}{left_out}"
    )
    return judged(rule, gap, passed, sentence)


def _ratio(rule: GateRule, extremes: tuple[SliceMetrics, SliceMetrics], left_out: str) -> GateCheck:
    low, high = extremes
    least, most = low.metrics[rule.metric], high.metrics[rule.metric]
    found = ratio(least, most)
    bound = {"value": found.value, "low": found.low, "high": found.high}[rule.on]
    passed = bound >= rule.limit
    end = {"value": "", "low": "its lower end ", "high": "its upper end "}[rule.on]
    sentence = (
        f"{rule.column} {low.value!r} is predicted positive {number(found.value)} times as often as {high.value!r} "
        f"({number(least.value)} against {number(most.value)}; 95 % {number(found.low)} to {number(found.high)}): "
        f"{end}{'' if passed else 'not '}at least four fifths (29 CFR 1607.4(D)){left_out}"
    )
    return judged(rule, found, passed, sentence)


def _extremes(rule: GateRule, evidence: Evidence) -> _Extremes | GateCheck:
    """Return the groups with the smallest and the largest share, and what is said of groups that are too small."""
    report = evidence.report
    groups = [each for each in report.slices if each.column == rule.column]
    if not groups:
        return absent(rule, f"there are no groups by {rule.column!r}: evaluate with slices=[{rule.column!r}]")
    large = [each for each in groups if each.n >= rule.min_rows]
    if len(large) < 2:
        return absent(
            rule,
            f"{len(large)} of {len(groups)} groups by {rule.column!r} have {rule.min_rows} rows, 2 must",
        )
    for each in large:
        if rule.metric not in each.metrics:
            reason = each.undefined.get(rule.metric) or why_absent(rule.metric, report)
            return absent(rule, f"{rule.metric} of {rule.column} {each.value!r}: {reason}; evaluate the model anew")
    ordered = sorted(large, key=lambda each: each.metrics[rule.metric].value)
    n_small = len(groups) - len(large)
    left_out = f"; {n_small} of fewer than {rule.min_rows} rows were not judged" if n_small else ""
    return ordered[0], ordered[-1], left_out


def difference(a: Estimate, b: Estimate) -> Estimate:
    """Return the difference of two independent shares with Newcombe's interval.

    >>> from tidemill.evaluation.estimate import share_estimate
    >>> found = difference(share_estimate(56, 70), share_estimate(48, 80))
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    value = a.value - b.value
    below = math.hypot(a.value - a.low, b.high - b.value)
    above = math.hypot(a.high - a.value, b.value - b.low)
    return Estimate(value, max(-1.0, value - below), min(1.0, value + above), a.n + b.n)


def ratio(a: Estimate, b: Estimate) -> Estimate:
    """Return the ratio of two independent shares with the interval on its logarithm; 1 when both are nothing.

    >>> from tidemill.evaluation.estimate import share_estimate
    >>> found = ratio(share_estimate(30, 100), share_estimate(50, 100))
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.6, 0.42, 0.86)
    """
    n = a.n + b.n
    if b.value == 0:
        return Estimate(1.0, 0.0, 1.0, n) if a.value == 0 else Estimate(math.inf, 0.0, math.inf, n)
    if a.value == 0:
        return Estimate(0.0, 0.0, min(1.0, a.high / b.value), n)
    value = a.value / b.value
    deviation = math.sqrt((1 - a.value) / (a.n * a.value) + (1 - b.value) / (b.n * b.value))
    return Estimate(value, value * math.exp(-Z * deviation), value * math.exp(Z * deviation), n)
