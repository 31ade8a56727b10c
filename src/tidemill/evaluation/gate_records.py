"""Judging by recorded evidence: latency, the compiled form, data checks, tests of the model, documents, own rules.

What was not collected refuses, and the sentence says what is missing and which command gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tidemill.evaluation.estimate import Estimate
from tidemill.evaluation.evidence import Evidence
from tidemill.evaluation.evidence_rules import CustomRule
from tidemill.evaluation.gate import GateCheck, judged, number
from tidemill.evaluation.gate_rule import GateRule

Check = Callable[[GateRule, Evidence], GateCheck]


def check_latency(rule: GateRule, evidence: Evidence) -> GateCheck:
    """Judge the measured time of an answer."""
    found, quantile = evidence.latency, rule.metric.removeprefix("latency_").removesuffix("_ms")
    if found is None or quantile not in found.quantiles:
        return _plain(rule, passed=False, sentence=f"no latency was measured: {_collect(evidence, '--latency')}")
    estimate = found.quantiles[quantile]
    bound = {"value": estimate.value, "low": estimate.low, "high": estimate.high}[rule.on]
    passed = bound <= rule.limit
    end = {"value": "", "low": "its lower end ", "high": "its upper end "}[rule.on]
    sentence = (
        f"{quantile} of {found.n:,} single answers ({found.runtime}) is {number(estimate.value)} ms (95 % "
        f"{number(estimate.low)} to {number(estimate.high)}): {end}{'' if passed else 'not '}at most "
        f"{number(rule.limit)} ms, on {found.rows}, {found.machine}"
    )
    return judged(rule, estimate, passed, sentence)


def check_parity(rule: GateRule, evidence: Evidence) -> GateCheck:
    """Judge whether the compiled form may answer."""
    found = evidence.parity
    if found is None:
        return _plain(rule, passed=False, sentence="the package has no parity report: make the candidate again")
    if found.passed:
        said = (
            f"compiled and trained form answer alike on {found.n:,} rows, the largest difference is {found.largest:.1e}"
        )
        return _plain(rule, passed=True, sentence=said, value=found.largest)
    why = found.reason or f"of {found.n:,} rows the largest difference is {found.largest:.1e}"
    return _plain(rule, passed=False, sentence=f"the compiled form may not answer instead of the trained one: {why}")


def check_data(rule: GateRule, evidence: Evidence) -> GateCheck:
    """Judge the checks of the dataset versions that were read."""
    found = evidence.datasets
    if not found:
        sentence = "it is not recorded which dataset versions were read: train by a pipeline that reads a source"
        return _plain(rule, passed=False, sentence=sentence)
    failed = [f"{each.reference}: {words}" for each in found for words in each.failed]
    if failed:
        return _plain(rule, passed=False, sentence=f"{len(failed)} checks of the data failed: {'; '.join(failed[:3])}")
    without = [each.reference for each in found if not each.n_checks]
    if without:
        sentence = f"{', '.join(without)} has no checks: declare some with its source and ingest it again"
        return _plain(rule, passed=False, sentence=sentence)
    n, names = sum(each.n_checks for each in found), ", ".join(each.reference for each in found)
    sentence = f"{n} of {n} checks of the data hold, of {names}"
    return _plain(rule, passed=True, sentence=sentence, value=float(n))


def check_tests(rule: GateRule, evidence: Evidence) -> GateCheck:
    """Judge the tests of the model."""
    found = {each.name: each for each in evidence.tests}
    missing = [name for name in rule.names if name not in found]
    if missing or not found:
        what = f"the tests {', '.join(missing)} were not run" if missing else "no test of the model was run"
        return _plain(rule, passed=False, sentence=f"{what}: {_collect(evidence, '--tests')}")
    asked = [found[name] for name in rule.names] if rule.names else [found[name] for name in sorted(found)]
    failed = [each for each in asked if each.n == 0 or each.n_failed > rule.limit * each.n]
    worst = max((each.n_failed / each.n if each.n else 1.0 for each in asked), default=0.0)
    if failed:
        said = "; ".join(f"{each.name}: {each.sentence}" for each in failed[:3])
        sentence = f"{len(failed)} of {len(asked)} tests of the model failed: {said}"
        return _plain(rule, passed=False, sentence=sentence, value=worst)
    n_cases = sum(each.n for each in asked)
    sentence = f"{len(asked)} of {len(asked)} tests of the model hold, on {n_cases:,} cases"
    return _plain(rule, passed=True, sentence=sentence, value=worst)


def check_documents(rule: GateRule, evidence: Evidence) -> GateCheck:
    """Judge whether the documents are there."""
    found = {each.name: each for each in evidence.documents}
    missing = [name for name in rule.names if name not in found]
    if missing:
        how = _collect(evidence, f"--document {missing[0]}")
        return _plain(rule, passed=False, sentence=f"{', '.join(missing)} is not there: {how}")
    empty = [name for name in rule.names if not found[name].n_bytes]
    if empty:
        return _plain(rule, passed=False, sentence=f"{', '.join(empty)} is empty: write it and attach it again")
    said = ", ".join(f"{name} ({found[name].n_bytes:,} bytes, {found[name].digest[:10]})" for name in rule.names)
    return _plain(rule, passed=True, sentence=f"{said} is there")


def check_loads(rule: GateRule, evidence: Evidence) -> GateCheck:
    """Say how the trial in a process of its own went."""
    if evidence.loads is None:
        return _plain(rule, passed=False, sentence="no trial of the model is recorded: make the candidate again")
    passed, sentence = evidence.loads
    return _plain(rule, passed=passed, sentence=sentence)


def check_custom(rule: CustomRule, evidence: Evidence) -> GateCheck:
    """Ask a rule of the project's own, twice: a pure function answers alike. Whatever it raises refuses."""
    try:
        ask: Callable[[Evidence], Any] = rule.function
        first, second = ask(evidence), ask(evidence)
    except Exception as error:  # noqa: BLE001 - code of the project; whatever it raises is the reason
        return _own(rule, passed=False, sentence=f"it raised {type(error).__name__}: {' '.join(str(error).split())}")
    if not (isinstance(first, tuple) and len(first) == 2 and isinstance(first[0], bool) and isinstance(first[1], str)):
        said = f"it returned {first!r:.80}; return whether it holds, and a sentence, as (True, 'it does')"
        return _own(rule, passed=False, sentence=said)
    if first != second:
        return _own(rule, passed=False, sentence="it gave two answers to the same evidence; a rule is a pure function")
    return _own(
        rule, passed=first[0], sentence=" ".join(first[1].split()) or ("holds" if first[0] else "does not hold")
    )


