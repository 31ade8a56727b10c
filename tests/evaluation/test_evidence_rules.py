"""Rules on all the evidence: each with its sentence, missing evidence refuses, and judging is a pure function."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.rows import score, training_set
from tidemill.core import DamagedError, UsageError
from tidemill.evaluation import (
    Beside,
    CustomRule,
    DatasetChecks,
    Document,
    Estimate,
    EvaluationError,
    EvaluationReport,
    Evidence,
    GateRule,
    GateVerdict,
    Latency,
    ModelTestResult,
    Parity,
    Rule,
    SliceMetrics,
    as_rule,
    at_least,
    at_most,
    collected_from_json,
    collected_to_json,
    compare,
    data_checks,
    directional,
    documents,
    evaluate,
    four_fifths,
    group_gap_at_most,
    invariance,
    judge_evidence,
    latency_at_most,
    measure_latency,
    minimum_functionality,
    model_test,
    model_tests,
    no_worse_than,
    parity,
    run_model_tests,
)
from tidemill.evaluation.estimate import share_estimate
from tidemill.evaluation.gate_groups import difference, ratio

LOADS = (True, "the model loads in a process of its own and answers 50 example rows as here")


def group(value: str, hits: int, n: int) -> SliceMetrics:
    """A group of which so many of so many are predicted positive."""
    share = share_estimate(hits, n)
    return SliceMetrics("sex", value, n, {"selection_rate": share, "recall": share})


def report(*groups: SliceMetrics, auc: float = 0.7) -> EvaluationReport:
    return EvaluationReport("binary", {"auc": Estimate(auc, auc - 0.01, auc + 0.01, 900)}, 900, 0, {}, groups)


FAIR = report(group("f", 380, 1000), group("m", 400, 1000), group("x", 1, 9))
UNFAIR = report(group("f", 300, 1000), group("m", 400, 1000))
LATENCY = Latency("onnx", 1000, {"p99": Estimate(4.0, 3.5, 5.5, 1000)}, "50 rows", "2 cores x86_64")
FULL = Evidence(
    report=FAIR,
    name="late/3",
    latency=LATENCY,
    parity=Parity(True, 1200, 3e-8),
    datasets=(DatasetChecks("parcels@1", 4),),
    tests=(ModelTestResult("heavier_is_later", "directional", 100, 2, "2 of 100 answers went down"),),
    documents=(Document("CARD.md", "3f" * 32, 2340),),
    loads=LOADS,
)


def sentence(rule: Rule, evidence: Evidence = FULL) -> tuple[bool, str]:
    check = judge_evidence([rule], evidence).checks[0]
    assert "\n" not in check.sentence
    return check.passed, check.sentence


@pytest.mark.parametrize(
    ("rule", "evidence", "passed", "said"),
    [
        (
            group_gap_at_most("sex", "selection_rate", 0.05),
            FULL,
            True,
            "0.400 of sex 'm' and 0.380 of 'f', the largest",
        ),
        (group_gap_at_most("sex", "selection_rate", 0.05), FULL, True, "1 of fewer than 100 rows were not judged"),
        (group_gap_at_most("sex", "recall", 0.01), FULL, False, "true positive rate is 0.400"),
        (group_gap_at_most("sex", "recall", 0.05, on="high"), FULL, False, "its upper end is not at most 0.050"),
        (group_gap_at_most("sex", "recall", 0.0, on="low"), FULL, True, "its lower end is at most 0.000"),
        (group_gap_at_most("age", "recall", 0.1), FULL, False, "there are no groups by 'age': evaluate with slices="),
        (group_gap_at_most("sex", "recall", 0.1, min_rows=5000), FULL, False, "0 of 3 groups by 'sex' have 5000 rows"),
        (group_gap_at_most("sex", "accuracy", 0.1), FULL, False, "accuracy of sex 'f': the report has no metric"),
        (four_fifths("sex"), FULL, True, "0.950 times as often as 'm' (0.380 against 0.400"),
        (four_fifths("sex"), replace(FULL, report=UNFAIR), False, "not at least four fifths (29 CFR 1607.4(D))"),
        (latency_at_most(5), FULL, True, "p99 of 1,000 single answers (onnx) is 4.000 ms (95 % 3.500 to 5.500)"),
        (latency_at_most(5), FULL, True, "on 50 rows, 2 cores x86_64"),
        (latency_at_most(5, on="high"), FULL, False, "its upper end not at most 5.000 ms"),
        (latency_at_most(5, "p50"), FULL, False, "'tidemill evidence late/3 --latency' collects it"),
        (parity(), FULL, True, "answer alike on 1,200 rows, the largest difference is 3.0e-08"),
        (parity(), replace(FULL, parity=Parity(False, 12, 0.4, "")), False, "the largest difference is 4.0e-01"),
        (data_checks(), FULL, True, "4 of 4 checks of the data hold, of parcels@1"),
        (
            data_checks(),
            replace(FULL, datasets=(DatasetChecks("p@1", 2, ("no null",)),)),
            False,
            "failed: p@1: no null",
        ),
        (data_checks(), replace(FULL, datasets=(DatasetChecks("p@1", 0),)), False, "p@1 has no checks"),
        (model_tests(most_failing=0.02), FULL, True, "1 of 1 tests of the model hold, on 100 cases"),
        (model_tests(), FULL, False, "heavier_is_later: 2 of 100 answers went down"),
        (model_tests("other"), FULL, False, "the tests other were not run: 'tidemill evidence late/3 --tests'"),
        (documents("CARD.md"), FULL, True, "CARD.md (2,340 bytes, 3f3f3f3f3f) is there"),
        (documents("DPIA.md"), FULL, False, "'tidemill evidence late/3 --document DPIA.md' collects it"),
        (documents("C"), replace(FULL, documents=(Document("C", "0" * 64, 0),)), False, "C is empty"),
        (at_least("auc", 0.65), FULL, True, "is at least 0.650"),
    ],
)
def test_each_rule_and_its_sentence(rule: GateRule, evidence: Evidence, passed: bool, said: str) -> None:
    found, words = sentence(rule, evidence)
    assert said in words
    assert found is passed


@pytest.mark.parametrize(
    "rule",
    [
        latency_at_most(5),
        parity(),
        data_checks(),
        model_tests(),
        documents("CARD.md"),
        no_worse_than("champion"),
        group_gap_at_most("sex", "recall", 0.9),
        GateRule("custom", "of_the_project", 0.0),
    ],
)
def test_missing_evidence_refuses_and_says_what_to_do(rule: GateRule) -> None:
    bare = Evidence(EvaluationReport("binary", {}, 0, 0), loads=LOADS)
    passed, words = sentence(rule, bare)
    assert not passed
    assert any(word in words for word in ("tidemill", "again", "by a pipeline", "evaluate with", "compared"))


def test_no_trial_or_a_failed_one_refuses_whatever_else_holds() -> None:
    assert judge_evidence([], FULL).passed
    assert not judge_evidence([at_least("auc", 0.1)], replace(FULL, loads=None)).passed
    assert not judge_evidence([], replace(FULL, loads=(False, "it ended the process by SIGSEGV"))).passed


def test_a_comparison_is_judged_by_its_interval_and_says_so() -> None:
    rule = no_worse_than("champion", margin=0.0, on="low")
    rng = np.random.default_rng(3)
    y, p = (rng.random(400) < 0.5).astype(float), rng.random(400)
    noisy = compare(y, p, np.clip(p + rng.normal(0, 0.2, 400), 0, 1))
    passed, words = sentence(rule, replace(FULL, beside={rule: Beside("late/2", noisy)}))
    assert passed is (noisy.low >= 0)
    assert "at its worse end that is" in words
    assert "(95 % " in words
    trouble = replace(FULL, beside={rule: Beside("late/2", trouble="it takes other inputs")})
    assert sentence(rule, trouble) == (False, "auc cannot be compared with that of late/2: it takes other inputs")


def test_a_rule_of_ones_own_is_a_function_of_the_evidence() -> None:
    def enough(evidence: Evidence) -> tuple[bool, str]:
        return evidence.report.n_rows >= 500, f"{evidence.report.n_rows} rows, 500 are asked"

    assert sentence(as_rule(enough)) == (True, "enough: 900 rows, 500 are asked")
    asked: list[int] = []

    def moody(_: Evidence) -> Any:
        asked.append(1)
        return len(asked) % 2 == 0, "it depends"

    def broken(_: Evidence) -> Any:
        raise KeyError("auc")

    assert "it gave two answers" in sentence(as_rule(moody))[1]
    assert sentence(as_rule(broken)) == (False, "broken: it raised KeyError: 'auc'")
    assert "return whether it holds, and a sentence" in sentence(CustomRule("vague", lambda _: True))[1]  # type: ignore[arg-type, return-value]
    assert as_rule(enough).to_json()["metric"] == "enough"
    with pytest.raises(UsageError, match=r"is given 0\.7 as a rule"):
        as_rule(0.7)


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: group_gap_at_most("sex", "recal", 0.1), "Did you mean 'recall'"),
        (lambda: latency_at_most(5, "p95"), "latency has no quantile 'p95'"),
        (lambda: latency_at_most(math.nan), "is a finite number"),
        (lambda: model_tests(most_failing=1.5), "give 0 or more and less than 1"),
        (documents, "give the files that must be there"),
        (lambda: documents(""), "a document is asked for by its name"),
        (lambda: model_test(lambda: None), "takes the model, and when it wants them rows"),
    ],
)
def test_a_wrong_declaration_is_refused_where_it_stands(declare: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        declare()


RULES: tuple[Rule, ...] = (
    at_least("auc", 0.65),
    at_most("auc", 0.69),
    group_gap_at_most("sex", "recall", 0.01),
    four_fifths("sex"),
    latency_at_most(3),
    parity(),
    model_tests(),
    documents("CARD.md", "DPIA.md"),
)


@given(st.permutations(RULES))
def test_the_order_of_rules_decides_nothing(rules: list[Rule]) -> None:
    first, other = judge_evidence(RULES, FULL), judge_evidence(rules, FULL)
    assert first.passed is other.passed
    assert {check.sentence for check in first.checks} == {check.sentence for check in other.checks}
    assert judge_evidence(rules, FULL) == other, "the same evidence gives the same verdict"


@given(st.lists(st.sampled_from(RULES), max_size=6), st.sampled_from(RULES))
def test_one_more_rule_never_lets_more_in(rules: list[Rule], one_more: Rule) -> None:
    assert judge_evidence([*rules, one_more], FULL).passed <= judge_evidence(rules, FULL).passed


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(["value", "low", "high"]))
def test_a_better_metric_is_never_judged_worse(a: float, b: float, limit: float, on: Any) -> None:
    low, high = sorted((a, b))
    worse, better = (replace(FULL, report=report(auc=each)) for each in (low, high))
    rule, other = at_least("auc", limit, on), at_most("auc", limit, on)
    assert sentence(rule, worse)[0] <= sentence(rule, better)[0]
    assert sentence(other, worse)[0] >= sentence(other, better)[0]


@given(st.integers(1, 400), st.integers(400, 900), st.floats(0, 1), st.sampled_from(["value", "low", "high"]))
def test_groups_that_come_closer_are_never_judged_worse(least: int, most: int, limit: float, on: Any) -> None:
    far = replace(FULL, report=report(group("a", least, 1000), group("b", most, 1000)))
    near = replace(FULL, report=report(group("a", (least + most) // 2, 1000), group("b", most, 1000)))
    for rule in (group_gap_at_most("sex", "recall", limit, on=on), four_fifths("sex", on=on)):
        assert sentence(rule, far)[0] <= sentence(rule, near)[0]


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50))
def test_intervals_of_shares_hold_their_value(hits: int, more: int, others: int, more_others: int) -> None:
    a, b = share_estimate(hits, hits + more), share_estimate(others, others + more_others)
    for found in (difference(a, b), ratio(a, b)):
        assert found.low <= found.value <= found.high
    assert difference(a, b).value == -difference(b, a).value


def test_verdicts_with_every_rule_survive_being_stored() -> None:
    verdict = judge_evidence((*RULES, data_checks()), FULL)
    assert GateVerdict.from_json(verdict.to_json()) == verdict
    for kind, evidence in (("latency", LATENCY), ("model_test", FULL.tests[0]), ("document", FULL.documents[0])):
        assert collected_from_json(kind, collected_to_json(evidence)) == evidence
    with pytest.raises(DamagedError, match="collect it again"):
        collected_from_json("latency", {})


def test_an_old_verdict_without_names_is_read() -> None:
    stored = at_least("auc", 0.7).to_json()
    del stored["names"]
    assert GateRule.from_json(stored) == at_least("auc", 0.7)


def test_tests_of_a_model_say_what_they_found() -> None:
    rows = training_set(200).x

    @model_test
    def the_carrier_changes_nothing(model: Any, rows: pl.DataFrame) -> Any:
        return invariance(model, rows, rows.with_columns(carrier=pl.lit("ZZ")), tolerance=0.01)

    @model_test
    def more_is_more(model: Any, rows: pl.DataFrame) -> Any:
        return directional(model, rows, rows.with_columns(score=pl.col("score") * 0.5), "up")

    @model_test
    def known_cases(model: Any) -> Any:
        return minimum_functionality(model, [{"score": 0.9}, {"score": 0.1}], at_least=0.5)

    @model_test
    def asserts(model: Any) -> None:
        assert model is None, "it is there"

    @model_test
    def breaks(model: Any) -> None:
        raise RuntimeError("no luck")

    @model_test
    def says_yes(model: Any) -> bool:
        return True

    tests = [the_carrier_changes_nothing, more_is_more, known_cases, asserts, breaks, says_yes]
    found = {each.name: each for each in run_model_tests(tests, score, rows)}
    assert (found["the_carrier_changes_nothing"].n, found["the_carrier_changes_nothing"].n_failed) == (200, 0)
    assert found["more_is_more"].n_failed == 200
    assert "answers went down by more than 0 where up is expected" in found["more_is_more"].sentence
    assert found["known_cases"].sentence == "1 of 2 answers are not at least 0.5, the farthest is 0.1"
    assert found["asserts"].sentence.startswith("it is there")
    assert found["breaks"].sentence == "it raised RuntimeError: no luck"
    assert (found["says_yes"].n_failed, found["breaks"].n_failed) == (0, 1)
    with pytest.raises(UsageError, match="compared one by one"):
        invariance(score, rows, rows.head(3))


def test_a_report_holds_what_groups_are_compared_by() -> None:
    rows = training_set()
    found = evaluate(score, rows, slices=["carrier"])
    assert {"selection_rate", "false_positive_rate", "recall"} <= found.metrics.keys()
    evidence = Evidence(found, loads=LOADS)
    assert sentence(group_gap_at_most("carrier", "selection_rate", 0.2, min_rows=50), evidence)[0]


def test_latency_is_measured_on_what_it_says() -> None:
    rows = training_set(30, unlabelled=0).x
    found = measure_latency(score, rows, "native", "30 rows", n=200)
    p50, p99 = found.quantiles["p50"], found.quantiles["p99"]
    assert 0 < p50.low <= p50.value <= p50.high <= p99.high
    assert (found.n, found.rows, found.runtime) == (200, "30 rows", "native")
    assert "cores" in found.machine
    with pytest.raises(EvaluationError, match="there are none"):
        measure_latency(score, rows.head(0), "native", "nothing")
