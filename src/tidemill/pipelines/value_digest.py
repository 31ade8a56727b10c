"""The digest of a plain value: what params, defaults and globals are made of."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from tidemill.core import digest_json

_PLAIN = (
    str,
    int,
    float,
    bool,
    type(None),
    bytes,
    Decimal,
    datetime,
    date,
    time,
    timedelta,
    re.Pattern,
    PurePath,
    complex,
)


class UndigestibleError(Exception):
    """The value has no digest; the message says of which type it is."""


def value_digest(value: Any) -> str:
    """Return the digest of a plain value, a container of such, or an object that can serialize itself.

    Equal digests mean equal values of equal types. Raises UndigestibleError.

    >>> value_digest({"a": 1}) == value_digest({"a": 1.0})
    False
    """
    return digest_json(_tree(value))


def _tree(value: Any) -> Any:
    if isinstance(value, Enum):
        return ["enum", type(value).__qualname__, value.name]
    if isinstance(value, _PLAIN):
        return [type(value).__name__, repr(value)]
    if isinstance(value, list | tuple):
        return [type(value).__name__, [_tree(item) for item in value]]
    if isinstance(value, set | frozenset):
        return ["set", sorted((_tree(item) for item in value), key=repr)]
    if isinstance(value, dict):
        pairs = [[_tree(key), _tree(item)] for key, item in value.items()]
        return ["dict", sorted(pairs, key=repr)]
    return _serialized(value)


def _serialized(value: Any) -> list[str]:
    serialize = getattr(getattr(value, "meta", None), "serialize", None)
    if type(value).__module__.startswith("polars") and callable(serialize):
        return ["polars", str(serialize(format="json"))]
    raise UndigestibleError(f"a {type(value).__module__}.{type(value).__qualname__}, which has no digest")
