"""What functions and objects hold beside their code: closures, defaults, attributes, what was bound to them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from types import (
    BuiltinMethodType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    MethodWrapperType,
    WrapperDescriptorType,
)
from typing import Any

_GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)
_OF_A_CLASS = (MethodDescriptorType, WrapperDescriptorType, ClassMethodDescriptorType)


def held_by_function(function: FunctionType) -> dict[str, Any]:
    """Return the defaults of a function, what its inner names are bound to, and its attributes."""
    held: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            held[f"closure {name}"] = cell.cell_contents
        except ValueError:  # a name that is not bound yet, as in a recursive inner function
            continue
    return held | {"__defaults__": function.__defaults__, "__kwdefaults__": function.__kwdefaults__} | vars(function)


def held_by_known_type(value: Any) -> Mapping[str, Any] | None:  # noqa: PLR0911 - a table of types
    """Return what decides what a value does, for the types of Python itself; None for any other type.

    >>> sorted(held_by_known_type(functools.partial(round, ndigits=2)))
    ['args', 'function', 'keywords']
    """
    kind = type(value)
    if kind in {list, tuple, dict}:
        items = list(value.items()) if kind is dict else list(value)
        return {"type": kind.__name__} | {str(at): item for at, item in enumerate(items)}
    if kind is functools.partial:
        return {"function": value.func, "args": value.args, "keywords": value.keywords, **vars(value)}
    if kind in _GETTERS:
        return {"made of": list(value.__reduce__())}
    if isinstance(value, BuiltinMethodType | MethodWrapperType):
        return {"of": value.__self__, "name": value.__name__, "module": getattr(value, "__module__", None)}
    if isinstance(value, _OF_A_CLASS):
        return {"of": value.__objclass__, "name": value.__name__}
    if isinstance(value, staticmethod | classmethod):
        return {"function": value.__func__}
    if isinstance(value, property):
        return {"get": value.fget, "set": value.fset, "delete": value.fdel}
    if kind.__module__ == "functools" and hasattr(value, "__wrapped__"):
        return {**vars(value), "wrapped": value.__wrapped__}
    if kind.__module__ in {"typing", "types"} and hasattr(value, "__args__"):
        return {"origin": getattr(value, "__origin__", None), "args": value.__args__}
    return {"typing": repr(value)} if kind.__module__ == "typing" else None


def attributes_of(value: Any, kinds: Sequence[type]) -> dict[str, Any]:
    """Return the attributes of an object, in its dictionary and in the slots of its classes."""
    slots: list[str] = []
    for kind in kinds:
        given = vars(kind).get("__slots__", ())
        slots += [given] if isinstance(given, str) else list(given)
    slots += getattr(value, "__struct_fields__", ())
    held = {f"slot {name}": getattr(value, name) for name in slots if hasattr(value, name)}
    return held | {f"attribute {name}": item for name, item in getattr(value, "__dict__", {}).items()}
