"""The content digest depends on rows, not on how they are stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.data import content_digest

EVERYTHING = pl.DataFrame(
    {
        "list": [[1, 2], None, []],
        "struct": [{"x": 1, "y": "s"}, None, {"x": None, "y": "q"}],
        "binary": [b"\x00\xff", None, b""],
        "instant": [datetime(2020, 1, 1, 1, 2, 3, 4, UTC)] * 3,
        "date": [date(2020, 1, 1), None, None],
        "decimal": [Decimal("1.5"), None, None],
        "null": [None, None, None],
        "bool": [True, None, False],
        "float": [1.5, float("nan"), None],
        "category": pl.Series(["a", "b", None], dtype=pl.Categorical),
        "array": pl.Series([[1, 2], [3, 4], None], dtype=pl.Array(pl.Int64, 2)),
        "length": [timedelta(1)] * 3,
        "time": [time(1)] * 3,
        "unsigned": pl.Series([1, 2, 2**64 - 1], dtype=pl.UInt64),
    }
)


def test_every_type_survives_storage_with_the_same_digest() -> None:
    held = BytesIO()
    EVERYTHING.write_ipc(held)
    assert content_digest(pl.read_ipc(held.getvalue())) == content_digest(EVERYTHING)
    assert content_digest(pl.concat([EVERYTHING[:1], EVERYTHING[1:]], rechunk=False)) == content_digest(EVERYTHING)


@pytest.mark.parametrize("column", [c for c in EVERYTHING.columns if c not in {"instant", "length", "time", "null"}])
def test_every_type_counts(column: str) -> None:
    one = EVERYTHING.select(column)
    assert content_digest(one) != content_digest(one.reverse())
    assert content_digest(one) != content_digest(one.rename({column: "other"}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pl.Series("a", [None, ""]), pl.Series("a", ["", None])),
        (pl.Series("a", ["ab", "c"]), pl.Series("a", ["a", "bc"])),
        (pl.Series("a", [[1], [2, 3]]), pl.Series("a", [[1, 2], [3]])),
        (pl.Series("a", [[], [1]]), pl.Series("a", [None, [1]])),
        (pl.Series("a", [0, 1], dtype=pl.Int32), pl.Series("a", [0, 1], dtype=pl.Int64)),
        (pl.Series("a", [0, None]), pl.Series("a", [None, 0])),
        (pl.Series("a", [{"x": None}]), pl.Series("a", [None], dtype=pl.Struct({"x": pl.Null}))),
    ],
)
def test_near_misses_differ(one: pl.Series, other: pl.Series) -> None:
    assert content_digest(one.to_frame()) != content_digest(other.to_frame())


@given(st.lists(st.tuples(st.none() | st.text(max_size=4), st.none() | st.integers(-5, 5)), min_size=1, max_size=6))
def test_parquet_keeps_the_digest(rows: list[tuple[str | None, int | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"text": pl.String, "number": pl.Int64}, orient="row")
    held = BytesIO()
    frame.write_parquet(held, row_group_size=2)
    assert content_digest(pl.read_parquet(held.getvalue())) == content_digest(frame)
