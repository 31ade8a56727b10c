"""How a feature row is written in the online store: the one codec of the writer and of the data plane.

It needs msgspec only, so that the serving process never loads polars or SQLAlchemy for it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

Scalar = str | int | float | bool | None

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, list[Scalar]])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NULL = "\x00"
_ESCAPED = re.compile(r"\\[\\u0]")
_MEANT = {"\\\\": "\\", "\\u": "\x1f", "\\0": "\x00"}
_ESCAPES = str.maketrans({"\\": "\\\\", "\x1f": "\\u", "\x00": "\\0"})


def space_name(project: str, view: str, columns: Sequence[str]) -> str:
    """The space in which a view's values are stored: one for each list of its columns.

    A model that was trained on other columns of the view goes on reading the ones it knows.

    >>> space_name("default", "forecast", ["temp"]) == space_name("default", "forecast", ["temp", "humid"])
    False
    """
    digest = hashlib.sha256("\x1f".join(columns).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{project}/{view}/{digest[:12]}"


def key_text(values: Sequence[object]) -> str:
    """The key under which the row of these key values is stored, in the entity's key order.

    Strings stay as they are, instants become ISO 8601 in UTC (:func:`instant_text`), booleans ``true`` and ``false``.
    A null gives a text that is never stored: nothing is known of an unnamed entity.

    >>> key_text(["JFK", datetime(2013, 3, 1, 10, tzinfo=UTC)])
    'JFK\\x1f2013-03-01T10:00:00Z'
    >>> key_text(["JFK", "2013-03-01T10:00:00Z"]) == key_text(["JFK", datetime(2013, 3, 1, 10, tzinfo=UTC)])
    True
    """
    return "\x1f".join([_text(value) for value in values])


def key_parts(text: str) -> list[str]:
    """The values of a key as texts, from what :func:`key_text` made of them.

    >>> key_parts(key_text(["JFK", "odd\\\\ one", 7]))
    ['JFK', 'odd\\\\ one', '7']
    """
    return [_ESCAPED.sub(lambda found: _MEANT[found[0]], part) for part in text.split("\x1f")]


def instant_text(at: datetime) -> str:
    """ISO 8601 in UTC to the second, with a fraction only when there is one; a naive instant is taken as UTC.

    >>> instant_text(datetime(2013, 3, 1, 10, 30, tzinfo=UTC))
    '2013-03-01T10:30:00Z'
    """
    aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return aware.replace(tzinfo=None).isoformat() + "Z"


def parse_instant(text: str) -> datetime:
    """The instant that an ISO 8601 text names, aware and in UTC; without an offset it is UTC already.

    Raises:
        ValueError: the text is not ISO 8601.

    >>> parse_instant("2013-03-01T05:00:00-05:00") == parse_instant("2013-03-01T10:00:00Z")
    True
    """
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def epoch_ms(at: datetime) -> int:
    """Whole milliseconds since 1970 of an aware instant, rounded down."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def encode_value(event_at: datetime | int, values: Sequence[object]) -> bytes:
    """msgpack of ``[event_at_ms, [values in the view's column order]]``; ``event_at`` as instant or milliseconds."""
    event_at_ms = event_at if isinstance(event_at, int) else epoch_ms(event_at)
    return _encoder.encode((event_at_ms, [instant_text(v) if isinstance(v, datetime) else v for v in values]))


def decode_value(data: bytes) -> tuple[int, list[Scalar]]:
    """The ``(event_at_ms, values)`` that :func:`encode_value` wrote.

    >>> decode_value(encode_value(1_362_096_000_000, [0.25, None, "AA"]))
    (1362096000000, [0.25, None, 'AA'])
    """
    return _decoder.decode(data)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.translate(_ESCAPES) if "\x1f" in value or "\\" in value or _NULL in value else value
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant_text(value)
    return str(value)
