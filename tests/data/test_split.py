"""A split by time keeps every row once and refuses what cannot split."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.core import UsageError
from tidemill.data import split_by_time

START = datetime(2013, 1, 1, tzinfo=UTC)


@given(st.lists(st.integers(0, 100), min_size=2, unique=True), st.integers(1, 48))
def test_all_that_is_held_out_is_later_than_all_that_is_fitted(hours: list[int], holdout: int) -> None:
    frame = pl.DataFrame({"at": [START + timedelta(hours=hour) for hour in hours]})
    if holdout > max(hours) - min(hours):
        with pytest.raises(UsageError, match="choose a time inside that span"):
            split_by_time(frame, "at", f"{holdout}h")
        return
    fit, held_out = split_by_time(frame, "at", f"{holdout}h")
    assert fit.height + held_out.height == frame.height
    newest = frame["at"].to_list()
    assert fit["at"].to_list() == [at for at in newest if at <= max(newest) - timedelta(hours=holdout)]
    assert set(fit["at"]).isdisjoint(held_out["at"])


def test_a_split_needs_a_time_without_nulls() -> None:
    frame = pl.DataFrame({"at": [START, None], "n": [1, 2]})
    with pytest.raises(UsageError, match="with 1 nulls"):
        split_by_time(frame, "at", "1d")
    with pytest.raises(UsageError, match="'n' cannot split by time: it is Int64"):
        split_by_time(frame, "n", "1d")
    with pytest.raises(UsageError, match=r"no column 'att' to split by\. Did you mean 'at'\?"):
        split_by_time(frame, "att", "1d")
    with pytest.raises(UsageError, match="is not a duration"):
        split_by_time(frame[:1], "at", "soon")
