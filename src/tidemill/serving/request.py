"""Decoding a request: one pass of msgspec into rows typed after the snapshot, wrong ones refused.

Wrong input takes the slow way through `request_fault`, which looks again and says in one line what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from tidemill.core import DamagedError, TidemillError, UsageError
from tidemill.serving.request_fault import BEYOND, find_fault, is_beyond
from tidemill.serving.snapshot import RequestColumn, Snapshot

MOST_BYTES = 8 << 20
MOST_ROWS = 10_000
# What a 32-bit float holds; models take matrices of those.
LARGEST_NUMBER = 3.4028234663852886e38
_INTEGER = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_NUMBER = Annotated[float, msgspec.Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
_TYPES: dict[str, Any] = {
    "string": str,
    "integer": _INTEGER,
    "number": _NUMBER,
    "boolean": bool,
    "datetime": datetime,
}
_REQUEST_ID = Annotated[str, msgspec.Meta(max_length=200)]

Values = tuple[Any, ...]


class TooLargeError(TidemillError):
    """A request is larger than one may be."""

    code = "too_large"
    http_status = 413


class RequestDecoder:
    """Decodes request bodies of one snapshot. Thread-safe.

    columns: the request's columns; then event time and key when the snapshot names them and they are no columns.
    optional: those of them that a row may leave out. All others must be there, if only as a null.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.columns = _all_columns(snapshot)
        self.optional = _optional(snapshot)
        self._fields = {column.name: f"c{index}" for index, column in enumerate(self.columns)}
        self._key = snapshot.key
        instants = [column.name for column in self.columns if column.type == "datetime"]
        self._instants = [attrgetter(self._fields[name]) for name in instants]
        try:
            row = self._row_type()
            body = msgspec.defstruct(
                "Request",
                [("rows", list[row]), ("request_id", _REQUEST_ID | None, None)],  # type: ignore[valid-type]
                forbid_unknown_fields=True,
                frozen=True,
            )
            self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(body).decode
        except (TypeError, ValueError) as error:
            raise DamagedError(f"the request columns cannot be decoded: {error}; rename them and deploy") from error

    def decode(self, body: bytes) -> Any:
        """Return what a body says: `rows`, to be read with a `picker`, and `request_id`, None when it has none.

        Raises UsageError naming row, column and what is allowed, or TooLargeError.
        """
        try:
            sent = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UsageError(find_fault(body, self.columns, self._key, str(error), self.optional)) from error
        if len(sent.rows) > MOST_ROWS:
            raise TooLargeError(
                f"{len(sent.rows)} rows in one request; at most {MOST_ROWS:,} are allowed, so send several requests"
            )
        if not sent.rows:
            raise UsageError('"rows" is empty; send at least one row')
        for get in self._instants:
            for at in map(get, sent.rows):
                # Only in the first and the last year can the offset lead out of the calendar.
                if at is not None and not 1 < at.year < 9999 and is_beyond(at):
                    raise UsageError(find_fault(body, self.columns, self._key, BEYOND, self.optional))
        return sent

    def picker(self, names: tuple[str, ...]) -> Callable[[Any], Values]:
        """Return a function that takes a row's values of these columns, in this order."""
        fields = [self._fields[name] for name in names]
        if not fields:
            return lambda _: ()
        get = attrgetter(*fields)
        return get if len(fields) > 1 else lambda row: (get(row),)

    def _row_type(self) -> type[msgspec.Struct]:
        required, optional = [], []
        for column in self.columns:
            kind = str | _INTEGER if column.name == self._key and column.type == "string" else _TYPES[column.type]
            name = self._fields[column.name]
            if column.name in self.optional:
                optional.append((name, kind | None, None))
            else:
                required.append((name, kind | None if column.nullable else kind))
        return msgspec.defstruct(
            "Row",
            [*required, *optional],
            rename={field: name for name, field in self._fields.items()},
            forbid_unknown_fields=True,
            frozen=True,
            gc=False,
        )


def _all_columns(snapshot: Snapshot) -> tuple[RequestColumn, ...]:
    columns = {column.name: column for column in snapshot.request}
    if snapshot.event_time is not None:
        nullable = columns[snapshot.event_time].nullable if snapshot.event_time in columns else True
        columns[snapshot.event_time] = RequestColumn(snapshot.event_time, "datetime", nullable)
    if snapshot.key is not None and snapshot.key not in columns:
        columns[snapshot.key] = RequestColumn(snapshot.key, "string")
    return tuple(columns.values())


def _optional(snapshot: Snapshot) -> frozenset[str]:
    """A forgotten column would be answered as if it were unknown; so only what no answer depends on is optional."""
    extra = {snapshot.key, snapshot.event_time} - {column.name for column in snapshot.request}
    if any(view.ttl_s is not None for view in snapshot.views):
        extra.discard(snapshot.event_time)
    return frozenset(name for name in extra if name is not None)
