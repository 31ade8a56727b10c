"""The as-of join gives what was known by each row's instant, as a plain loop would."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.features.store import INSTANT, hour, rows_of
from tidemill.features import TrainingSetError, as_of_join

WHO = st.sampled_from(["a", "b", "c", None])
SPINE = st.lists(st.tuples(WHO, st.none() | st.integers(0, 30)), max_size=12)
KNOWN = st.lists(
    st.tuples(WHO, st.integers(0, 30), st.none() | st.floats(allow_nan=False)),
    max_size=12,
    unique_by=lambda row: (row[0], row[1]),
)


def spine_of(*rows: tuple[str | None, int | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [(who, None if at is None else hour(at), n) for n, (who, at) in enumerate(rows)],
        schema={"who": pl.String, "at": INSTANT, "n": pl.Int64},
        orient="row",
    )


@given(SPINE, KNOWN, st.integers(0, 31))
def test_it_agrees_with_a_loop(
    spine: list[tuple[str | None, int | None]], known: list[tuple[str | None, int, float | None]], ttl: int
) -> None:
    expected = []
    for who, at in spine:
        usable = [
            (then, value)
            for other, then, value in known
            if who is not None and other == who and at is not None and then <= at
        ]
        then, value = max(usable, key=lambda pair: pair[0], default=(None, None))
        expected.append(value if then is not None and at is not None and at - then <= ttl else None)
    left = spine_of(*spine)
    joined = as_of_join(left, rows_of(*known), ["who"], "at", timedelta(hours=ttl))
    assert joined.drop("value").equals(left)
    assert joined["value"].to_list() == expected


@given(SPINE, KNOWN)
def test_what_becomes_known_later_changes_nothing(
    spine: list[tuple[str | None, int | None]], known: list[tuple[str | None, int, float | None]]
) -> None:
    left, ttl = spine_of(*spine), timedelta(hours=40)
    newest = max((at for _, at in spine if at is not None), default=-1)
    before = [row for row in known if row[1] <= newest]
    full, cut = (as_of_join(left, rows_of(*rows), ["who"], "at", ttl) for rows in (known, before))
    assert full.equals(cut)


def test_a_value_known_at_the_very_instant_counts_and_one_a_microsecond_later_does_not() -> None:
    spine = spine_of(("a", 5))
    known = rows_of(("a", 5, 1.0))
    later = known.with_columns(pl.col("event_at") + timedelta(microseconds=1))
    assert as_of_join(spine, known, ["who"], "at", timedelta(0))["value"].to_list() == [1.0]
    assert as_of_join(spine, later, ["who"], "at", timedelta(9))["value"].to_list() == [None]


def test_all_keys_must_be_equal_and_a_null_in_any_finds_nothing() -> None:
    known = pl.DataFrame({"o": ["x", "x", None], "n": [1, 2, 3], "event_at": [hour(0)] * 3, "value": [10, 20, 30]})
    spine = pl.DataFrame({"o": ["x", "x", None, "x"], "n": [2, 3, 3, None], "at": [hour(1)] * 4})
    joined = as_of_join(spine, known, ["o", "n"], "at", timedelta(days=1))
    assert joined["value"].to_list() == [20, None, None, None]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (pl.Series("who", [1, 2], dtype=pl.Int16), pl.Series("who", [2], dtype=pl.Int64)),
        (pl.Series("who", ["1", "2"], dtype=pl.Categorical), pl.Series("who", ["2"])),
        (
            pl.Series("who", [hour(1), hour(2)], dtype=pl.Datetime("ms", "UTC")),
            pl.Series("who", [hour(2)], dtype=pl.Datetime("us", "UTC")),
        ),
        (pl.Series("who", [False, True]), pl.Series("who", [True])),
    ],
)
def test_keys_of_one_kind_meet_whatever_their_width(left: pl.Series, right: pl.Series) -> None:
    spine = pl.DataFrame([left, pl.Series("at", [hour(5)] * 2)])
    known = pl.DataFrame([right, pl.Series("event_at", [hour(4)]), pl.Series("value", [7])])
    joined = as_of_join(spine, known, ["who"], "at", timedelta(days=1))
    assert joined["value"].to_list() == [None, 7]
    assert joined.schema["who"] == left.dtype


def test_keys_of_different_kinds_are_refused() -> None:
    spine = pl.DataFrame({"who": [1], "at": [hour(1)]})
    with pytest.raises(TrainingSetError, match="the key 'who' is Int64 in the rows and String in the features"):
        as_of_join(spine, rows_of(("1", 0, 1.0)), ["who"], "at", timedelta(1))
    with pytest.raises(TrainingSetError, match=r"no column 'who'.*Did you mean 'whom'\?"):
        as_of_join(spine.rename({"who": "whom"}), rows_of(("1", 0, 1.0)), ["who"], "at", timedelta(1))
    with pytest.raises(TrainingSetError, match="'at' is Int32 and cannot place a row in time"):
        as_of_join(spine_of(("a", 1)).with_columns(at=1), rows_of(("a", 0, 1.0)), ["who"], "at", timedelta(1))


def test_a_feature_does_not_take_the_place_of_a_column() -> None:
    spine = spine_of(("a", 1)).with_columns(value=1)
    with pytest.raises(TrainingSetError, match="have a column 'value' already"):
        as_of_join(spine, rows_of(("a", 0, 1.0)), ["who"], "at", timedelta(1))


def test_instants_meet_across_time_zones() -> None:
    new_york = pl.Series("at", [datetime(2013, 1, 1, 7)]).dt.replace_time_zone("America/New_York")  # noqa: DTZ001
    spine = pl.DataFrame([pl.Series("who", ["a"]), new_york])
    assert as_of_join(spine, rows_of(("a", 12, 1.0)), ["who"], "at", timedelta(0))["value"].to_list() == [1.0]
    assert as_of_join(spine, rows_of(("a", 13, 1.0)), ["who"], "at", timedelta(0))["value"].to_list() == [None]
