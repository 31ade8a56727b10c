"""Steps: plain functions. Called in a pipeline's body they are traced, called anywhere else they just run."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from tidemill.core import check_name
from tidemill.pipelines.errors import TraceError
from tidemill.pipelines.graph.options import StepOptions, changed_options
from tidemill.pipelines.graph.outputs import names_of, shape_of

P = ParamSpec("P")
R = TypeVar("R")


class Tracer(Protocol):
    """Notes the calls of a pipeline's body."""

    def call(self, step: Step[Any, Any], arguments: dict[str, Any], mapped: str = "") -> Any:
        """Note a call and return its handles. mapped: the parameter whose argument is a list to go through."""
        ...


# The one context variable: what the current thread is tracing, if anything.
current_trace: ContextVar[Tracer | None] = ContextVar("tidemill_trace", default=None)


class Step(Generic[P, R]):
    """A function with a name, the names of its outputs, whether its result may be reused, and how it is executed.

    shape: the named tuple, dataclass or typed dictionary whose fields are the outputs; None for a plain tuple.
    how: the options it is executed with. version: part of its key, changed by hand.
    """

    def __init__(
        self,
        function: Callable[P, R],
        outputs: Sequence[str] | type = (),
        *,
        cache: bool = True,
        version: str = "",
        how: StepOptions | None = None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = check_name("step", function.__name__)
        self.shape = shape_of(self.name, function, outputs)
        self.outputs = names_of(self.shape) if self.shape else tuple(cast("Sequence[str]", outputs))
        self.cache = cache
        self.version = str(version)
        self.how = how or StepOptions()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the function, or note the call when a pipeline is being traced."""
        trace = current_trace.get()
        if trace is None:
            return self.function(*args, **kwargs)
        return cast(R, trace.call(self, _bind(self, args, kwargs)))

    def map(self, items: Iterable[Any], /, **same: Any) -> list[R]:
        """Call the function with each item of a list as its first parameter, and return the list of the results.

        In a pipeline's body the list may be the result of a step: how many calls there are is then known once that has
        run. Each call is a task of its own, reused by its own key. same: further arguments, equal for all.

        Raises TraceError for what cannot be gone through.
        """
        trace = current_trace.get()
        if trace is None:
            function: Callable[..., R] = self.function
            return [function(item, **same) for item in items]
        first = next(iter(signature_of(self.function).parameters), "")
        if not first:
            raise TraceError(f"step {self.name!r} has no parameter to map a list over; give it one")
        return cast("list[R]", trace.call(self, _bind(self, (items,), same), first))

    def options(self, **changes: Any) -> Step[P, R]:
        """Return the step with other options, for one call. Raises TraceError for a wrong one.

        >>> step(len).options(retries=3).how.retries
        3
        """
        changed = copy.copy(self)
        changed.how = changed_options(self.how, self.name, changes)
        return changed

    def output_names(self) -> tuple[str, ...]:
        """Return the names of the outputs; a step without declared outputs has one, ``result``."""
        return self.outputs or ("result",)


@overload
def step(function: Callable[P, R], /) -> Step[P, R]: ...
@overload
def step(
    *, outputs: Sequence[str] | type = (), cache: bool = True, version: str = "", **options: Any
) -> Callable[[Callable[P, R]], Step[P, R]]: ...
def step(
    function: Callable[P, R] | None = None,
    /,
    *,
    outputs: Sequence[str] | type = (),
    cache: bool = True,
    version: str = "",
    **options: Any,
) -> Step[P, R] | Callable[[Callable[P, R]], Step[P, R]]:
    """Make a function a step. Unit tests, prints and breakpoints go on working: it stays a plain function.

    outputs: names of the items when the function returns a tuple that the pipeline's body takes apart; or the dataclass
        or typed dictionary that it returns. A function that is annotated to return a named tuple needs no names.
    cache: False runs it each time. version: another one runs it again.
    options: `retries`, `backoff` ("1s", doubled each time), `retry_on`, `timeout` ("10m"), `catch` (error classes, or
        True) that become a `Failure`, `cpus`, `memory` ("2GB"), `gpus`, `custom`, `pool`, `priority`, `environment`,
        `seed`.

    Raises TraceError for an option that is not there, or a wrong value.

    >>> @step
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> double(4)
    8
    >>> double.map([1, 2])
    [2, 4]
    """

    def wrap(function: Callable[P, R]) -> Step[P, R]:
        how = changed_options(StepOptions(), getattr(function, "__name__", "?"), options)
        return Step(function, outputs, cache=cache, version=version, how=how)

    return wrap(function) if function is not None else wrap


def _bind(step: Step[Any, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    signature = signature_of(step.function)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TraceError(f"step {step.name!r} is called wrongly: {error}; it takes {signature}") from error
    bound.apply_defaults()
    return dict(bound.arguments)


@functools.lru_cache(maxsize=4096)
def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of a function; of one that is called a thousand times it is read once."""
    return inspect.signature(function)
