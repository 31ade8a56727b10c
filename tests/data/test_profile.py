"""Profiles and the population stability index: small, exact where they say so, the same after a journey."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.core import DamagedError
from tidemill.data import (
    CategoryProfile,
    NumberProfile,
    Profile,
    bin_counts,
    chance_psi,
    n_bins,
    profile,
    profile_column,
    profile_numbers,
    psi,
    reference_counts,
)

floats = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-3, 3).map(float)
columns = (
    st.lists(floats | st.none(), min_size=1, max_size=80).map(lambda values: pl.Series(values, dtype=pl.Float64))
    | st.lists(st.sampled_from("abcdé ") | st.none(), min_size=1, max_size=80).map(
        lambda values: pl.Series(values, dtype=pl.String)
    )
    | st.lists(st.booleans() | st.none(), min_size=1, max_size=80).map(
        lambda values: pl.Series(values, dtype=pl.Boolean)
    )
)
counts = st.lists(st.integers(0, 1000), min_size=4, max_size=4).map(np.array)


@given(columns)
def test_a_profile_counts_every_row_once_and_survives_its_journey(values: pl.Series) -> None:
    found = profile(values.to_frame("it"))
    assert Profile.from_bytes(found.to_bytes()) == found
    column = found.columns["it"]
    then = reference_counts(column)
    assert len(then) == n_bins(column)
    assert then.sum() == len(values)
    assert bin_counts(column, values).tolist() == then.tolist()
    assert psi(then, bin_counts(column, values)) == 0


@given(columns, columns)
def test_other_rows_are_all_counted_too(before: pl.Series, now: pl.Series) -> None:
    column = profile_column(before)
    assert column is not None
    if before.dtype == now.dtype:
        assert bin_counts(column, now).sum() == len(now)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=700))
def test_each_quantile_is_the_smallest_value_with_that_share_below_or_at_it(values: list[float]) -> None:
    sample = np.sort(np.array(values))
    found = profile_numbers(sample).quantiles
    for step in (1, 64, 128, 255, 256):
        at = found[step]
        assert at in sample
        assert (sample <= at).mean() >= step / 256
        assert (sample < at).mean() < step / 256
    assert found[0] == sample[0]


@given(counts, counts)
def test_psi_is_never_negative_and_the_same_both_ways(before: np.ndarray, now: np.ndarray) -> None:
    assert psi(before, now) >= 0
    assert math.isclose(psi(before, now), psi(now, before), abs_tol=1e-12)
    assert psi(before, before) == 0
    assert math.isfinite(psi(before, now))


def test_chance_alone_seldom_exceeds_what_chance_gives() -> None:
    random = np.random.default_rng(5)
    before = random.multinomial(3000, np.full(12, 1 / 12))
    n_beyond = 0
    for _ in range(2000):
        now = random.multinomial(200, np.full(12, 1 / 12))
        n_beyond += psi(before, now) > chance_psi(before, now)
    assert n_beyond <= 12  # 2 are expected


def test_values_beyond_the_reference_and_a_constant_that_changes_are_seen() -> None:
    constant = profile_numbers(np.zeros(500))
    assert psi(reference_counts(constant), bin_counts(constant, pl.Series([1.0] * 500))) > 5
    spread = profile_numbers(np.arange(500.0))
    assert psi(reference_counts(spread), bin_counts(spread, pl.Series(np.arange(500.0) + 1000))) > 5


def test_new_levels_and_missing_values_are_bins_of_their_own() -> None:
    column = profile_column(pl.Series(["a"] * 60 + ["b"] * 139 + ["rare"]))
    assert isinstance(column, CategoryProfile)
    assert bin_counts(column, pl.Series(["a", "new", None, "rare", None])).tolist() == [0, 1, 2, 2]


def test_only_the_most_frequent_levels_are_kept() -> None:
    column = profile_column(pl.Series([f"level {i:03d}" for i in range(300)] + ["level 299"]))
    assert isinstance(column, CategoryProfile)
    assert len(column.levels) == 200
    assert next(iter(column.levels)) == "level 299"
    assert (column.n_others, column.n_levels) == (100, 300)


def test_time_is_profiled_as_seconds_and_nested_values_are_left_out() -> None:
    start = datetime(2013, 1, 1, tzinfo=UTC)
    rows = pl.DataFrame(
        {"at": [start], "on": [date(2013, 1, 1)], "took": [timedelta(minutes=1)], "many": [[1, 2]], "none": [None]}
    )
    found = profile(rows)
    assert set(found.columns) == {"at", "on", "took", "none"}
    for name, mean in (("at", start.timestamp()), ("on", start.timestamp()), ("took", 60.0), ("none", None)):
        column = found.columns[name]
        assert isinstance(column, NumberProfile)
        assert column.mean == mean


def test_a_profile_is_small() -> None:
    random = np.random.default_rng(1)
    rows = pl.DataFrame({f"x{i}": random.normal(size=20_000) for i in range(10)})
    assert len(profile(rows).to_bytes()) < 10 * 7_000


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"n": 1, "columns": {"a": {}}}', b'{"n": 1, "columns": []}'])
def test_other_bytes_are_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError, match="not a profile"):
        Profile.from_bytes(data)
