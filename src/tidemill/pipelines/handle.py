"""Handles: what a step returns while the pipeline's body is traced, before anything has run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from tidemill.pipelines.errors import TraceError


@dataclass(frozen=True)
class Reference:
    """One output of one step: the step's position in the graph and the output's name."""

    position: int
    output: str


class Handle:
    """Stands for a step's result. It can be handed to steps and returned; anything else is an error."""

    __slots__ = ("_reference", "_step")

    def __init__(self, reference: Reference, step: str) -> None:
        self._reference = reference
        self._step = step

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


def like(value: Any, items: list[Any]) -> Any:
    """Return items as a list, tuple or named tuple of the kind that a value is.

    >>> like((1, 2), [3, 4])
    (3, 4)
    """
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def replace_handles(value: Any) -> Any:
    """Return the value with every handle in its lists, tuples and dictionaries replaced by its reference."""
    if isinstance(value, Handle):
        return reference_of(value)
    if isinstance(value, list | tuple):
        return like(value, [replace_handles(item) for item in value])
    if isinstance(value, dict):
        return {key: replace_handles(item) for key, item in value.items()}
    return value
