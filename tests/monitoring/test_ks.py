"""The Kolmogorov-Smirnov distance from a profile: within its stated error of the exact one, whatever the values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tidemill.data import profile_numbers, sorted_numbers
from tidemill.monitoring.ks import ERROR, ks_distance

few_values = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=400)
many_values = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=400)


def exact(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The distance by the definition, from both samples whole."""
    at = np.concatenate([one, other])
    gaps = [np.searchsorted(np.sort(each), at, side="right") / len(each) for each in (one, other)]
    return float(np.abs(gaps[0] - gaps[1]).max())


@given(few_values | many_values, few_values | many_values)
def test_it_is_within_its_error_of_the_exact_distance(before: list[float], now: list[float]) -> None:
    one, other = np.array(before), np.array(now)
    found = ks_distance(profile_numbers(one), np.sort(other))
    assert found is not None
    assert abs(found - exact(one, other)) <= ERROR + 1e-12


@given(many_values)
def test_the_same_values_are_not_apart(values: list[float]) -> None:
    sample = np.sort(np.array(values))
    found = ks_distance(profile_numbers(sample), sample)
    assert found is not None
    assert found <= ERROR + 1e-12


def test_values_apart_have_the_distance_one() -> None:
    before = profile_numbers(np.arange(100.0))
    assert ks_distance(before, np.arange(200.0, 300.0)) == 1.0
    assert ks_distance(before, np.arange(-300.0, -200.0)) == 1.0


def test_where_nothing_is_known_there_is_no_distance() -> None:
    nothing = np.full(5, np.nan)
    assert ks_distance(profile_numbers(nothing), np.arange(3.0)) is None
    assert ks_distance(profile_numbers(np.arange(3.0)), sorted_numbers(nothing)) is None
