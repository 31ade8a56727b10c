"""Every other metric against scikit-learn, and where each is undefined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as reference

from tidemill.evaluation.curves import calibration_bins, roc_points
from tidemill.evaluation.metrics import METRICS_OF, measure

RNG = np.random.default_rng(11)
P = RNG.random(3000)
Y = (RNG.random(3000) < P).astype(float)


def test_binary_metrics_are_those_of_scikit_learn() -> None:
    found = measure(Y, P, "binary", 0.4).estimates
    said = P >= 0.4
    assert found["log_loss"].value == pytest.approx(reference.log_loss(Y, P))
    assert found["brier"].value == pytest.approx(reference.brier_score_loss(Y, P))
    assert found["accuracy"].value == pytest.approx(reference.accuracy_score(Y, said))
    assert found["precision"].value == pytest.approx(reference.precision_score(Y, said))
    assert found["recall"].value == pytest.approx(reference.recall_score(Y, said))
    assert found["base_rate"].value == pytest.approx(Y.mean())


def test_certain_and_wrong_costs_what_scikit_learn_says() -> None:
    y, p = np.array([0.0, 1.0, 1.0]), np.array([1.0, 0.0, 1.0])
    assert measure(y, p, "binary", 0.5).estimates["log_loss"].value == pytest.approx(reference.log_loss(y, p))


def test_regression_metrics_are_those_of_scikit_learn() -> None:
    y = P * 10 + RNG.normal(size=3000)
    found = measure(y, P * 10, "regression", 0.5).estimates
    assert found["mae"].value == pytest.approx(reference.mean_absolute_error(y, P * 10))
    assert found["rmse"].value == pytest.approx(reference.root_mean_squared_error(y, P * 10))
    assert found["r2"].value == pytest.approx(reference.r2_score(y, P * 10))


@pytest.mark.parametrize("name", ["log_loss", "brier", "accuracy", "precision", "recall", "mae", "rmse", "r2"])
def test_intervals_are_those_of_a_bootstrap(name: str) -> None:
    rng = np.random.default_rng(3)
    task = "regression" if name in {"mae", "rmse", "r2"} else "binary"
    y, p = (P * 10 + RNG.normal(size=3000), P * 10) if task == "regression" else (Y, P)
    y, p = y[:1000], p[:1000]
    estimate = measure(y, p, task, 0.5).estimates[name]  # type: ignore[arg-type]
    drawn = []
    for _ in range(300):
        rows = rng.integers(0, 1000, 1000)
        drawn.append(measure(y[rows], p[rows], task, 0.5).estimates[name].value)  # type: ignore[arg-type]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert estimate.high - estimate.low == pytest.approx(high - low, rel=0.2)


@given(
    st.integers(0, 60).flatmap(
        lambda n: st.tuples(
            arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0])), arrays(np.float64, n, elements=st.floats(0, 1))
        )
    ),
    st.floats(0, 1),
)
def test_each_binary_metric_is_between_its_ends_or_has_a_reason(
    pair: tuple[np.ndarray, np.ndarray], threshold: float
) -> None:
    found = measure(*pair, "binary", threshold)
    names = {"auc", "log_loss", "brier", "accuracy", "precision", "recall", "base_rate"}
    names |= {"false_positive_rate", "selection_rate"}
    assert set(found.estimates) | set(found.undefined) == names
    assert not set(found.estimates) & set(found.undefined)
    for estimate in found.estimates.values():
        assert np.isfinite([estimate.value, estimate.low, estimate.high]).all()
        assert estimate.low - 1e-12 <= estimate.value <= estimate.high + 1e-12
    for reason in found.undefined.values():
        assert reason


def test_one_class_leaves_auc_undefined() -> None:
    found = measure(np.ones(50), P[:50], "binary", 0.5)
    assert found.undefined["auc"] == "all 50 labels are 1: it compares rows of two classes"
    assert "log_loss" in found.estimates


def test_constant_predictions_have_no_skill_and_no_error() -> None:
    found = measure(Y, np.full(3000, 0.25), "binary", 0.5)
    assert found.estimates["auc"].value == 0.5
    assert found.undefined["precision"] == "no row is predicted at 0.5 or above"


def test_constant_labels_leave_r2_undefined() -> None:
    assert measure(np.full(9, 3.0), P[:9], "regression", 0.5).undefined == {"r2": "all labels are the same"}


def test_roc_points_are_few_and_on_the_curve() -> None:
    points = roc_points(Y, P)
    fpr, tpr, _ = reference.roc_curve(Y, P, drop_intermediate=False)
    on_curve = set(zip(fpr.round(12), tpr.round(12), strict=True))
    assert 50 < len(points) <= 101
    assert all((round(q.false_positive_rate, 12), round(q.true_positive_rate, 12)) in on_curve for q in points)
    assert (points[0].false_positive_rate, points[0].true_positive_rate) == (0, 0)
    assert (points[-1].false_positive_rate, points[-1].true_positive_rate) == (1, 1)
    area = np.trapezoid([q.true_positive_rate for q in points], [q.false_positive_rate for q in points])
    assert area == pytest.approx(reference.roc_auc_score(Y, P), abs=0.003)


def test_calibration_bins_hold_the_rows_once() -> None:
    bins = calibration_bins(Y, P, "binary")
    assert len(bins) == 10
    assert sum(each.n for each in bins) == 3000
    assert [each.predicted for each in bins] == sorted(each.predicted for each in bins)
    assert sum(each.low <= each.predicted <= each.high for each in bins) >= 8  # P is the true probability


def test_constant_predictions_make_one_bin() -> None:
    assert [each.n for each in calibration_bins(Y, np.full(3000, 0.3), "binary")] == [3000]
    assert calibration_bins(np.zeros(0), np.zeros(0), "binary") == ()
    assert roc_points(np.zeros(5), P[:5]) == ()


@pytest.mark.parametrize("stray", [2.0, 0.5, -1.0, 1e308])
def test_a_label_that_is_neither_0_nor_1_leaves_no_binary_metric(stray: float) -> None:
    y = Y.copy()
    y[3] = stray
    found = measure(y, P, "binary", 0.5)
    assert found.estimates == {}
    shown = repr(stray).removesuffix(".0")
    assert set(found.undefined) == {*METRICS_OF["binary"]}
    assert found.undefined["auc"].startswith(f"1 of 3,000 labels are neither 0 nor 1, such as {shown}: ")
