"""What a search space takes, and what it says of the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tidemill as tm
from tidemill.core import UsageError
from tidemill.tuning import Dimension, choice, integer, real
from tidemill.tuning.space import first_trial, require_space

DIMENSIONS = st.one_of(
    st.tuples(st.floats(1e-6, 1e3), st.floats(1.01, 100), st.booleans()).map(
        lambda each: real(each[0], each[0] * each[1], log=each[2])
    ),
    st.tuples(st.integers(1, 1000), st.integers(1, 1000), st.booleans()).map(
        lambda each: integer(each[0], each[0] + each[1], log=each[2])
    ),
    st.lists(st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.none()), min_size=2, unique_by=repr).map(
        choice
    ),
)


@given(DIMENSIONS)
def test_the_middle_lies_inside(dimension: Dimension) -> None:
    assert dimension.holds(dimension.middle())
    assert dimension.describe()
    assert first_trial({"x": dimension}, {}) == {"x": dimension.middle()}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: real(0.2, 0.02), "the first bound must be below the second"),
        (lambda: real(0.2, 0.2), "the first bound must be below the second"),
        (lambda: real(0, 1, log=True), "both bounds must be above 0"),
        (lambda: real(float("nan"), 1), "its bounds are finite numbers"),
        (lambda: real("a", 1), "its bounds are finite numbers"),  # type: ignore[arg-type]
        (lambda: integer(1.5, 3), "its bounds are whole numbers"),  # type: ignore[arg-type]
        (lambda: integer(7, 7), "the first bound must be below the second"),
        (lambda: integer(True, 7), "its bounds are whole numbers"),
        (lambda: choice(["a"]), "two or more different values"),
        (lambda: choice(["a", "a"]), "two or more different values"),
        (lambda: choice("ab"), "give a list of values"),
        (lambda: choice([(1, 2), "a"]), "choice cannot offer (1, 2)"),  # type: ignore[list-item]
        (lambda: choice([float("nan"), 1.0]), "choice cannot offer nan"),
        (lambda: require_space({}), "a search space is {}"),
        (lambda: require_space({"rate": 0.1}), "the search space has 0.1 for 'rate'"),
        (lambda: first_trial({"rate": real(0.1, 0.2)}, {"rate": 0.3}), "rate=0.3, outside of its search space (0.1 to"),
    ],
)
def test_what_cannot_be_searched_is_told_in_one_line(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(UsageError) as told:
        make()
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_choice_tells_true_from_one() -> None:
    assert not choice([True, False]).holds(1)
    assert choice([1, 2]).holds(1)


def test_the_front_door_has_the_names() -> None:
    assert (tm.real, tm.integer, tm.choice) == (real, integer, choice)
