"""Pipelines: a function whose body calls steps. It is run once per plan, to see which steps it calls."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from html import escape
from types import CellType, CodeType
from typing import Any, overload

from tidemill.core import TidemillError, UsageError, check_name, did_you_mean
from tidemill.pipelines.drawing import graph_html
from tidemill.pipelines.errors import TraceError, told_of_body
from tidemill.pipelines.figures import figure_of_nodes
from tidemill.pipelines.graph.handle import Handle, kind_of, step_of
from tidemill.pipelines.graph.nodes import Graph, Nested, Trace
from tidemill.pipelines.graph.params import param_value
from tidemill.pipelines.graph.step import current_trace
from tidemill.pipelines.graph.type_checks import clash, hints_of, type_name
from tidemill.pipelines.run_graph import graph_nodes

#: What a second run of a pipeline does while one is at work.
ALLOW, QUEUE, SKIP, CANCEL_OLDER = "allow", "queue", "skip", "cancel-older"
CONCURRENCY = (ALLOW, QUEUE, SKIP, CANCEL_OLDER)


class Pipeline:
    """A function of params whose body calls steps.

    concurrency: what a run does while another of this pipeline is at work.
    """

    def __init__(self, function: Callable[..., Any], concurrency: str = ALLOW) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = check_name("pipeline", function.__name__)
        if concurrency not in CONCURRENCY:
            raise TraceError(
                f"concurrency of pipeline {self.name!r} is {concurrency!r}.{did_you_mean(concurrency, CONCURRENCY)} "
                f"Use one of {', '.join(CONCURRENCY)}"
            )
        self.concurrency = concurrency

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the body as the plain function that it is; in the body of another pipeline it is nested in it.

        Raises TraceError there for wrong arguments, and when it calls itself.
        """
        trace = current_trace.get()
        if not isinstance(trace, Trace):
            return self.function(*args, **kwargs)
        return trace.nest(Nested(self.name, self.function), self._bound(args, kwargs))

    def map(self, items: Any, /, **same: Any) -> Any:
        """Call the pipeline with each item of a list as its first parameter; return the results, as lists.

        In another pipeline's body each of its steps goes through the list. Raises TraceError.
        """
        trace = current_trace.get()
        if not isinstance(trace, Trace):
            return [self.function(item, **same) for item in items]
        name = next(iter(inspect.signature(self.function).parameters), "")
        if not name:
            raise TraceError(f"pipeline {self.name!r} has no parameter to map a list over; give it one")
        bound = self._bound((), {name: None, **same}, ignored=name)
        return trace.lift(Nested(self.name, self.function), items, name, {k: v for k, v in bound.items() if k != name})

    def nested(self) -> list[Pipeline]:
        """Return the pipelines that the body names, which it may call: told from its code, without running it."""
        found: dict[int, Pipeline] = {}
        cells = zip(self.function.__code__.co_freevars, self.function.__closure__ or (), strict=True)
        known = {**self.function.__globals__, **{name: cell.cell_contents for name, cell in cells if _is_bound(cell)}}
        todo: list[CodeType] = [self.function.__code__]
        while todo:
            code = todo.pop()
            todo += [each for each in code.co_consts if isinstance(each, CodeType)]
            for name in (*code.co_names, *code.co_freevars):
                if isinstance(value := known.get(name), Pipeline):
                    found[id(value)] = value
        return list(found.values())

    def _repr_html_(self) -> str:
        """Show the graph for the default params in a notebook; of a pipeline that cannot be traced, why."""
        try:
            return graph_html(figure_of_nodes(self.name, graph_nodes(self.trace())))
        except TidemillError as error:
            return f"<p>pipeline <b>{escape(self.name)}</b>: {escape(str(error))}</p>"

    def params(self, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the params of a run: the defaults, with the given ones in their place.

        Types are those of the annotations, or of the defaults; text is converted, as a command line gives it.

        Raises UsageError for an unknown param, one without a value, or one of another type.
        """
        given = dict(given or {})
        declared = inspect.signature(self.function).parameters
        for name in given:
            if name not in declared:
                raise UsageError(
                    f"pipeline {self.name!r} has no param {name!r}.{did_you_mean(name, declared)} "
                    f"It has: {', '.join(declared) or 'none'}"
                )
        hints = hints_of(self.function)
        values: dict[str, Any] = {}
        for name, parameter in declared.items():
            if name in given:
                value = param_value((self.name, name), hints.get(name), parameter.default, given[name])
            elif parameter.default is inspect.Parameter.empty:
                raise UsageError(f"pipeline {self.name!r} needs a value for its param {name!r}")
            else:
                value = parameter.default
            values[name] = value
        return values

    def defaults(self) -> dict[str, Any]:
        """Return the default of each param; None for those without one."""
        declared = inspect.signature(self.function).parameters
        empty = inspect.Parameter.empty
        return {name: None if each.default is empty else each.default for name, each in declared.items()}

    def trace(self, given: Mapping[str, Any] | None = None) -> Graph:
        """Run the body with handles for results and return the steps it calls.

        Raises TraceError when the body does with a result what only a step can do, or fails by itself.
        """
        params = self.params(given)
        trace = Trace(Nested(self.name, self.function))
        token = current_trace.set(trace)
        try:
            with told_of_body(self.name):
                result = trace.result(self.function(**params))
        finally:
            current_trace.reset(token)
        return Graph(self.name, params, tuple(trace.nodes), result)

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], ignored: str = "") -> dict[str, Any]:
        signature = inspect.signature(self.function)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TraceError(f"pipeline {self.name!r} is called wrongly: {error}; it takes {signature}") from error
        bound.apply_defaults()
        hints = hints_of(self.function)
        for name, value in bound.arguments.items():
            wanted = hints.get(name, Any)
            if isinstance(value, Handle) and clash(kind_of(value), wanted):
                raise TraceError(
                    f"pipeline {self.name!r} takes {type_name(wanted)} as its {name!r}, and is given the result of "
                    f"step {step_of(value)!r}, {type_name(kind_of(value))}"
                )
            if isinstance(value, str | int | float | bool) and name != ignored:
                param_value((self.name, name), hints.get(name), signature.parameters[name].default, value)
        return dict(bound.arguments)


def _is_bound(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # a name that has no value yet
        return False


@overload
def pipeline(function: Callable[..., Any], /) -> Pipeline: ...
@overload
def pipeline(*, concurrency: str = ...) -> Callable[[Callable[..., Any]], Pipeline]: ...
def pipeline(
    function: Callable[..., Any] | None = None, /, *, concurrency: str = ALLOW
) -> Pipeline | Callable[[Callable[..., Any]], Pipeline]:
    """Make a function a pipeline: its parameters are the params of a run, its body calls steps.

    concurrency: what a run does while another of this pipeline is at work: ``allow`` lets both run, ``queue`` waits for
        it, ``skip`` does not run at all, ``cancel-older`` cancels the other.

    Raises TraceError for another word.
    """
    if function is not None:
        return Pipeline(function)
    return lambda function: Pipeline(function, concurrency)
