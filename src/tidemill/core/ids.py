"""Client-made, sortable ids: UUID version 7 (RFC 9562, section 5.7) as 32 lower-case hex digits.

The first 48 bits are milliseconds since 1970, so ids sort by time and a prediction's id tells when
it was answered. Within a process ids strictly increase: the 74 random bits count up inside one millisecond.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 74
_LENGTH = 32
_FORM = re.compile("[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}")
_FORMS = re.compile(f"(?:{_FORM.pattern}\n)*")
_LAST_MS = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


class IdMaker:
    """Makes strictly increasing ids; one per process is enough, and it is thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def make(self, milliseconds: int) -> str:
        """Return an id for that instant, larger than every id made before by this maker."""
        return self.make_many(milliseconds, 1)[0]

    def make_many(self, milliseconds: int, count: int) -> list[str]:
        """Return `count` increasing ids for that instant."""
        fresh = (milliseconds << _RANDOM_BITS) | (int.from_bytes(os.urandom(10), "big") >> 7)
        with self._lock:
            first = fresh if fresh > self._last else self._last + 1
            self._last = first + count - 1
        return [_as_uuid7(first + step) for step in range(count)]


def _as_uuid7(value: int) -> str:
    rand_b = value & ((1 << 62) - 1)
    rand_a = (value >> 62) & 0xFFF
    milliseconds = value >> _RANDOM_BITS
    return f"{(milliseconds << 80) | (7 << 76) | (rand_a << 64) | (2 << 62) | rand_b:032x}"


_maker = IdMaker()


def new_id(at: datetime | None = None) -> str:
    """Return a new id, sortable by time.

    >>> len(new_id()), new_id() < new_id()
    (32, True)
    """
    if at is None:
        return _maker.make(time.time_ns() // 1_000_000)
    return IdMaker().make((at - _EPOCH) // timedelta(milliseconds=1))


def new_ids(count: int) -> list[str]:
    """Return `count` new increasing ids; one lock and one random read for all of them."""
    return _maker.make_many(time.time_ns() // 1_000_000, count)


def is_id(text: str) -> bool:
    """Tell whether the text has the form of an id: version 7, in years that a datetime can tell.

    >>> is_id(new_id()), is_id("delay/1"), is_id("f" * 32)
    (True, False, False)
    """
    return _FORM.fullmatch(text) is not None and int(text[:12], 16) <= _LAST_MS


def are_ids(texts: Sequence[object]) -> bool:
    """Tell whether all have the form of an id: much faster than one by one.

    >>> are_ids(new_ids(3)), are_ids([]), are_ids([new_id(), "delay/1"]), are_ids([new_id(), 7])
    (True, True, False, False)
    """
    known = [text for text in texts if type(text) is str]
    if len(known) < len(texts) or set(map(len, known)) - {_LENGTH}:
        return False
    last = int(max(known)[:12], 16) if known and _FORMS.fullmatch("\n".join([*known, ""])) else None
    return not known or (last is not None and last <= _LAST_MS)


def id_time(id_: str) -> datetime:
    """Return the instant (aware UTC, to the millisecond) that an id encodes.

    >>> from datetime import datetime, UTC
    >>> id_time(new_id(datetime(2013, 3, 1, tzinfo=UTC))).isoformat()
    '2013-03-01T00:00:00+00:00'
    """
    return _EPOCH + timedelta(milliseconds=int(id_[:12], 16))
