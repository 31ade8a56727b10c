"""Checks count what breaks a rule and show it."""

from __future__ import annotations

import polars as pl
import pytest

from tidemill.core import UsageError
from tidemill.data import (
    Check,
    CheckError,
    between,
    check,
    has_columns,
    matches,
    not_null,
    one_of,
    run_checks,
    unique,
)
from tidemill.data.checks import checks_digest

ROWS = pl.DataFrame(
    {
        "distance": [10.0, -1.0, None, 7000.0, float("nan")],
        "carrier": ["AA", "aa", None, "UA", "AA"],
        "flight": [1, 2, 3, 4, 5],
    }
).lazy()


@pytest.mark.parametrize(
    ("rule", "n_failing", "samples"),
    [
        (not_null("distance"), 1, ("None",)),
        (between("distance", 1, 6000), 3, ("-1.0", "7000.0", "nan")),
        (unique("carrier"), 2, ("'AA'",)),
        (unique("flight"), 0, ()),
        (one_of("carrier", ["AA", "UA"]), 1, ("'aa'",)),
        (matches("carrier", "[A-Z]{2}"), 1, ("'aa'",)),
        (matches("carrier", "A|U"), 4, ("'AA'", "'aa'", "'UA'")),
        (check("even", pl.col("flight") % 2 == 0), 3, ("1", "3", "5")),
        (has_columns("flight", "carrier"), 0, ()),
    ],
)
def test_a_check_counts_failing_rows_and_shows_them(rule: Check, n_failing: int, samples: tuple[str, ...]) -> None:
    (result,) = run_checks(ROWS, [rule])
    assert (result.n_failing, result.samples) == (n_failing, samples)
    assert result.passed == (n_failing == 0)


def test_at_most_five_samples_are_shown() -> None:
    many = pl.DataFrame({"x": range(1000)}).lazy()
    (result,) = run_checks(many, [between("x", 2000, 3000)])
    assert (result.n_failing, len(result.samples)) == (1000, 5)


def test_a_check_over_two_columns_shows_both() -> None:
    (result,) = run_checks(ROWS, [check("short", pl.col("distance") < pl.col("flight"))])
    assert result.samples[0] == "{'distance': 10.0, 'flight': 1}"


def test_a_misspelt_column_is_named_with_what_was_meant() -> None:
    with pytest.raises(CheckError, match=r"needs the column 'carier'.*Did you mean 'carrier'\?"):
        run_checks(ROWS, [not_null("carier")])


def test_a_check_that_does_not_fit_the_type_is_named() -> None:
    with pytest.raises(CheckError, match=r"'carrier between 1 and 5' cannot be computed \(carrier is String\)"):
        run_checks(ROWS, [not_null("flight"), between("carrier", 1, 5)])


def test_a_pattern_that_is_none_is_refused_when_declared() -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        matches("carrier", "[")


def test_checks_on_no_rows_pass() -> None:
    results = run_checks(ROWS.head(0), [not_null("distance"), unique("carrier"), has_columns("flight")])
    assert [result.passed for result in results] == [True, True, True]


def test_long_lists_are_shortened_in_words_and_not_in_the_digest() -> None:
    one, other = ([*range(100), last] for last in (100, 101))
    assert one_of("flight", one).sentence == "flight one of 0, 1, 2, 3, 4, 5, 6, 7, …"
    rules = [one_of("flight", one), one_of("flight", other)]
    rules += [check("known", pl.col("flight").is_in(values)) for values in (one, other)]
    assert len({checks_digest([rule]) for rule in rules}) == 4
    assert checks_digest([check("known", pl.col("flight").is_in(one))]) == checks_digest([rules[2]])
