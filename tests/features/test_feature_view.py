"""A feature view's rows are checked before anything is learnt from them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.features.store import hour, rows_of, view
from tidemill.core import UsageError
from tidemill.features import FeatureViewError, entity, view_rows

ROWS = rows_of(("a", 1, 1.0), ("b", 2, 2.0))


def test_rows_without_a_key_are_left_out_and_equal_rows_count_once() -> None:
    rows = view_rows(view(), pl.concat([ROWS, ROWS, rows_of((None, 3, 3.0))]).lazy())
    assert rows.equals(ROWS)


def test_known_instants_become_utc() -> None:
    local = ROWS.with_columns(pl.col("event_at").dt.convert_time_zone("America/New_York"))
    naive = ROWS.with_columns(pl.col("event_at").dt.replace_time_zone(None))
    assert view_rows(view(), local.lazy()).equals(ROWS)
    assert view_rows(view(), naive.lazy()).equals(ROWS)


@pytest.mark.parametrize(
    ("compute", "says"),
    [
        (lambda rows: rows.drop("who"), "gives no column 'who', a key of its entity"),
        (lambda rows: rows.rename({"event_at": "event_art"}), "gives no column 'event_at'.*Did you mean 'event_art'"),
        (lambda rows: rows.drop("value"), "no feature; add a column"),
        (lambda rows: rows.with_columns(event_at=1), "an event_at of type Int32"),
        (lambda rows: rows.with_columns(event_at=pl.lit(None, pl.Datetime)), "with 2 nulls"),
        (lambda rows: rows.select(pl.col("valeu")), r"cannot be computed: .*Did you mean 'value'\? Its source has"),
        (lambda _: 5, "returned int; return the polars LazyFrame"),
        (
            lambda rows: rows.with_columns(who=pl.lit("a"), event_at=hour(1)),
            "different rows for one key and instant .who=a, event_at=2013-01-01 01:00:00",
        ),
    ],
)
def test_a_view_that_gives_something_else_is_refused(
    compute: Callable[[pl.LazyFrame], pl.LazyFrame], says: str
) -> None:
    with pytest.raises(FeatureViewError, match=says):
        view_rows(view(compute=compute), ROWS.lazy())


def test_declarations_are_checked_early() -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        view(ttl="soon")
    with pytest.raises(UsageError, match="needs one or more different key columns"):
        entity("being", key=[])
    with pytest.raises(UsageError, match="cannot name a feature view"):
        view(name="a/b")
