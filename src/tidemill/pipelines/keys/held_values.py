"""What functions and objects hold beside their code: closures, defaults, attributes, what was bound to them."""

from __future__ import annotations

import _thread
import abc
import dataclasses
import functools
import inspect
import logging
import operator
import os
import random
import threading
from collections import ChainMap, defaultdict
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from types import (
    BuiltinMethodType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    SimpleNamespace,
    WrapperDescriptorType,
)
from typing import Any

_GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)
_OF_A_CLASS = (MethodDescriptorType, WrapperDescriptorType, ClassMethodDescriptorType)
_SLOTS = (GetSetDescriptorType, MemberDescriptorType)
#: What holds nothing that a result could depend on.
_TOOLS: tuple[type, ...] = (_thread.LockType, type(threading.RLock()), threading.Event, threading.Condition)
_TOOLS += (threading.Semaphore, logging.Logger, logging.LoggerAdapter)
#: What a class keeps for the interpreter: made of the rest of it, or of where its text stands.
_KEPT_BY_PYTHON = frozenset(
    {"__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__firstlineno__", "__static_attributes__"}
    | {"_abc_impl", "__abstractmethods__", "__parameters__", "__dataclass_params__", "__annotations_cache__"}
    | {"_member_map_", "_value2member_map_", "_unhashable_values_", "_member_names_", "_hashable_values_"}
    | {"_unhashable_values_map_", "__annotations__", "__abstract_methods__", "_generate_next_value_"}
)


def held_by_function(function: FunctionType) -> dict[str, Any]:
    """Return the defaults of a function, what its inner names are bound to, its hints, and its attributes."""
    held: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            held[f"closure {name}"] = cell.cell_contents
        except ValueError:  # a name that is not bound yet, as in a recursive inner function
            continue
    if _is_dispatcher(function):
        registered = getattr(function, "registry").items()  # noqa: B009 - a function that has it
        return {f"for {kind.__module__}.{kind.__qualname__}": item for kind, item in registered}
    for name in ("__defaults__", "__kwdefaults__"):
        if getattr(function, name):
            held[name] = getattr(function, name)
    return held | hints_of(function) | vars(function)


def hints_of(value: Any) -> dict[str, Any]:
    """Return the type hints of a function or class, as they are written."""
    try:
        hints = inspect.get_annotations(value)
    except NameError:  # evaluated late, from Python 3.14 on, and naming what only a type checker imports
        return {"hints": getattr(value, "__annotate__", None)}
    return {f"hint {name}": hint for name, hint in hints.items()}


def held_by_class(kind: type) -> dict[str, Any]:
    """Return what the body of a class has declared, and how it was made, without its bases."""
    held = {name: item for name, item in vars(kind).items() if name not in _KEPT_BY_PYTHON} | hints_of(kind)
    members = vars(kind).get("_member_map_")
    if members is not None:  # an enum: its members are instances of itself
        held = {name: item for name, item in held.items() if name not in members}
        held["members"] = [(name, member.value) for name, member in members.items()]
    if "_abc_impl" in vars(kind):
        registered = (known() for known in abc._get_dump(kind)[0])  # type: ignore[attr-defined]
        held["registered"] = sorted(
            (each for each in registered if each is not None), key=lambda each: f"{each.__module__}.{each.__qualname__}"
        )
    fields = held.pop("__dataclass_fields__", None)
    if fields is not None:
        held["dataclass"] = repr(vars(kind).get("__dataclass_params__"))
        held |= {f"field {name}": _of_field(each) for name, each in fields.items()}
    return held


def _of_field(each: dataclasses.Field[Any]) -> list[Any]:
    flags = (each.init, each.repr, each.hash, each.compare, each.kw_only, str(each._field_type))  # type: ignore[attr-defined]
    made = [None if item is dataclasses.MISSING else [item] for item in (each.default, each.default_factory)]
    return [each.type, flags, made, dict(each.metadata)]


def _is_dispatcher(function: FunctionType) -> bool:
    of_functools = function.__globals__.get("__name__") == "functools"
    return of_functools and hasattr(function, "registry") and hasattr(function, "dispatch")


