"""Judging all the evidence: each rule by what it asks for. Pure: the same evidence gives the same verdict, always."""

from __future__ import annotations

from collections.abc import Sequence

from tidemill.evaluation.evidence import Beside, Evidence
from tidemill.evaluation.evidence_rules import CustomRule, Rule
from tidemill.evaluation.gate import GateCheck, GateVerdict, judge
from tidemill.evaluation.gate_groups import check_groups
from tidemill.evaluation.gate_records import CHECKS, check_custom
from tidemill.evaluation.gate_rule import GateRule

#: The check that every gate has and none declares.
LOADS = GateRule("loads", "answers", 0.0)


def judge_evidence(rules: Sequence[Rule], evidence: Evidence) -> GateVerdict:
    """Judge evidence by rules, and by the trial that every candidate must pass. No rule sees what another found."""
    checks = tuple(check_rule(rule, evidence) for rule in (*rules, LOADS))
    return GateVerdict(all(check.passed for check in checks), checks)


def check_rule(rule: Rule, evidence: Evidence) -> GateCheck:
    """Judge one rule."""
    if isinstance(rule, CustomRule):
        return check_custom(rule, evidence)
    if rule.kind in {"group_gap_at_most", "four_fifths"}:
        return check_groups(rule, evidence)
    if rule.kind in CHECKS:
        return CHECKS[rule.kind](rule, evidence)
    if rule.kind == "no_worse_than":
        return _beside(rule, evidence, evidence.beside.get(rule, Beside(trouble="nobody has compared them")))
    return judge([rule], evidence.report).checks[0]


def _beside(rule: GateRule, evidence: Evidence, found: Beside) -> GateCheck:
    if not found.trouble:
        return judge([rule], evidence.report, comparison=found.comparison, judged_on=found.judged_on).checks[0]
    of = f"that of {found.champion}" if found.champion else f"that of the {rule.against}"
    sentence = f"{rule.metric} cannot be compared with {of}: {found.trouble}"
    return GateCheck(rule, rule.metric, None, None, None, rule.limit, passed=False, sentence=sentence)
