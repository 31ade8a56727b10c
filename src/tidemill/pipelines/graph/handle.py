"""Handles: what a step returns while the pipeline's body is traced, before anything has run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from tidemill.pipelines.errors import TraceError


@dataclass(frozen=True, slots=True)
class Reference:
    """One output of one step: the step's position in the graph and the output's name."""

    position: int
    output: str


@dataclass(frozen=True, slots=True)
class Each:
    """Stands in the arguments of a map for one item of a list: of a result, or of a list that is known."""

    items: Any


class Handle:
    """Stands for a step's result. It can be handed to steps and returned; anything else is an error."""

    __slots__ = ("_each", "_kind", "_reference", "_step", "_trace")

    def __init__(
        self, reference: Reference, step: str, *, kind: Any = Any, each: bool = False, trace: object = None
    ) -> None:
        self._reference = reference
        self._step = step
        self._kind = kind
        self._each = each
        self._trace = trace

    def __repr__(self) -> str:
        return f"<result of step {self._step!r}, known once it has run>"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._refuse(f"reads its attribute {name!r}")

    def __bool__(self) -> NoReturn:
        raise self._refuse("asks whether it is true")

    def __len__(self) -> NoReturn:
        raise self._refuse("asks for its length")

    def __iter__(self) -> NoReturn:
        raise self._refuse("iterates over it")

    def __getitem__(self, key: object) -> NoReturn:
        raise self._refuse(f"takes its item {key!r}")

    def __eq__(self, other: object) -> NoReturn:
        raise self._refuse("compares it")

    def __hash__(self) -> int:
        return hash(self._reference)

    def _arithmetic(self, *_: object) -> NoReturn:
        raise self._refuse("computes with it")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _arithmetic
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = __abs__ = __int__ = __float__ = _arithmetic

    def _refuse(self, doing: str) -> TraceError:
        return TraceError(
            f"the pipeline's body {doing}, but the result of step {self._step!r} is known only once it has run; "
            "do it inside a step"
        )


def reference_of(handle: Handle) -> Reference:
    """Return what a handle stands for."""
    return handle._reference


def step_of(handle: Handle) -> str:
    """Return the name of the step whose result a handle stands for."""
    return handle._step


def kind_of(handle: Handle) -> Any:
    """Return the type that the result is declared to have; Any when none is declared."""
    return handle._kind


def is_each(handle: Handle) -> bool:
    """Tell whether a handle stands for one item of a list, as in the body of a mapped pipeline."""
    return handle._each


def trace_of(handle: Handle) -> object:
    """Return the trace that a handle belongs to."""
    return handle._trace


def like(value: Any, items: list[Any]) -> Any:
    """Return items as a list, tuple or named tuple of the kind that a value is.

    >>> like((1, 2), [3, 4])
    (3, 4)
    """
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def replace_handles(value: Any, by: Callable[[Handle], Any] = reference_of) -> Any:
    """Return the value with every handle in its lists, tuples and dictionaries replaced, by its reference."""
    if isinstance(value, Handle):
        return by(value)
    if isinstance(value, list | tuple):
        return like(value, [replace_handles(item, by) for item in value])
    if isinstance(value, dict):
        return {key: replace_handles(item, by) for key, item in value.items()}
    return value


def handles_in(value: Any) -> Iterator[Handle]:
    """Yield the handles in the lists, tuples and dictionaries of a value."""
    if isinstance(value, Handle):
        yield value
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from handles_in(item)


def references_in(value: Any) -> Iterator[Reference]:
    """Yield the references in the lists, tuples and dictionaries of a value."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Each):
        yield from references_in(value.items)
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from references_in(item)
