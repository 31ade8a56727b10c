"""Fewer points of a curve: never more than asked for, and none that is seen is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tidemill.core import UsageError
from tidemill.tracking.sampling import Extent, Points, downsample, downsample_parts

_FLOATS = st.floats(allow_nan=True, allow_infinity=True)
_STEPS = st.one_of(
    st.integers(0, 400).map(np.arange),
    st.integers(0, 400).map(lambda n: np.zeros(n, np.int64)),
    arrays.arrays(np.int64, st.integers(0, 400), elements=st.integers(-(2**63), 2**63 - 1)).map(np.sort),
    arrays.arrays(np.int64, st.integers(0, 400), elements=st.sampled_from([0, 1, 2, 3, 2**62])).map(np.sort),
)


@st.composite
def _curves(draw: st.DrawFn) -> Points:
    steps = draw(_STEPS).astype(np.int64)
    values = draw(arrays.arrays(np.float64, len(steps), elements=_FLOATS, fill=st.floats(-1, 1)))
    return Points(steps, np.arange(len(steps)), values)


@settings(deadline=None)
@given(_curves(), st.integers(10, 120), st.integers(1, 97))
def test_what_is_seen_is_kept(curve: Points, at_most: int, size: int) -> None:
    few = downsample(curve, at_most)
    n = len(curve.steps)
    assert len(few.steps) <= at_most
    if n <= at_most:
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(few, curve, strict=True))
        return
    assert np.all(np.diff(few.at) > 0)  # of the curve, in its order, none twice
    assert np.array_equal(few.values, curve.values[few.at], equal_nan=True)
    assert np.array_equal(few.steps, curve.steps[few.at])
    assert (few.at[0], few.at[-1]) == (0, n - 1)
    assert len(few.steps) >= at_most // 10  # sparse, duplicate and zero steps lose no detail
    finite = curve.values[~np.isnan(curve.values)]
    if len(finite):
        assert np.nanmin(few.values) == finite.min()
        assert np.nanmax(few.values) == finite.max()
    assert np.isnan(few.values).any() == np.isnan(curve.values).any()
    parts = [curve.take(slice(at, at + size)) for at in range(0, n, size)]
    whole = downsample_parts(parts, Extent(n, int(curve.steps[0]), int(curve.steps[-1])), at_most)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(few, whole, strict=True))


def test_a_spike_of_one_point_in_a_million_is_seen() -> None:
    values = np.zeros(1_000_000)
    values[[123_456, 654_321, 777_777]] = [9.0, -9.0, np.nan]
    few = downsample(Points(np.arange(len(values)), np.arange(len(values)), values), 500)
    assert {9.0, -9.0} < set(few.values.tolist())
    assert np.isnan(few.values).sum() == 1
    assert {123_456, 654_321, 777_777} < set(few.steps.tolist())


@pytest.mark.parametrize("at_most", [-1, 0, 9, 10_001])
def test_a_curve_is_not_cut_down_to_nothing(at_most: int) -> None:
    with pytest.raises(UsageError, match="use 10 to 10,000"):
        downsample(Points(np.arange(3), np.arange(3), np.zeros(3)), at_most)
