"""Pipelines: a function whose body calls steps. It is run once per plan, to see which steps it calls."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from tidemill.core import TidemillError, UsageError, check_name, did_you_mean
from tidemill.pipelines.drawing import graph_html
from tidemill.pipelines.errors import told_of_body
from tidemill.pipelines.figures import figure_of_nodes, recorded_nodes
from tidemill.pipelines.handle import replace_handles
from tidemill.pipelines.step import Node, Trace, current_trace


@dataclass(frozen=True)
class Graph:
    """The steps that a pipeline calls for given params, in order, and what it returns."""

    pipeline: str
    params: dict[str, Any]
    nodes: tuple[Node, ...]
    result: Any


class Pipeline:
    """A function of params whose body calls steps."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = check_name("pipeline", function.__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the body as the plain function that it is."""
        return self.function(*args, **kwargs)

    def _repr_html_(self) -> str:
        """Show the graph for the default params in a notebook; of a pipeline that cannot be traced, why."""
        try:
            return graph_html(figure_of_nodes(self.name, recorded_nodes(self.trace().nodes)))
        except TidemillError as error:
            return f"<p>pipeline <b>{escape(self.name)}</b>: {escape(str(error))}</p>"

    def params(self, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the params of a run: the defaults, with the given ones in their place.

        Raises UsageError for an unknown param, one without a value, or one of another type than its default.
        """
        given = dict(given or {})
        declared = inspect.signature(self.function).parameters
        for name in given:
            if name not in declared:
                raise UsageError(
                    f"pipeline {self.name!r} has no param {name!r}.{did_you_mean(name, declared)} "
                    f"It has: {', '.join(declared) or 'none'}"
                )
        values: dict[str, Any] = {}
        for name, parameter in declared.items():
            if name not in given and parameter.default is inspect.Parameter.empty:
                raise UsageError(f"pipeline {self.name!r} needs a value for its param {name!r}")
            values[name] = _typed(self.name, name, parameter.default, given.get(name, parameter.default))
        return values

    def trace(self, given: Mapping[str, Any] | None = None) -> Graph:
        """Run the body with handles for results and return the steps it calls.

        Raises TraceError when the body does with a result what only a step can do, or fails by itself.
        """
        params = self.params(given)
        trace = Trace()
        token = current_trace.set(trace)
        try:
            with told_of_body(self.name):
                result = self.function(**params)
        finally:
            current_trace.reset(token)
        return Graph(self.name, params, tuple(trace.nodes), replace_handles(result))


def pipeline(function: Callable[..., Any]) -> Pipeline:
    """Make a function a pipeline: its parameters are the params of a run, its body calls steps."""
    return Pipeline(function)


def _typed(pipeline: str, name: str, default: Any, value: Any) -> Any:
    if default is inspect.Parameter.empty or default is None or value is default:
        return value
    if isinstance(default, bool) or isinstance(value, bool):
        fits = isinstance(default, bool) and isinstance(value, bool)
    elif isinstance(default, float) and isinstance(value, int):
        return float(value)
    else:
        fits = isinstance(value, type(default))
    if not fits:
        raise UsageError(
            f"param {name!r} of pipeline {pipeline!r} is {value!r}; "
            f"it takes {type(default).__name__} such as {default!r}"
        )
    return value
