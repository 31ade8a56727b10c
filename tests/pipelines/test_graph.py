"""The graph: what a body may say, and what is refused with file and line before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

import pytest

import tidemill as tm
from tests.pipelines.projects import Sandbox
from tidemill.core import UsageError
from tidemill.pipelines import Graph, Pipeline, TraceError
from tidemill.pipelines.graph.params import Written


class Halves(NamedTuple):
    low: int
    name: str


class Parts(TypedDict):
    low: int
    name: str


@dataclass
class Ends:
    first: int
    last: str


@tm.step
def one(x: int) -> int:
    return x


@tm.step
def texts(x: str) -> list[str]:
    return [x]


@tm.step
def halves(x: int) -> Halves:
    return Halves(x // 2, str(x))


@tm.step(outputs=Parts)
def parts(x: int) -> Parts:
    return {"low": x // 2, "name": str(x)}


@tm.step(outputs=Ends)
def ends(x: int) -> Ends:
    return Ends(x, str(x))


@tm.pipeline
def inner(x: int, k: int = 1) -> Any:
    return one(x), halves(x).name


def _trace(body: Callable[..., Any]) -> Graph:
    def p() -> Any:
        return body()

    return Pipeline(p).trace()


def _told(body: Callable[..., Any]) -> str:
    with pytest.raises(TraceError) as told:
        _trace(body)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_parts_of_a_result_have_names_whatever_holds_them() -> None:
    def p() -> Any:
        low, name = halves(3)
        return one(low), texts(name), one(halves(4).low), texts(parts(5)["name"]), one(ends(6).first)

    graph = _trace(p)
    read = [node.reads[0].output for node in graph.nodes if node.reads]
    assert read == ["low", "name", "low", "name", "first"]
    assert (halves(3), parts(3), ends(3)) == (Halves(1, "3"), {"low": 1, "name": "3"}, Ends(3, "3"))


def test_a_nested_pipeline_bears_its_name_and_lines() -> None:
    def p() -> Any:
        return inner(one(1)), inner.map([1, 2], k=3)

    graph = _trace(p)
    assert [node.path for node in graph.nodes] == [(), ("inner",), ("inner",), (), ("inner",), ("inner",)]
    assert [node.kind for node in graph.nodes][-2:] == ["map", "map"]
    assert graph.nodes[1].line == f"test_graph.py:{inner.function.__code__.co_firstlineno + 2}"
    assert inner(2) == (2, "2")  # outside of a body it is a plain function
    assert inner.map([2]) == [(2, "2")]


def test_branches_guard_their_steps_and_are_chosen_from_part_by_part() -> None:
    def p() -> Any:
        big = one(11)
        first, second = tm.when(big, then=lambda: (one(1), one(2)), otherwise=lambda: (one(3), one(4)))
        return tm.when(first, then=lambda: texts("yes")), second

    graph = _trace(p)
    assert [node.kind for node in graph.nodes].count("choice") == 3
    assert [[wanted for _, wanted in node.guards] for node in graph.nodes[1:5]] == [[True], [True], [False], [False]]
    assert tm.when(True, then=lambda: 1, otherwise=lambda: 2) == 1


def untyped(value: Any) -> Any:
    """Return a value of which a type checker knows nothing."""
    return value


@tm.pipeline
def around(x: int) -> Any:
    return untyped(back)(x)


@tm.pipeline
def back(x: int) -> Any:
    return around(x)


@tm.pipeline
def mapping(x: int) -> Any:
    return one.map([x])


MISTAKES: dict[str, tuple[Callable[..., Any], str]] = {
    "another type": (lambda: untyped(one)(halves(2).name), "is given the result of step 'halves', str"),
    "a plain value of another type": (lambda: untyped(one)("a"), "takes int as its 'x', and is given 'a', str"),
    "an item of another type": (lambda: one.map([halves(2).name]), "takes int as its 'x'"),
    "no list": (lambda: one.map("abc"), "mapped over 'abc', which is no list"),
    "a result that is no list": (lambda: one.map(untyped(one)(1)), "over the result of step 'one', which is int"),
    "items of another type": (lambda: one.map(texts("a")), "given the result of step 'texts', str"),
    "an unknown option": (lambda: one.options(retrys=2)(1), "no option 'retrys'. Did you mean 'retries'?"),
    "a wrong option": (lambda: one.options(timeout="soon")(1), "timeout of step 'one': 'soon' is not a duration"),
    "a wrong memory": (lambda: one.options(memory="much")(1), "memory of step 'one' is 'much'; write it as '2GB'"),
    "a wrong error": (lambda: one.options(catch=("x",))(1), "give error classes such as"),
    "a circle": (lambda: around(1), "'around' calls 'back' calls 'around': a circle"),
    "a wrong argument of a nested pipeline": (lambda: inner(1, depth=2), "pipeline 'inner' is called wrongly"),
    "another type for a nested pipeline": (lambda: inner(texts("a")), "is given the result of step"),
    "a branch that is no function": (lambda: tm.when(one(1), then=untyped(one)(2)), "branch of tm.when is no function"),
    "a map in a mapped pipeline": (lambda: mapping.map([1]), "mapped inside a mapped pipeline"),
    "an unknown role": (lambda: tm.approval("Go?", role="boss"), "'boss' is not a role"),
    "no word for later": (lambda: tm.approval("Go?", otherwise="maybe"), "use one of refuse, approve, fail"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_with_file_and_line(mistake: str) -> None:
    body, message = MISTAKES[mistake]
    said = _told(body)
    assert message in said
    assert "(at test_graph.py:" in said


def test_a_result_of_one_branch_only_is_not_used_outside_of_it() -> None:
    def p() -> Any:
        made = []
        tm.when(one(1), then=lambda: made.append(one(2)))
        return made[0]

    assert "is there in one case of a tm.when only" in _told(p)


def test_a_result_of_another_trace_is_refused() -> None:
    kept: list[Any] = []

    def p() -> Any:
        kept.append(one(1))
        return one(kept[0])

    _trace(p)
    assert "belongs to another pipeline or an earlier call" in _told(p)


class Size(Enum):
    SMALL = 1
    LARGE = 2


def declared(  # noqa: PLR0917 - one of each kind
    n: int,
    rate: float = 0.1,
    deep: bool = False,
    name: str = "a",
    kind: Literal["fast", "slow"] = "fast",
    size: Size = Size.SMALL,
    days: list[int] | None = None,
    file: Path = Path("a.csv"),
    day: date = date(2026, 1, 1),
    limit: float | None = None,
) -> None:
    """Take one param of each kind."""


def test_params_are_what_isdeclared_also_from_text() -> None:
    given = {"n": "3", "rate": 1, "deep": "true", "kind": "slow", "size": "LARGE", "days": "1,2", "file": "b.csv",
             "day": "2026-02-03", "limit": "0.5"}  # fmt: skip
    params = Pipeline(declared).params(given)
    assert params == {
        "n": 3, "rate": 1.0, "deep": True, "name": "a", "kind": "slow", "size": Size.LARGE, "days": [1, 2],
        "file": Path("b.csv"), "day": date(2026, 2, 3), "limit": 0.5,
    }  # fmt: skip
    assert Pipeline(declared).params({"n": 1, "limit": None, "days": [3]})["days"] == [3]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("n", "x", "it takes int"),
        ("n", True, "it takes int"),
        ("rate", "fast", "it takes float such as 0.1"),
        ("deep", 1, "it takes bool"),
        ("kind", "medium", "one of 'fast', 'slow'"),
        ("size", "HUGE", "one of SMALL, LARGE"),
        ("days", "1,x", "it takes list[int] | None"),
        ("day", "soon", "it takes date"),
    ],
)
def test_a_param_of_another_type_is_refused_in_one_line(name: str, value: object, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        Pipeline(declared).params({"n": 1, name: value})
    assert f"param {name!r} of pipeline 'declared' is {value!r}; " in str(refused.value)
    assert told in str(refused.value)


def test_what_is_written_on_a_command_line_is_what_is_declared() -> None:
    @tm.pipeline
    def p(*, name: str, n: int, both: int | str, choice: Literal["1", "2"], anything: Any, rate: float = 0.5) -> None:
        pass

    written = {"name": "5", "n": "5", "both": "5", "choice": "1", "anything": "5", "rate": "1"}
    params = p.params({name: Written(text) for name, text in written.items()})
    assert params == {"name": "5", "n": 5, "both": 5, "choice": "1", "anything": 5, "rate": 1.0}
    assert [type(value) for value in params.values()] == [str, int, int, str, int, float]
    with pytest.raises(UsageError, match=r"param 'n' of pipeline 'p' is 1\.5; it takes int"):
        p.params({**params, "n": Written("1.5")})


def test_the_pipeline_that_no_other_nests_is_the_one_to_run(sandbox: Sandbox) -> None:
    text = """
import tidemill as tm

@tm.step
def one() -> int:
    return 1

@tm.pipeline
def inner():
    return one()

@tm.pipeline
def outer():
    return tm.when(one(), then=lambda: inner())
"""
    sandbox.write(text)
    assert sandbox.load().pipeline(None).name == "outer"
    sandbox.write(text + "\n@tm.pipeline\ndef other():\n    return one()\n")
    with pytest.raises(UsageError, match="declares 3 pipelines; name one: inner, other, outer"):
        sandbox.load().pipeline(None)