def held_by_known_type(value: Any) -> Mapping[str, Any] | None:  # noqa: C901, PLR0911, PLR0912 - a table of types
    """Return what decides what a value does, for the types of Python itself; None for any other type.

    >>> sorted(held_by_known_type(functools.partial(round, ndigits=2)))
    ['args', 'function', 'keywords']
    """
    kind = type(value)
    if kind in {list, tuple, dict, MappingProxyType, defaultdict}:
        items = list(value.items()) if hasattr(value, "items") else list(value)
        made = {"made by": value.default_factory} if kind is defaultdict else {}
        return {"type": kind.__name__, **made} | {str(at): item for at, item in enumerate(items)}
    if kind in {set, frozenset}:  # in no order that another process would have
        return {"type": kind.__name__} | {f"item {_name_of(item)}": item for item in value}
    if kind is functools.partial or kind is functools.partialmethod:
        return {"function": value.func, "args": value.args, "keywords": value.keywords, **vars(value)}
    if kind in _GETTERS:
        return {"made of": list(value.__reduce__())}
    if isinstance(value, BuiltinMethodType | MethodWrapperType):
        return {"of": value.__self__, "name": value.__name__, "module": getattr(value, "__module__", None)}
    if isinstance(value, _OF_A_CLASS):
        return {"of": value.__objclass__, "name": value.__name__}
    if isinstance(value, _SLOTS):
        return {"slot": value.__name__}
    if isinstance(value, staticmethod | classmethod):
        return {"function": value.__func__}
    if isinstance(value, property):
        return {"get": value.fget, "set": value.fset, "delete": value.fdel}
    if kind is functools.cached_property:
        return {"function": value.func, "name": value.attrname}
    if kind is functools.singledispatchmethod:
        return {"function": value.func, "dispatcher": value.dispatcher}
    if kind.__module__ == "functools" and hasattr(value, "__wrapped__"):
        return {**vars(value), "wrapped": value.__wrapped__}
    if kind is ContextVar:
        return {"name": value.name, "value": value.get(None)}
    if kind is SimpleNamespace:
        return dict(vars(value))
    if kind is ChainMap:
        return {"maps": value.maps}
    if isinstance(value, random.Random) and kind is random.Random:
        return {"state": value.getstate()}
    if isinstance(value, _TOOLS):
        return {"tool": f"{kind.__module__}.{kind.__qualname__}"}
    return _of_typing(value, kind)


def _name_of(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or getattr(value, "name", None)
    return f"{type(value).__name__} {name or repr(value)}"


def _of_typing(value: Any, kind: type) -> Mapping[str, Any] | None:
    if kind.__module__ in {"typing", "types"} and hasattr(value, "__args__"):
        return {"origin": getattr(value, "__origin__", None), "args": value.__args__}
    if kind.__module__ == "typing" and hasattr(value, "__bound__"):
        return {"name": value.__name__, "bound": value.__bound__, "constraints": value.__constraints__}
    return {"typing": repr(value)} if kind.__module__ == "typing" else None


def held_by_reduction(value: Any) -> Mapping[str, Any] | None:
    """Return what an object of an installed library says it is made of, as it tells those who copy it; else None.

    Nothing is made of it, and nothing is written.
    """
    if isinstance(value, type(os.environ)):
        return None
    try:
        reduced = value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001 - what a library raises for what cannot be copied: locks, files, connections
        return None
    if not isinstance(reduced, tuple):
        return None
    made = [list(part) if number > 2 and part is not None else part for number, part in enumerate(reduced)]
    return {f"made of {number}": part for number, part in enumerate(made)}


def attributes_of(value: Any, kinds: Sequence[type]) -> dict[str, Any]:
    """Return the attributes of an object, in its dictionary and in the slots of its classes."""
    slots: list[str] = []
    for kind in kinds:
        given = vars(kind).get("__slots__", ())
        slots += [given] if isinstance(given, str) else list(given)
    slots += getattr(type(value), "__struct_fields__", ())
    held = {f"slot {name}": getattr(value, name) for name in slots if hasattr(value, name)}
    return held | {f"attribute {name}": item for name, item in getattr(value, "__dict__", {}).items()}
