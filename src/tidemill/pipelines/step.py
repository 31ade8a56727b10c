"""Steps: plain functions. Called in a pipeline's body they are traced, called anywhere else they just run."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

from tidemill.core import check_name
from tidemill.pipelines.errors import TraceError
from tidemill.pipelines.handle import Handle, Reference, replace_handles

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Node:
    """One call of a step in a pipeline: its arguments by parameter name, handles as references."""

    position: int
    step: Step[Any, Any]
    arguments: dict[str, Any]


@dataclass
class Trace:
    """The calls seen so far while a pipeline's body runs."""

    nodes: list[Node] = field(default_factory=list)


# The one context variable: what the current thread is tracing, if anything.
current_trace: ContextVar[Trace | None] = ContextVar("tidemill_trace", default=None)


class Step(Generic[P, R]):
    """A function with a name, the names of its outputs, and whether its result may be reused."""

    def __init__(
        self, function: Callable[P, R], outputs: Sequence[str] = (), *, cache: bool = True, version: str = ""
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = check_name("step", function.__name__)
        self.outputs = tuple(outputs)
        self.cache = cache
        self.version = str(version)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the function, or note the call when a pipeline is being traced."""
        trace = current_trace.get()
        if trace is None:
            return self.function(*args, **kwargs)
        node = Node(len(trace.nodes), self, _bind(self, args, kwargs))
        trace.nodes.append(node)
        handles = [Handle(Reference(node.position, name), self.name) for name in self.output_names()]
        return cast(R, tuple(handles) if self.outputs else handles[0])

    def output_names(self) -> tuple[str, ...]:
        """Return the names of the outputs; a step without declared outputs has one, ``result``."""
        return self.outputs or ("result",)


@overload
def step(function: Callable[P, R], /) -> Step[P, R]: ...
@overload
def step(
    *, outputs: Sequence[str] = (), cache: bool = True, version: str = ""
) -> Callable[[Callable[P, R]], Step[P, R]]: ...
def step(
    function: Callable[P, R] | None = None,
    /,
    *,
    outputs: Sequence[str] = (),
    cache: bool = True,
    version: str = "",
) -> Step[P, R] | Callable[[Callable[P, R]], Step[P, R]]:
    """Make a function a step. Unit tests, prints and breakpoints go on working: it stays a plain function.

    outputs: names of the items when the function returns a tuple that the pipeline's body takes apart.
    cache: False runs it each time.
    version: of a shared step, shown in the catalogue; another one runs it anew.

    >>> @step
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> double(4)
    8
    """

    def wrap(function: Callable[P, R]) -> Step[P, R]:
        return Step(function, outputs, cache=cache, version=version)

    return wrap(function) if function is not None else wrap


def _bind(step: Step[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    signature = inspect.signature(step.function)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TraceError(f"step {step.name!r} is called wrongly: {error}; it takes {signature}") from error
    bound.apply_defaults()
    return {name: replace_handles(value) for name, value in bound.arguments.items()}
