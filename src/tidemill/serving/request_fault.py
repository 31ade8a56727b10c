"""What is wrong with a request: found by looking again, value by value, and said in one line.

Only refused requests come here, so it may be slow; it must be right about the row and the column.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tidemill.core import did_you_mean, nearest_utc
from tidemill.serving.snapshot import RequestColumn

_ALLOWED = {
    "string": "text",
    "integer": "a whole number of 64 bits",
    "number": "a number within ±3.4e38",
    "boolean": "true or false",
    "datetime": "an instant such as '2013-03-01T05:00:00Z'",
}
_KINDS = {str: "text", int: "a whole number", float: "a number", bool: "a boolean", list: "a list", dict: "an object"}
BEYOND = "is not of the years 1 to 9999 in UTC"
_FIELDS = ("rows", "request_id")
_EXAMPLE = 'send {"rows": [{...}]}'
_LARGEST = 3.4028234663852886e38


def find_fault(
    body: bytes,
    columns: Sequence[RequestColumn],
    key: str | None,
    otherwise: str,
    optional: Collection[str] = (),
) -> str:
    """Return one line about the first fault of a body; `otherwise` when none is found here.

    optional: the columns that a row may leave out.

    >>> find_fault(b'{"rows":[{"hour":"7"}]}', [RequestColumn("hour", "integer")], None, "")
    "row 0, column 'hour': the value '7' is text; allowed is a whole number of 64 bits or null"
    """
    try:
        request = _decode(body)
    except (ValueError, RecursionError) as error:
        return f"the body is not JSON that can be read: {_short(str(error))}; {_EXAMPLE}"
    return _request_fault(request) or _rows_fault(request["rows"], columns, key, optional) or _short(otherwise)


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.ValidationError:  # JSON, with a number beyond what msgspec takes
        return json.loads(body, parse_int=_bounded_int)


def _bounded_int(text: str) -> int | float:
    return int(text) if len(text) <= 20 else float(text)


def _request_fault(request: Any) -> str:
    if not isinstance(request, dict):
        return f"the body is {_kind(request)}, allowed is an object; {_EXAMPLE}"
    for name in request:
        if name not in _FIELDS:
            return f"unknown field {_short(name)!r} in the body.{did_you_mean(name, _FIELDS)} Allowed: rows, request_id"
    if not isinstance(request.get("rows"), list):
        found = f'"rows" is {_kind(request["rows"])}' if "rows" in request else '"rows" is missing'
        return f"{found}, allowed is a list of objects; {_EXAMPLE}"
    request_id = request.get("request_id")
    if request_id is not None and not (isinstance(request_id, str) and len(request_id) <= 200):
        return f'"request_id" is {_shown(request_id)}; allowed is text of at most 200 characters, or null'
    return ""


def _rows_fault(rows: list[Any], columns: Sequence[RequestColumn], key: str | None, optional: Collection[str]) -> str:
    known = {column.name: column for column in columns}
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            return f"row {index} is {_kind(row)}; allowed is an object of columns: {_listed(known)}"
        for name in row:
            if name not in known:
                hint = did_you_mean(name, known)
                return f"row {index}: unknown column {_short(name)!r}.{hint} Allowed: {_listed(known)}"
        missing = [column for column in columns if column.name not in row and column.name not in optional]
        if missing:
            return f"row {index}: {_missing(missing, key)}"
        for column in columns:
            if column.name in row and not _fits(row[column.name], column, key):
                shown = _shown(row[column.name], column)
                return f"row {index}, column {column.name!r}: the value {shown}; allowed is {_allowed(column, key)}"
    return ""


def _missing(missing: Sequence[RequestColumn], key: str | None) -> str:
    if len(missing) == 1:
        return f"column {missing[0].name!r} is missing; allowed is {_allowed(missing[0], key)}"
    nullable = [column.name for column in missing if column.nullable]
    advice = "send each of them" if not nullable else f"null is allowed for {_short_list(nullable)}"
    if len(nullable) == len(missing):
        advice = "null is allowed for each of them"
    return f"columns {_short_list([repr(column.name) for column in missing])} are missing; {advice}"


def _allowed(column: RequestColumn, key: str | None) -> str:
    allowed = _ALLOWED[column.type]
    if column.name == key and column.type == "string":
        allowed += f" or {_ALLOWED['integer']}"
    return allowed + (" or null" if column.nullable else "")


def _fits(value: Any, column: RequestColumn, key: str | None) -> bool:  # noqa: PLR0911 - one line for each type
    if value is None:
        return column.nullable
    if column.type == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if column.type == "string":
        return isinstance(value, str) or (column.name == key and _is_integer(value))
    if column.type == "datetime":
        return isinstance(value, str) and _is_instant(value)
    if column.type == "integer":
        return _is_integer(value)
    return isinstance(value, int | float) and -_LARGEST <= value <= _LARGEST


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and -(2**63) <= value < 2**63


def _is_instant(text: str) -> bool:
    at = _read_instant(text)
    return at is not None and not is_beyond(at)


def is_beyond(at: datetime) -> bool:
    """Tell whether an instant is before the year 1 or after the year 9999 in UTC."""
    return at.tzinfo is not None and nearest_utc(at) != at


def _read_instant(text: str) -> datetime | None:
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None


def _kind(value: Any) -> str:
    return "null" if value is None else _KINDS[type(value)]


def _shown(value: Any, column: RequestColumn | None = None) -> str:
    if column is not None and column.type == "datetime" and isinstance(value, str) and _read_instant(value):
        return f"{_short(value)!r} {BEYOND}"
    if value is None or isinstance(value, list | dict):
        return f"is {_kind(value)}"
    return f"{_short(value) if isinstance(value, str) else _short(str(value))!r} is {_kind(value)}".replace("\n", " ")


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


def _short_list(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _listed(names: dict[str, RequestColumn]) -> str:
    shown = list(names)[:30]
    return ", ".join(shown) + (f" and {len(names) - 30} more" if len(names) > 30 else "")
