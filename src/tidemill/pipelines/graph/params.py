"""Params: a value as a pipeline declares it, from Python or from the text of a command line."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from tidemill.core import UsageError, parse_duration
from tidemill.pipelines.graph.type_checks import fits, type_name

_EMPTY = inspect.Parameter.empty


class Written(str):
    """The value of a param as it was written, on a command line say: what it is depends on what is declared.

    >>> param_value(("p", "name"), str, inspect.Parameter.empty, Written("5"))
    '5'
    >>> param_value(("p", "anything"), None, inspect.Parameter.empty, Written("5"))
    5
    """

    __slots__ = ()

    def guessed(self) -> Any:
        """Return it as a number, or true or false, when it reads as one."""
        if self in {"true", "false"}:
            return self == "true"
        for kind in (int, float):
            try:
                return kind(self)
            except ValueError:
                continue
        return str(self)


_FROM_TEXT: dict[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
    timedelta: parse_duration,
    Path: Path,
}


class _Unfit(Exception):  # noqa: N818 - never leaves this file
    pass


def param_value(of: tuple[str, str], declared: Any, default: Any, value: Any) -> Any:
    """Return a param's value as it is declared, by its annotation or else by its default.

    of: the pipeline and the param. Raises UsageError for a value of another type.

    >>> param_value(("p", "days"), list[int], inspect.Parameter.empty, "1,2")
    [1, 2]
    """
    pipeline, name = of
    if value is default:
        return value
    kind = declared
    if kind is None or kind is Any:
        if default is _EMPTY or default is None:
            return value.guessed() if isinstance(value, Written) else value
        kind = type(default)
    elif default is None:
        kind = kind | None
    try:
        return _converted(kind, value)
    except (_Unfit, KeyError, ValueError, TypeError, UsageError):
        given = value.guessed() if isinstance(value, Written) else value
        such = "" if default in (_EMPTY, None) else f" such as {_shown(default)}"
        raise UsageError(
            f"param {name!r} of pipeline {pipeline!r} is {given!r}; it takes {_allowed(kind)}{such}"
        ) from None


def _converted(kind: Any, value: Any) -> Any:  # noqa: PLR0911 - a table of kinds
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _first(args, value)
    if origin is Literal:
        for one in args:
            if (type(one) is type(value) and one == value) or (isinstance(value, str) and str(one) == value):
                return one
        raise _Unfit
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(kind, value)
    if (origin or kind) in {list, tuple, set, dict} and not isinstance(value, origin or kind):
        value = _collection(origin or kind, value)
    if origin is list or origin is set:
        return origin(_converted(args[0], item) for item in value)
    if origin is tuple and args and args[-1] is not ...:
        return tuple(_converted(one, item) for one, item in zip(args, value, strict=True))
    if not isinstance(kind, type):
        return value
    return _scalar(kind, value)


def _scalar(kind: type, value: Any) -> Any:
    if kind in {bool, int, float}:
        return _number(kind, value)
    if kind is str and type(value) in {int, float, bool}:
        raise _Unfit
    if isinstance(value, Written) and kind in {str, object}:
        return str(value) if kind is str else value.guessed()
    if isinstance(value, str) and kind in _FROM_TEXT:
        return _FROM_TEXT[kind](value)
    if not fits(value, kind):
        raise _Unfit
    return value


def _number(kind: type, value: Any) -> Any:
    if isinstance(value, str):
        return {"true": True, "false": False}[value.lower()] if kind is bool else kind(value)
    if isinstance(value, bool) != (kind is bool):
        raise _Unfit
    if kind is float and isinstance(value, int):
        return float(value)
    if not fits(value, kind):
        raise _Unfit
    return value


def _first(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and NoneType in kinds:
        return None
    if isinstance(value, str) and NoneType in kinds and value.lower() in {"none", "null"}:
        return None
    exact = [kind for kind in kinds if kind is type(value)]
    if isinstance(value, Written):  # all text is text: what else it may be goes first
        exact = [kind for kind in kinds if kind not in {str, NoneType}]
    for kind in [*exact, *(kind for kind in kinds if kind is not NoneType)]:
        try:
            return _converted(kind, value)
        except (_Unfit, KeyError, ValueError, TypeError, UsageError):
            continue
    raise _Unfit


def _member(kind: type[Enum], value: Any) -> Any:
    if isinstance(value, kind):
        return value
    for one in kind:
        if value in (one.value, one.name) or str(one.value) == value:
            return one
    raise _Unfit


def _collection(kind: type, value: Any) -> Any:
    if not isinstance(value, str):
        if kind in {list, tuple} and isinstance(value, list | tuple):
            return kind(value)
        raise _Unfit
    if value.lstrip().startswith(("[", "{")):
        read = json.loads(value)
        return read if kind is dict and isinstance(read, dict) else kind(read)
    if kind is dict:
        raise _Unfit
    return kind(item.strip() for item in value.split(",")) if value else kind()


def _allowed(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(repr(one) for one in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(one.name for one in kind)
    return type_name(kind)


def _shown(default: Any) -> str:
    return default.name if isinstance(default, Enum) else repr(default)
