"""AUC and its DeLong interval, against definitions and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from tidemill.evaluation import compare
from tidemill.evaluation.auc import auc, placements

Z = 1.959963984540054
Scored = tuple[NDArray[np.float64], list[NDArray[np.float64]]]


@st.composite
def scored(draw: st.DrawFn, n_models: int = 1) -> Scored:
    """Labels with two or more of each class, and scores with many ties."""
    labels = [0, 0, 1, 1, *draw(st.lists(st.integers(0, 1), max_size=40))]
    scores = st.lists(st.integers(0, 9).map(lambda v: v / 10), min_size=len(labels), max_size=len(labels))
    return np.array(labels, dtype=np.float64), [np.array(draw(scores)) for _ in range(n_models)]


def by_pairs(y: NDArray[np.float64], p: NDArray[np.float64]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """AUC and DeLong's structural components straight from the definition, every pair looked at."""
    positive, negative = p[y == 1], p[y == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return float(wins.mean()), wins.mean(axis=1), wins.mean(axis=0)


@given(scored())
def test_auc_and_variance_are_those_of_all_pairs(case: Scored) -> None:
    y, (p,) = case
    value, above, below = by_pairs(y, p)
    variance = above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below)
    got = auc(y, p)
    assert got.value == pytest.approx(value, abs=1e-12)
    assert got.value == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert got.low == pytest.approx(max(0.0, value - Z * math.sqrt(variance)), abs=1e-9)
    assert got.high == pytest.approx(min(1.0, value + Z * math.sqrt(variance)), abs=1e-9)


@given(scored(n_models=2))
def test_the_paired_difference_is_that_of_all_pairs(
    case: Scored,
) -> None:
    y, (p, q) = case
    (a, a_above, a_below), (b, b_above, b_below) = by_pairs(y, p), by_pairs(y, q)
    above, below = a_above - b_above, a_below - b_below
    deviation = math.sqrt(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below))
    got = compare(y, p, q)
    assert got.difference == pytest.approx(a - b, abs=1e-12)
    assert got.high - got.difference == pytest.approx(Z * deviation, abs=1e-7)


def test_a_published_example() -> None:
    """Three positives, three negatives: worked by hand after DeLong et al."""
    y, p = np.array([1, 1, 1, 0, 0, 0]), np.array([0.9, 0.8, 0.3, 0.7, 0.2, 0.1])
    placed = placements(y, p)
    assert placed.auc == pytest.approx(8 / 9)
    assert placed.positives.tolist() == pytest.approx([1, 1, 2 / 3])
    assert placed.negatives.tolist() == pytest.approx([2 / 3, 1, 1])


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    y = np.repeat([0.0, 1.0], [150, 50])
    truth = 0.5 * (1 + math.erf(0.8 / 2))  # two normal distributions 0.8 apart
    covered = 0
    for _ in range(400):
        got = auc(y, rng.normal(size=200) + 0.8 * y)
        covered += got.low <= truth <= got.high
    assert 0.91 <= covered / 400 <= 0.98


def test_a_hundred_thousand_rows_are_no_trouble() -> None:
    rng = np.random.default_rng(6)
    y = (rng.random(100_000) < 0.2).astype(float)
    p = rng.random(100_000).round(3)
    assert auc(y, p).value == pytest.approx(roc_auc_score(y, p), abs=1e-12)
