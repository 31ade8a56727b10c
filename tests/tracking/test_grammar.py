"""The filter grammar: what is printed is read again, and what cannot be read is refused in one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidemill.core import UsageError
from tidemill.tracking.searching import EXPERIMENTS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS, TRACES, Condition, Order
from tidemill.tracking.searching.grammar import OPERATORS, Comparison, print_comparison, read_filter
from tidemill.tracking.searching.vocabulary import Vocabulary

_ENTITIES = st.sampled_from([None, "metrics", "params", "tags", "run"])
_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_KEYS = st.one_of(st.sampled_from(["auc", "a.b", "team name", "and", "a`b", 'a"b', "0"]), _TEXTS.filter(bool))
_NUMBERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))
_COMPARISONS = st.one_of(
    st.builds(Comparison, _ENTITIES, _KEYS, st.sampled_from(OPERATORS[:9]), st.one_of(_NUMBERS, _TEXTS)),
    st.builds(Comparison, _ENTITIES, _KEYS, st.sampled_from(["IN", "NOT IN"]), st.lists(_TEXTS, min_size=1).map(tuple)),
    st.builds(Comparison, _ENTITIES, _KEYS, st.sampled_from(["IS NULL", "IS NOT NULL"])),
)
_PIECES = st.sampled_from(
    [*OPERATORS, "and", "AND", "or", "metrics.", "auc", "'a'", '"', "'", "`", "(", ")", ",", " ", "1e5", "-", ".", "\0"]
)


@given(st.lists(_COMPARISONS, max_size=5))
def test_what_is_printed_is_read_as_what_it_was(comparisons: list[Comparison]) -> None:
    assert read_filter(" AND ".join(map(print_comparison, comparisons))) == tuple(comparisons)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=12).map("".join)))
@example("a = " + "1" * 4000)
@example("'" * 4001)
@example("\ud800 = 1")
def test_no_text_does_anything_but_being_read_or_refused_in_one_line(text: str) -> None:
    for words in (RUNS, EXPERIMENTS, TRACES):
        for read in (words.read_where, words.read_order):
            assert "\n" not in _refusal(read, text)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("status = 'FINISHED'", Condition("attributes", "status", "=", "FINISHED")),
        ("run.id IN ('a', \"b\")", Condition("attributes", "run_id", "IN", ("a", "b"))),
        ('"run name" ilike "A%"', Condition("attributes", "run_name", "ILIKE", "A%")),
        ("attr.created>=1700000000000", Condition("attributes", "start_time", ">=", 1700000000000)),
        ("metric.val/auc>-.5e1 AND ", Condition("metrics", "val/auc", ">", -5.0)),
        ("metrics.a.b != 1", Condition("metrics", "a.b", "!=", 1)),
        ('parameter."a b" = "it\'s"', Condition("params", "a b", "=", "it's")),
        ("tag.`mlflow.user` is not null", Condition("tags", "mlflow.user", "IS NOT NULL", None)),
        ("dataset.digest NOT IN ('x',)", Condition("datasets", "digest", "NOT IN", ("x",))),
    ],
)
def test_names_have_aliases_and_words_any_case(text: str, condition: Condition) -> None:
    assert RUNS.read_where(text) == (condition,)


def test_a_blank_filter_asks_for_nothing() -> None:
    assert RUNS.read_where(" ") == RUNS.read_where(None) == ()


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        (RUNS, "auc > 0.7", "valid attribute key"),
        (RUNS, "metrics.auc > 0.7 or metrics.auc < 1", "joined by AND"),
        (RUNS, "(metrics.auc > 0.7)", "cannot read the filter"),
        (RUNS, "metrics.auc BETWEEN 1 AND 2", "one of =, !="),
        (RUNS, "metrc.auc > 0.7", "Did you mean 'metrics'"),
        (RUNS, "metrics.auc > 'a'", "numeric value type"),
        (RUNS, "metrics.auc LIKE 'a'", "Invalid comparator"),
        (RUNS, "metrics.auc == 1", "compares nothing"),
        (RUNS, "params.depth = 3", "put the value in quotes"),
        (RUNS, "params.depth > '3'", "Invalid comparator"),
        (RUNS, "params.depth = deep", "text in quotes"),
        (RUNS, "params.depth RLIKE 'a+'", "Invalid comparator"),
        (RUNS, "tags.`` = 'a'", "empty"),
        (RUNS, "start_time > '3'", "numeric value type"),
        (RUNS, "run.statu = 'a'", "Did you mean 'status'"),
        (RUNS, "run.password = 'a'", "Valid keys are"),
        (RUNS, "run_id IN ()", "within brackets"),
        (RUNS, "run_id IN ('a'", "within brackets"),
        (RUNS, "run_id = 'a", "not closed"),
        (RUNS, "run_id = ", "at its end"),
        (RUNS, "name = 'a' OR 1=1; --", "joined by AND"),
        (RUNS, " and ".join(["metrics.auc > 1"] * 200), "100 at most"),
        (RUNS, "x" * 5000, "4096 at most"),
        (EXPERIMENTS, "metrics.a = 1", "valid entity"),
        (REGISTERED_MODELS, "nam = 'a'", "Did you mean 'name'"),
        (MODEL_VERSIONS, "version_number > 'x'", "whole number"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_in_one_line(words: Vocabulary, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        words.read_where(text)
    assert "\n" not in str(caught.value)


def test_a_version_number_may_stand_in_quotes() -> None:
    assert MODEL_VERSIONS.read_where("version_number >= '3'")[0].value == 3


def test_orders() -> None:
    assert RUNS.read_order("metrics.`val auc` desc") == Order("metrics", "val auc", descending=True)
    assert RUNS.read_orders(["created", "params.x ASC"]) == (Order("attributes", "start_time"), Order("params", "x"))
    for words, text in ((RUNS, "datasets.name"), (RUNS, "metrics.a b"), (RUNS, "metrics.a;"), (EXPERIMENTS, "tags.a")):
        with pytest.raises(UsageError):
            words.read_order(text)


def _refusal(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except UsageError as error:
        return str(error)
    return ""
