"""Gates: pure functions of reports, with a sentence for each rule."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.rows import score, training_set
from tidemill.core import DamagedError, UsageError
from tidemill.evaluation import (
    Comparison,
    Estimate,
    EvaluationError,
    EvaluationReport,
    GateRule,
    GateVerdict,
    JudgedRows,
    SliceMetrics,
    at_least,
    at_most,
    compare,
    evaluate,
    judge,
    no_worse_than,
    slice_at_least,
)

AUC = Estimate(0.707, 0.699, 0.715, 900)


def report(**metrics: Estimate) -> EvaluationReport:
    slices = (
        SliceMetrics("carrier", "AA", 600, {"auc": Estimate(0.72, 0.70, 0.74, 600)}),
        SliceMetrics("carrier", "UA", 290, {"auc": Estimate(0.66, 0.62, 0.70, 290)}),
        SliceMetrics("carrier", "HA", 10, {}, {"auc": "all 10 labels are 0"}),
    )
    undefined = {"precision": "no row is predicted at 0.5 or above"}
    return EvaluationReport("binary", metrics or {"auc": AUC}, 900, 0, undefined, slices)


@pytest.mark.parametrize(
    ("rule", "passed", "sentence"),
    [
        (at_least("auc", 0.65), True, "auc 0.707 (95 % 0.699 to 0.715) is at least 0.650"),
        (at_least("auc", 0.71), False, "auc 0.707 (95 % 0.699 to 0.715) is not at least 0.710"),
        (at_least("auc", 0.7, on="low"), False, "has its lower end not at least 0.700"),
        (at_least("auc", 0.71, on="high"), True, "has its upper end at least 0.710"),
        (at_most("auc", 0.707), True, "is at most 0.707"),
        (at_most("auc", 0.71, on="high"), False, "has its upper end not at most 0.710"),
        (at_least("precision", 0.1), False, "precision cannot be judged: no row is predicted at 0.5 or above"),
        (at_least("acu", 0.1), False, "no metric 'acu'. Did you mean 'auc'? There is: auc, precision"),
        (slice_at_least("carrier", "auc", 0.65), True, "of carrier 'UA', the lowest of 2, is 0.660"),
        (slice_at_least("carrier", "auc", 0.65), True, "1 of fewer than 100 rows were not judged"),
        (slice_at_least("carrier", "auc", 0.65, on="low"), False, "has its lower end not at least 0.650"),
        (slice_at_least("carrier", "auc", 0.6, min_rows=5), False, "of carrier 'HA': all 10 labels are 0"),
        (slice_at_least("carrier", "auc", 0.6, min_rows=5000), False, "no slice by 'carrier' has 5000 rows"),
        (slice_at_least("dest", "auc", 0.6), False, "evaluate with slices=['dest']"),
        (no_worse_than("champion"), True, "there is no champion to compare auc with, so the rule holds"),
    ],
)
def test_each_rule_and_its_sentence(rule: GateRule, passed: bool, sentence: str) -> None:
    verdict = judge([rule], report())
    assert verdict.passed is passed
    assert sentence in verdict.checks[0].sentence
    assert "\n" not in verdict.checks[0].sentence


def test_one_failed_rule_refuses_and_the_verdict_says_which() -> None:
    verdict = judge([at_least("auc", 0.5), at_least("auc", 0.9)], report())
    assert not verdict.passed
    assert verdict.sentence == "refused: auc 0.707 (95 % 0.699 to 0.715) is not at least 0.900"
    assert judge([at_least("auc", 0.5)], report()).sentence == "passed: 1 of 1 checks hold"
    assert judge([], report()).passed


def test_the_champion_is_compared_by_report() -> None:
    better = report(auc=Estimate(0.72, 0.71, 0.73, 900))
    assert not judge([no_worse_than("champion")], report(), better).passed
    within = judge([no_worse_than("champion", margin=0.02)], report(), better)
    assert within.passed
    assert "auc minus that of the champion by their reports is -0.013" in within.checks[0].sentence
    assert judge([no_worse_than("champion", on="high")], report(), report()).passed
    assert not judge([no_worse_than("champion", on="low")], report(), report()).passed


def test_a_metric_where_less_is_better_is_compared_the_other_way() -> None:
    own, champion = report(log_loss=Estimate(0.50, 0.49, 0.51, 900)), report(log_loss=Estimate(0.52, 0.51, 0.53, 900))
    assert judge([no_worse_than("champion", "log_loss")], own, champion).passed
    assert not judge([no_worse_than("champion", "log_loss")], champion, own).passed


def test_a_comparison_on_the_same_rows_is_preferred() -> None:
    better = report(auc=Estimate(0.9, 0.89, 0.91, 900))
    paired = Comparison("auc", 0.004, -0.001, 0.009, 0.1, 900)
    check = judge([no_worse_than("champion", margin=0.002, on="low")], report(), better, paired).checks[0]
    assert check.passed
    assert "on the same rows is 0.004 (95 % -0.001 to 0.009): at its worse end that is no loss" in check.sentence


rules = st.one_of(
    st.builds(at_least, st.sampled_from(["auc", "x"]), st.floats(-1, 1), st.sampled_from(["value", "low", "high"])),
    st.builds(at_most, st.sampled_from(["auc", "x"]), st.floats(-1, 1)),
    st.builds(slice_at_least, st.sampled_from(["carrier", "x"]), st.just("auc"), st.floats(0, 1), st.integers(0, 999)),
    st.builds(no_worse_than, st.just("champion"), st.just("auc"), st.floats(0, 1)),
)


@given(st.lists(rules, max_size=4))
def test_rules_and_verdicts_are_read_back_from_json(given_rules: list[GateRule]) -> None:
    verdict = judge(given_rules, report(), report())
    assert GateVerdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict
    assert [GateRule.from_json(json.loads(json.dumps(r.to_json()))) for r in given_rules] == given_rules


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_stricter_limit_never_passes_more(limit: float, stricter: float) -> None:
    low, high = sorted((limit, stricter))
    assert judge([at_least("auc", low)], report()).passed >= judge([at_least("auc", high)], report()).passed
    assert judge([at_least("auc", low)], report()).passed >= judge([at_least("auc", low, on="low")], report()).passed


def test_wrong_rules_are_refused_when_they_are_made() -> None:
    with pytest.raises(UsageError, match=r"on 'lwo'\. Did you mean 'low'\?"):
        at_least("auc", 0.5, on="lwo")  # type: ignore[arg-type]
    for limit in (float("nan"), "0.5", True, None):
        with pytest.raises(UsageError, match="is a finite number"):
            at_least("auc", limit)  # type: ignore[arg-type]
    with pytest.raises(DamagedError):
        GateRule.from_json({"kind": "at_least"})
    with pytest.raises(DamagedError):
        GateVerdict.from_json({})


def test_a_model_is_not_better_than_itself() -> None:
    rows = training_set().labelled()
    p = score(rows.x)
    for metric in ("auc", "log_loss", "brier", "accuracy", "mae"):
        same = compare(rows.y, p, p, metric)
        assert (same.difference, same.p_value) == (0.0, 1.0)


def test_a_clear_difference_is_found_and_is_turned_round_with_the_models() -> None:
    rows = training_set().labelled()
    p, noise = score(rows.x), np.random.default_rng(1).random(len(rows))
    for metric, sign in (("auc", 1), ("accuracy", 1), ("log_loss", -1), ("brier", -1)):
        better, worse = compare(rows.y, p, noise, metric), compare(rows.y, noise, p, metric)
        assert sign * better.difference > 0
        assert better.p_value < 1e-6
        assert better.difference == pytest.approx(-worse.difference)
        assert Comparison.from_json(better.to_json()) == better


def test_the_p_value_is_uniform_when_models_are_equally_good() -> None:
    rng = np.random.default_rng(2)
    y = np.repeat([0.0, 1.0], 100)
    n_rejected = 0
    for _ in range(300):
        signal = y + rng.normal(size=200)
        n_rejected += compare(y, signal + rng.normal(size=200), signal + rng.normal(size=200)).p_value < 0.05
    assert 0.02 <= n_rejected / 300 <= 0.09


def test_what_cannot_be_compared_says_why() -> None:
    y, p = np.array([0.0, 0.0, 0.0]), np.array([0.1, 0.2, 0.3])
    with pytest.raises(EvaluationError, match="at least 2 rows of each class: there are 0 positive"):
        compare(y, p, p)
    with pytest.raises(EvaluationError, match="3 labels and 2 and 3 predictions"):
        compare(y, p[:2], p)
    with pytest.raises(EvaluationError, match=r"by 'acc'.*Allowed: auc, log_loss, brier, accuracy, mae"):
        compare(y, p, p, "acc")


def test_a_real_report_goes_through_a_gate() -> None:
    found = evaluate(score, training_set(), slices=["carrier"])
    rules = [at_least("auc", 0.75), at_most("log_loss", 0.55), slice_at_least("carrier", "auc", 0.7)]
    verdict = judge(rules, found)
    assert verdict.passed, verdict.sentence


def test_a_rule_may_ask_for_the_latest_labelled_rows() -> None:
    rule = no_worse_than("champion", rows="latest_labelled")
    assert (rule.rows, rule.window) == ("latest_labelled", "14d")
    assert GateRule.from_json(json.loads(json.dumps(rule.to_json()))) == rule
    assert no_worse_than("champion", window="7d").window == ""
    # As verdicts were stored before rules named their rows.
    old = {name: value for name, value in rule.to_json().items() if name not in {"rows", "window"}}
    assert GateRule.from_json(old) == no_worse_than("champion")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rows": "latest_labeled"}, "on the rows 'latest_labeled'. Did you mean 'latest_labelled'?"),
        ({"rows": "latest_labelled", "window": "0d"}, "window is '0d'; it must be longer than nothing"),
        ({"rows": "latest_labelled", "window": "two weeks"}, "two weeks"),
    ],
)
def test_rows_and_window_of_a_rule_are_checked_where_it_is_declared(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as told:
        no_worse_than("champion", **given)
    assert said in str(told.value)


def test_the_sentence_names_the_rows_and_why_not_others() -> None:
    y = np.array([0, 1] * 50)
    found = compare(y, y * 0.5 + 0.1, 0.9 - y * 0.5)
    rows = JudgedRows("latest_labelled", 100, "2013-06-03T00:00:00.000000Z", "2013-06-16T23:59:00.000000Z")
    rule = no_worse_than("champion", rows="latest_labelled")
    check = judge([rule], report(), comparison=found, judged_on=rows).checks[0]
    said = "auc 1.000 against 0.000 of the champion on 100 labelled rows of 2013-06-03 to 2013-06-16, a difference of "
    assert check.sentence.startswith(said)
    assert (check.candidate, check.champion, check.judged_on) == (1.0, 0.0, rows)
    fallen = JudgedRows("holdout", 90, rows.first_at, rows.last_at, "only 3 answers have a label")
    verdict = judge([rule], report(), comparison=found, judged_on=fallen)
    assert "on 90 rows of the candidate's holdout from 2013-06-03 to 2013-06-16" in verdict.checks[0].sentence
    assert verdict.checks[0].sentence.endswith("(not on the latest labelled rows: only 3 answers have a label)")
    assert GateVerdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


@pytest.mark.parametrize("metric", ["auc", "log_loss", "brier", "accuracy", "mae"])
@given(st.integers(0, 2**32 - 1))
def test_a_comparison_keeps_the_metric_of_each(metric: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = np.array([0.0, 0.0, 1.0, 1.0, *rng.integers(0, 2, 30)])
    a, b = rng.random((2, len(y)))
    found, back = compare(y, a, b, metric), compare(y, b, a, metric)
    assert found.candidate is not None
    assert found.champion is not None
    assert found.difference == found.candidate - found.champion
    assert (back.candidate, back.champion) == (found.champion, found.candidate)
    assert found.low <= found.difference <= found.high
