"""Choosing between two branches of a pipeline, by a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidemill.pipelines.errors import TraceError
from tidemill.pipelines.graph.handle import Handle, is_each
from tidemill.pipelines.graph.nodes import Trace
from tidemill.pipelines.graph.step import Step, current_trace


def when(condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any] | None = None) -> Any:
    """Run the steps of one branch when a result is true, and those of the other when it is not.

    condition: what a step returned, or an approval. then, otherwise: functions without parameters that call steps;
    without `otherwise` nothing runs, and the result is None. Returns the result of the branch that ran; tuples and
    dictionaries of results item by item. Steps of the other branch are skipped.

    Raises TraceError for branches that are no functions, and inside a mapped pipeline.

    >>> when(1 > 2, then=lambda: "more", otherwise=lambda: "less")
    'less'
    """
    branches: tuple[Any, ...] = (then, otherwise or _nothing)
    if not all(map(callable, branches)):
        raise TraceError("a branch of tm.when is no function; write then=lambda: step(...)")
    other = otherwise or _nothing
    if not isinstance(condition, Handle):
        return then() if condition else other()
    trace = current_trace.get()
    if not isinstance(trace, Trace):
        raise TraceError("tm.when is given a result outside of a pipeline's body; call it there")
    if is_each(condition) or trace.lifted:
        raise TraceError("tm.when is called in a mapped pipeline; let a step choose there")
    with trace.only_if(condition, True):
        first = then()
    with trace.only_if(condition, False):
        second = other()
    return trace.choose(_WHEN, condition, (first, second))


def _nothing() -> None:
    """Run nothing."""


def _when(condition: Any, then: Any, otherwise: Any) -> Any:
    return then if condition else otherwise


_when.__name__ = "when"
_WHEN = Step(_when)
