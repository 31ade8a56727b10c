"""What a step returns: the names of its parts, and taking a returned value apart."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from tidemill.pipelines.errors import TraceError
from tidemill.pipelines.graph.type_checks import fits, hints_of, type_name


def shape_of(step: str, function: Callable[..., Any], outputs: Sequence[str] | type) -> type | None:
    """Return the class whose fields are a step's outputs, None when they are a tuple's items or the value itself.

    Raises TraceError for outputs that are neither names nor such a class.
    """
    if isinstance(outputs, type):
        if names_of(outputs):
            return outputs
        raise TraceError(
            f"the outputs of step {step!r} are {type_name(outputs)}, which has no fields; give names, a named tuple, a "
            "dataclass or a typed dictionary"
        )
    if isinstance(outputs, str) or not all(str(name).isidentifier() for name in outputs):
        raise TraceError(f"the outputs of step {step!r} are {outputs!r}; give names, such as outputs=('low', 'high')")
    if len(set(outputs)) < len(outputs):
        raise TraceError(f"the outputs of step {step!r} are {tuple(outputs)!r}; each name may be there once")
    annotated = hints_of(function).get("return") if not outputs else None
    return annotated if isinstance(annotated, type) and issubclass(annotated, tuple) and names_of(annotated) else None


def names_of(kind: type) -> tuple[str, ...]:
    """Return the fields of a named tuple, a dataclass or a typed dictionary; none for other classes."""
    if dataclasses.is_dataclass(kind):
        return tuple(each.name for each in dataclasses.fields(kind))
    if typing.is_typeddict(kind):
        return tuple(kind.__annotations__)
    return tuple(getattr(kind, "_fields", ()))


def put_together(shape: type | None, names: Sequence[str], parts: Sequence[Any]) -> Any:
    """Return parts, such as handles, in the shape in which a step returns them."""
    if not names:
        return parts[0]
    if shape is None:
        return tuple(parts)
    if typing.is_typeddict(shape):
        return dict(zip(names, parts, strict=True))
    return SimpleNamespace(**dict(zip(names, parts, strict=True))) if dataclasses.is_dataclass(shape) else shape(*parts)


def output_types(function: Callable[..., Any], shape: type | None, names: Sequence[str]) -> tuple[Any, ...]:
    """Return the declared types of a step's outputs; Any where none is declared."""
    if shape is not None:
        try:
            known = typing.get_type_hints(shape)
        except Exception:  # noqa: BLE001 - an annotation is code of others
            known = {}
        return tuple(known.get(name, Any) for name in names)
    declared = hints_of(function).get("return", Any)
    if not names:
        return (declared,)
    args = typing.get_args(declared)
    apart = typing.get_origin(declared) is tuple and len(args) == len(names) and args[-1] is not ...
    return args if apart else (Any,) * len(names)


def take_apart(function: Callable[..., Any], shape: type | None, names: Sequence[str], result: Any) -> tuple[Any, ...]:
    """Return what a step returned, one value for each of its outputs.

    Raises TypeError, in one line, when it is not what the step declares.
    """
    if shape is not None and typing.is_typeddict(shape) and isinstance(result, dict) and set(names) <= set(result):
        parts = tuple(result[name] for name in names)
    elif shape is not None and dataclasses.is_dataclass(shape) and isinstance(result, shape):
        parts = tuple(getattr(result, name) for name in names)
    elif not names:
        parts = (result,)
    elif isinstance(result, tuple) and len(result) == len(names):
        parts = result
    else:
        wanted = f"a tuple of {len(names)}" if shape is None else f"a {shape.__name__} with {len(names)} fields"
        raise TypeError(f"it must return {wanted}: {', '.join(names)}; it returned {_told(result)}")
    for name, kind, value in zip(names or ("",), output_types(function, shape, names), parts, strict=True):
        if not fits(value, kind):
            what = f" as {name!r}" if name else ""
            raise TypeError(f"it declares {type_name(kind)}{what} and returned {_told(value)}")
    return parts


def _told(value: Any) -> str:
    if value is None:
        return "None"
    shown = f" {value!r}" if isinstance(value, str | int | float | bool) and len(repr(value)) <= 40 else ""
    return f"a {type(value).__qualname__}{shown}"