def check_code_missing(rule: GateRule, evidence: Evidence) -> GateCheck:
    """Refuse a rule that is code of the project where that is not loaded."""
    named = evidence.name or "VERSION"
    sentence = (
        f"{rule.metric} is a rule in the project's code, which is not loaded here: "
        f"'tidemill promote {named}' in the project's folder asks it"
    )
    return _plain(rule, passed=False, sentence=sentence)


#: What judges the kinds that need more than the report.
CHECKS: Mapping[str, Check] = {
    "latency_at_most": check_latency,
    "parity": check_parity,
    "data_checks": check_data,
    "model_tests": check_tests,
    "documents": check_documents,
    "loads": check_loads,
    "custom": check_code_missing,
}


def _own(rule: CustomRule, *, passed: bool, sentence: str) -> GateCheck:
    return _plain(rule.written(), passed=passed, sentence=f"{rule.name}: {sentence}")


def _plain(rule: GateRule, *, passed: bool, sentence: str, value: float | None = None) -> GateCheck:
    if value is None:
        return GateCheck(rule, rule.metric, None, None, None, rule.limit, passed=passed, sentence=sentence)
    return judged(rule, Estimate(value, value, value, 0), passed, sentence)


def _collect(evidence: Evidence, what: str) -> str:
    return f"'tidemill evidence {evidence.name or 'VERSION'} {what}' collects it"
