"""Types as they are declared: whether a result can be what a step takes, and whether a value is what was declared.

What cannot be told is let pass: type variables, protocols, names that cannot be resolved.
"""

from __future__ import annotations

import collections.abc
import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, Literal, Union, get_args, get_origin

_UNIONS = (Union, types.UnionType)
_MOST_ITEMS = 1000


@functools.lru_cache(maxsize=4096)
def hints_of(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return the annotations of a function as types, by parameter and as ``return``; those that can be resolved."""
    function = inspect.unwrap(function)
    names = dict(inspect.getclosurevars(function).nonlocals) if getattr(function, "__closure__", None) else {}
    hints: dict[str, Any] = {}
    for name, annotation in getattr(function, "__annotations__", {}).items():
        holder = types.SimpleNamespace(__annotations__={name: annotation})
        try:
            hints |= typing.get_type_hints(holder, getattr(function, "__globals__", {}), names)
        except Exception:  # noqa: BLE001, S112 - an annotation is code of others, and need not be a type
            continue
    return hints


def clash(given: Any, wanted: Any) -> bool:  # noqa: PLR0911 - a table of kinds
    """Tell whether a value declared as one type can never be of another.

    >>> clash(str, int), clash(int, float), clash(list[int], list[str]), clash(str | None, str)
    (True, False, True, False)
    """
    given, wanted = _plain(given), _plain(wanted)
    if Any in {given, wanted} or object in {given, wanted}:
        return False
    if get_origin(given) in _UNIONS:
        return all(clash(one, wanted) for one in get_args(given))
    if get_origin(wanted) in _UNIONS:
        return all(clash(given, one) for one in get_args(wanted))
    if get_origin(given) is Literal:
        return not any(fits(value, wanted) for value in get_args(given))
    if get_origin(wanted) is Literal:
        return all(clash(type(value), given) for value in get_args(wanted))
    mine, other = get_origin(given) or given, get_origin(wanted) or wanted
    if not (_is_class(mine) and _is_class(other)):
        return False
    if not (_is_kind(mine, other) or _is_kind(other, mine)):
        return True
    mine_args, other_args = get_args(given), get_args(wanted)
    same = len(mine_args) == len(other_args) and mine is not collections.abc.Callable
    return same and any(clash(*pair) for pair in zip(mine_args, other_args, strict=True))


def fits(value: Any, kind: Any) -> bool:  # noqa: PLR0911 - a table of kinds
    """Tell whether a value is of a declared type; of long lists the first thousand items are looked at.

    >>> fits([1, 2], list[int]), fits(["a"], list[int]), fits(1, float), fits(None, int)
    (True, False, True, False)
    """
    kind = _plain(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin in _UNIONS:
        return any(fits(value, one) for one in args)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in args)
    mother = origin or kind
    if mother is type(None):
        return value is None
    if typing.is_typeddict(mother):
        return isinstance(value, dict) and set(value) >= mother.__required_keys__
    if mother is Any or not _is_class(mother):
        return True
    if not _is_instance(value, mother):
        return False
    if mother in {list, set, frozenset, collections.abc.Sequence} and args and isinstance(value, list | set | tuple):
        return all(fits(item, args[0]) for item, _ in zip(value, range(_MOST_ITEMS), strict=False))
    if mother is tuple and args and args[-1] is not ... and args != ((),):
        return len(value) == len(args) and all(map(fits, value, args))
    if mother is dict and len(args) == 2:
        some = zip(value.items(), range(_MOST_ITEMS), strict=False)
        return all(fits(key, args[0]) and fits(item, args[1]) for (key, item), _ in some)
    return True


def type_name(kind: Any) -> str:
    """Return a type as people write it.

    >>> type_name(list[int]), type_name(str), type_name(int | None)
    ('list[int]', 'str', 'int | None')
    """
    return kind.__qualname__ if isinstance(kind, type) and not get_args(kind) else str(kind).replace("typing.", "")


def item_type(kind: Any) -> Any:
    """Return the type of the items of a declared list; Any when it does not say."""
    args = get_args(kind)
    known = get_origin(kind) in {list, set, frozenset, collections.abc.Sequence, collections.abc.Iterable}
    return args[0] if known and args else Any


def is_list(kind: Any) -> bool:
    """Tell whether a declared type may be a list of some kind."""
    kind = _plain(kind)
    if get_origin(kind) in _UNIONS:
        return any(is_list(one) for one in get_args(kind))
    mother = get_origin(kind) or kind
    return (
        not _is_class(mother) or mother in {object, Any} or (_is_iterable(mother) and mother not in {str, bytes, dict})
    )


def _plain(kind: Any) -> Any:
    if kind is None:
        return type(None)
    if get_origin(kind) is typing.Annotated:
        return _plain(get_args(kind)[0])
    return _plain(kind.__supertype__) if isinstance(kind, typing.NewType) else kind


def _is_class(kind: Any) -> bool:
    return isinstance(kind, type) and not getattr(kind, "_is_protocol", False)


def _is_iterable(kind: type) -> bool:
    return issubclass(kind, collections.abc.Iterable) or issubclass(list, kind)


def _is_kind(one: type, other: type) -> bool:
    if one is bool and other is not bool:
        return issubclass(int, other)
    if other is float and issubclass(one, int):
        return True
    if other is complex and issubclass(one, int | float):
        return True
    if typing.is_typeddict(one) or typing.is_typeddict(other):
        return {one, other} & {dict, collections.abc.Mapping} != set() or one is other
    try:
        return issubclass(one, other)
    except TypeError:
        return True


def _is_instance(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, Real) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, Integral)
    try:
        return isinstance(value, kind)
    except TypeError:
        return True
