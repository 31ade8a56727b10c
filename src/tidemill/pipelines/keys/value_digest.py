"""The digest of a plain value: what params, defaults and globals are made of, tables and arrays by their content."""

from __future__ import annotations

import re
import uuid
import zoneinfo
from collections import Counter, OrderedDict, deque
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

from tidemill.core import digest_json
from tidemill.pipelines.keys.table_digest import digest_table

_PLAIN = frozenset(
    {str, int, float, bool, type(None), type(...), type(NotImplemented), bytes, bytearray, complex, range, slice}
    | {Decimal, Fraction, date, time, timedelta, timezone, uuid.UUID, zoneinfo.ZoneInfo}
)
_SEQUENCES = frozenset({list, tuple, deque})
_SETS = frozenset({set, frozenset})
_MAPPINGS = frozenset({dict, OrderedDict, Counter})


class UndigestibleError(Exception):
    """The value has no digest; the message says of which type it is."""


def value_digest(value: Any, root: Path | None = None, *, enums: bool = True) -> str:
    """Return the digest of a plain value, a container of such, or an object that can serialize itself.

    Equal digests mean equal values of equal types. root: a folder that may lie elsewhere on another machine: texts and
    paths that begin with it count from there. enums: take members of enums, which stand on the code of their class.

    Raises UndigestibleError.

    >>> value_digest({"a": 1}) == value_digest({"a": 1.0})
    False
    >>> value_digest(Path("/one/data.csv"), Path("/one")) == value_digest(Path("/two/data.csv"), Path("/two"))
    True
    """
    try:
        return digest_json(_Trees(str(root) if root else "", enums)(value))
    except RecursionError:
        raise UndigestibleError(f"a {type(value).__name__} that holds itself, which has no digest") from None


class _Trees:
    """Turns values into JSON that says what they are, types included."""

    def __init__(self, root: str, enums: bool) -> None:
        self._root = root
        self._enums = enums

    def __call__(self, value: Any) -> Any:  # noqa: PLR0911 - a table of types
        # Exact types only: what a subclass adds would not show.
        kind = type(value)
        if kind in _PLAIN:
            return self._text(kind, value) if kind is str else [kind.__name__, repr(value)]
        if kind is datetime:
            return ["datetime", repr(value), self(value.tzinfo), value.fold]
        if isinstance(value, PurePath) and kind.__module__.partition(".")[0] == "pathlib":
            return ["path", self._text(kind, str(value))]
        if isinstance(value, Enum) and self._enums:
            return ["enum", _named(kind), value.name, self(value.value)]
        if isinstance(value, re.Pattern):
            return ["pattern", self(value.pattern), value.flags]  # its repr is cut short
        if kind in _SEQUENCES:
            return [kind.__name__, [self(item) for item in value], getattr(value, "maxlen", None)]
        if kind in _SETS:
            return [kind.__name__, sorted((self(item) for item in value), key=repr)]
        if kind in _MAPPINGS:  # in their order, on which a program may depend
            return [kind.__name__, [[self(key), self(item)] for key, item in value.items()]]
        return digest_table(value, self) or _serialized(value)

    def _text(self, kind: type, text: str) -> list[str]:
        root = self._root
        if root and (text == root or text.startswith((f"{root}/", f"{root}\\"))):
            return [kind.__name__, "in the project", text[len(root) :].replace("\\", "/")]
        return [kind.__name__, repr(text)]


def _serialized(value: Any) -> list[str]:
    serialize = getattr(getattr(value, "meta", None), "serialize", None)
    if type(value).__module__.startswith("polars") and callable(serialize):
        return ["polars", str(serialize(format="json"))]
    raise UndigestibleError(f"a {_named(type(value))}, which has no digest")


def _named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def is_plain(value: Any) -> bool:
    """Tell whether a value is told by its content alone, and stands on the code of no class of a project."""
    try:
        value_digest(value, enums=False)
    except UndigestibleError:
        return False
    return True
