"""Entries of a journal: what was logged, as bytes and back.

The first byte of a body is its kind. A point is packed, since there are many; everything else is JSON.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import msgspec

from tidemill.core import UsageError
from tidemill.recording.frames import MOST_FRAME_BYTES

HEADER, POINT, PARAMS, TAGS, BEGIN, FINISH, ARTIFACT, BLOB, COMMIT = range(9)
POINT_BODY = struct.Struct("<Bqdq")
KEY_AT = POINT_BODY.size

LONGEST_KEY, LONGEST_NAME = 250, 250
LONGEST_PARAM, LONGEST_TAG = 6000, 8000
LARGEST_STEP = 2**63 - 1

__all__ = [
    "ARTIFACT", "BEGIN", "BLOB", "COMMIT", "FINISH", "HEADER", "KEY_AT", "LARGEST_STEP", "LONGEST_KEY", "LONGEST_NAME",
    "LONGEST_PARAM", "LONGEST_TAG", "MOST_FRAME_BYTES", "PARAMS", "POINT", "POINT_BODY", "TAGS", "body_of",
    "check_key", "check_step", "content_of", "cut", "number_of", "storable_text",
]  # fmt: skip


def body_of(kind: int, content: Any) -> bytes:
    """Return an entry other than a point as the body of a frame."""
    return bytes((kind,)) + msgspec.json.encode(content)


def content_of(body: bytes) -> Any:
    """Return what `body_of` wrote. Raises ValueError for anything else."""
    try:
        return msgspec.json.decode(body[1:])
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error


def check_key(key: object) -> str:
    """Return a key. Raises UsageError for one that no store takes."""
    if not isinstance(key, str):
        raise UsageError(f"{_short(key)} is no key: a key is text")
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise UsageError(f"{_short(key)} cannot be a key; use 1 to {LONGEST_KEY} printable characters")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{key[:80]!a} cannot be a key: it is no Unicode") from None
    return key


def check_step(key: str, step: object) -> int:
    """Return a step. Raises UsageError for what is no whole number, or too large to be kept exactly."""
    try:
        number = step if type(step) is int else step.__index__()  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        if isinstance(step, float) and step.is_integer():
            return check_step(key, int(step))
        raise UsageError(f"metric {key!r} has the step {_short(step)}; use a whole number") from None
    if abs(number) > LARGEST_STEP:
        raise UsageError(f"metric {key!r} has the step {_short(number)}; use a whole number of 64 bits")
    return int(number)


def number_of(key: str, value: Any) -> float:
    """Return a value as a number; NaN and infinities are numbers. Raises UsageError for what is none."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except Exception:  # noqa: BLE001 - whatever a foreign object's __float__ raises
        kind = type(value).__name__
        raise UsageError(f"metric {key!r} is {_short(value)}, a {kind}; a metric is one number") from None


def storable_text(value: object) -> str:
    """Return a value as text that every store takes: NUL and what is no Unicode as escapes."""
    text = value if isinstance(value, str) else str(value)
    if text.isprintable():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def cut(text: str, most: int) -> str:
    """Return a text, one that is too long without its end.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _short(value: object) -> str:
    try:
        text = ascii(value)
    except Exception:  # noqa: BLE001 - a foreign object may not even have a text
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."
