"""Signatures: encoding columns, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.core import DamagedError, UsageError
from tidemill.models import Column, Signature, check_input_names

LATE = Signature(
    (Column("carrier", "category", ("AA", "UA")), Column("hour", "number")), "binary", "probability", "lightgbm"
)
text = st.text(max_size=8)
columns = st.builds(
    Column,
    name=text,
    kind=st.sampled_from(["number", "category"]),
    levels=st.lists(text, unique=True, max_size=5).map(tuple),
    nullable=st.booleans(),
)
signatures = st.builds(
    Signature,
    inputs=st.lists(columns, max_size=5).map(tuple),
    task=st.sampled_from(["binary", "regression"]),
    output=text,
    flavour=text,
)


@given(signatures)
def test_json_gives_back_the_same_signature(signature: Signature) -> None:
    assert Signature.from_json(signature.to_json()) == signature


@given(st.lists(st.one_of(st.none(), st.sampled_from(["AA", "UA", "ZZ", ""])), min_size=1))
def test_every_level_has_its_position_and_all_else_is_missing(values: list[str | None]) -> None:
    codes = LATE.matrix({"carrier": values, "hour": [1.0] * len(values)})[:, 0]
    expected = [{"AA": 0.0, "UA": 1.0}.get(v or "", np.nan) for v in values]
    np.testing.assert_array_equal(codes, np.array(expected, dtype=np.float32))


@given(st.lists(st.one_of(st.none(), st.floats(), st.booleans(), st.integers(-(10**6), 10**6)), min_size=1))
def test_numbers_stay_and_nulls_become_nan(values: list[float | None]) -> None:
    got = LATE.matrix({"carrier": ["AA"] * len(values), "hour": values}, np.float64)[:, 1]
    np.testing.assert_array_equal(got, np.array([np.nan if v is None else float(v) for v in values]))


def test_a_matrix_is_contiguous_and_of_the_type_asked_for() -> None:
    matrix = LATE.matrix({"carrier": ["AA"], "hour": [1e300]}, np.float32)
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    assert matrix[0, 1] == np.inf


def test_polars_columns_and_arrays_are_taken() -> None:
    frame = pl.DataFrame({"carrier": ["UA", None], "hour": [7, None], "more": ["x", "y"]})
    expected = [[1.0, 7.0], [np.nan, np.nan]]
    np.testing.assert_array_equal(LATE.matrix({name: frame[name] for name in frame.columns}), expected)
    assert LATE.matrix({"carrier": ["UA"], "hour": np.array([True])}).tolist() == [[1.0, 1.0]]


def test_levels_that_were_numbers_are_found_by_their_spelling() -> None:
    column = Column("terminal", "category", ("1", "2"))
    np.testing.assert_array_equal(column.encode([1, "2", 3]), [0.0, 1.0, np.nan])


@pytest.mark.parametrize(
    ("given_columns", "says"),
    [
        ({"carier": ["AA"], "hour": [1]}, r"'carrier' is missing\. Did you mean 'carier'\?"),
        ({"carrier": ["AA"], "hour": ["12"]}, r"'hour' holds '12' \(str\)"),
        ({"carrier": ["AA", "AA"], "hour": [None, "12"]}, r"'hour' holds '12' \(str\)"),
        ({"carrier": ["AA"], "hour": [[1]]}, r"'hour' holds \[1\] \(list\)"),
        ({"carrier": ["AA", "AA"], "hour": [[1], [2, 3]]}, r"'hour' holds \[1\] \(list\)"),
        ({"carrier": ["AA"], "hour": [{}]}, r"'hour' holds \{\} \(dict\)"),
        ({"carrier": ["AA"], "hour": [10**400]}, r"'hour' holds 1000"),
        ({"carrier": ["AA"], "hour": np.array(["2013-01-01"], dtype="datetime64[s]")}, r"'hour' holds"),
        ({"carrier": ["AA"], "hour": [1, 2]}, r"'hour' has 2 values and 'carrier' has 1"),
    ],
)
def test_columns_that_do_not_fit_are_refused_in_one_line(given_columns: dict[str, list[object]], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        LATE.matrix(given_columns)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"{}", b'{"inputs":[{"nam":1}]}', b"\xff"])
def test_what_is_no_signature_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError, match=r"signature\.json is not a signature"):
        Signature.from_json(data)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["ok", 'a"b'], "holds '\"'"),
        (["wind:speed"], "'wind:speed' holds ':'"),
        ([""], "is empty"),
        (["a b", "a_b"], "'a b' and 'a_b' are the same"),
    ],
)
def test_names_that_model_files_cannot_carry_are_named(names: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check_input_names(names)
