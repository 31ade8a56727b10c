"""Tracing: steps are plain functions, and a pipeline's body is seen once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tidemill as tm
from tidemill.core import UsageError
from tidemill.pipelines import TraceError


@tm.step
def one(x: int = 1) -> Any:
    return x


@tm.step(outputs=("low", "high"))
def halves(x: int) -> Any:
    return x // 2, x - x // 2


def test_a_step_is_a_plain_function_outside_a_pipeline() -> None:
    assert (one(), one(3), halves(5), one.name) == (1, 3, (2, 3), "one")


def test_a_body_that_only_calls_steps_gives_its_graph() -> None:
    @tm.pipeline
    def p(x: int = 4) -> Any:
        low, high = halves(one(x))
        return [one(low), {"high": high}]

    graph = p.trace({"x": 7})
    assert [(node.step.name, sorted(node.arguments)) for node in graph.nodes] == [
        ("one", ["x"]),
        ("halves", ["x"]),
        ("one", ["x"]),
    ]
    assert graph.params == {"x": 7}
    assert graph.result[1]["high"].output == "high"
    assert p(4) == [2, {"high": 2}]


@pytest.mark.parametrize(
    "body",
    [
        bool,
        len,
        list,
        lambda h: h + 1,
        lambda h: 1 + h,
        lambda h: h["x"],
        lambda h: h.value,
        lambda h: h == 1,
        lambda h: h < 1,
        int,
        lambda h: -h,
    ],
)
def test_what_only_a_step_can_do_with_a_result_is_an_error_with_advice(body: Callable[[Any], Any]) -> None:
    @tm.pipeline
    def p() -> Any:
        return body(one())

    with pytest.raises(TraceError, match=r"result of step 'one' .*do it inside a step"):
        p.trace()
    assert one() == 1  # tracing has ended


def test_wrong_calls_and_params_are_refused_in_one_line() -> None:
    @tm.pipeline
    def p(rate: float = 0.1, deep: bool = False) -> Any:
        return one(rate, 2)  # type: ignore[call-arg, arg-type]

    with pytest.raises(TraceError, match="step 'one' is called wrongly"):
        p.trace()
    with pytest.raises(UsageError, match="Did you mean 'rate'"):
        p.params({"rat": 1})
    with pytest.raises(UsageError, match="takes float"):
        p.params({"rate": "fast"})
    with pytest.raises(UsageError, match="takes bool"):
        p.params({"deep": 1})
    assert p.params({"rate": 1}) == {"rate": 1.0, "deep": False}


def _told(body: Callable[..., Any]) -> str:
    @tm.pipeline
    def p() -> Any:
        return body()

    with pytest.raises(TraceError) as told:
        p.trace()
    said = str(told.value)
    assert "\n" not in said
    return said


def test_a_body_that_fails_says_in_which_line() -> None:
    def wrong() -> Any:
        return tm.split_by_time()  # type: ignore[call-arg]

    def plain() -> Any:
        return int("many\nlines")

    line = wrong.__code__.co_firstlineno + 1
    assert f"(at test_trace.py:{line})" in _told(wrong)
    line = plain.__code__.co_firstlineno + 1
    assert _told(plain).startswith(f"the body of pipeline 'p' failed at test_trace.py:{line}: ValueError: invalid")
    assert _told(tm.tune).endswith("missing 3 required positional arguments: 'train', 'rows', and 'space'")


def test_training_sets_are_made_by_a_plan_only() -> None:
    source = tm.source("rows", "rows.csv", key="id", event_time="at")
    with pytest.raises(TraceError, match="pipeline's body"):
        tm.training_set(source, label="y")
