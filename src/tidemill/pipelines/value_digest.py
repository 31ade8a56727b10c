"""The digest of a plain value: what params, defaults and globals are made of."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from numbers import Real
from typing import Any

from tidemill.core import digest_json

_PLAIN = (str, int, float, bool, type(None), type(...), bytes, complex, range, Decimal, datetime, date, time, timedelta)


class UndigestibleError(Exception):
    """The value has no digest; the message says of which type it is."""


def value_digest(value: Any) -> str:
    """Return the digest of a plain value, a container of such, or an object that can serialize itself.

    Equal digests mean equal values of equal types. Raises UndigestibleError.

    >>> value_digest({"a": 1}) == value_digest({"a": 1.0})
    False
    """
    try:
        return digest_json(_tree(value))
    except RecursionError:
        raise UndigestibleError(f"a {type(value).__name__} that holds itself, which has no digest") from None


def _tree(value: Any) -> Any:  # noqa: PLR0911 - a table of types
    # Exact types only: what a subclass adds would not show.
    kind = type(value)
    if isinstance(value, Enum):
        return ["enum", _named(kind), value.name, _tree(value.value)]
    if kind in _PLAIN or kind.__module__ == "pathlib" or (kind.__module__ == "numpy" and isinstance(value, Real)):
        return [kind.__name__, repr(value)]
    if isinstance(value, re.Pattern):
        return ["pattern", _tree(value.pattern), value.flags]  # its repr is cut short
    if kind in {list, tuple}:
        return [kind.__name__, [_tree(item) for item in value]]
    if kind in {set, frozenset}:
        return [kind.__name__, sorted((_tree(item) for item in value), key=repr)]
    if kind in {dict, OrderedDict, Counter}:  # in their order, on which a program may depend
        return [kind.__name__, [[_tree(key), _tree(item)] for key, item in value.items()]]
    return _serialized(value)


def _serialized(value: Any) -> list[str]:
    serialize = getattr(getattr(value, "meta", None), "serialize", None)
    if type(value).__module__.startswith("polars") and callable(serialize):
        return ["polars", str(serialize(format="json"))]
    raise UndigestibleError(f"a {_named(type(value))}, which has no digest")


def _named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
