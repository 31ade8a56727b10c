"""Spans of a trace: from the file that a client keeps them in, to OpenTelemetry's message as MLflow answers it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tidemill.access import Caller
from tidemill.core import NotFoundError
from tidemill.workspace import Workspace

_FILE = "traces.json"
_MOST_BYTES, _INT64 = 32 << 20, 2**63
_CODES = {"STATUS_CODE_OK": 1, "OK": 1, "STATUS_CODE_ERROR": 2, "ERROR": 2}


def spans_of(rooms: Workspace, caller: Caller, trace_id: str) -> list[dict[str, Any]]:
    """Return the spans of a trace; none when it has no such file, or one that is no such file or too large."""
    try:
        file = rooms.artifacts.get(caller, trace_id, _FILE)
    except NotFoundError:
        return []
    if file.size > _MOST_BYTES:
        return []
    with rooms.artifacts.open_blob(file) as stream:
        try:
            found = json.loads(stream.read())
        except (ValueError, RecursionError):
            return []
    spans = found.get("spans") if isinstance(found, dict) else None
    try:
        return [_span(each) for each in _list(spans)]
    except RecursionError:  # nested as no span is
        return []


def _span(given: Mapping[str, Any]) -> dict[str, Any]:
    status = given.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    message = status.get("message") if isinstance(status, dict) else None
    return {
        "trace_id": _id(given.get("trace_id")),
        "span_id": _id(given.get("span_id")),
        "parent_span_id": _id(given.get("parent_span_id")),
        "name": str(given.get("name", "")),
        "start_time_unix_nano": str(_number(given.get("start_time_unix_nano"))),
        "end_time_unix_nano": str(_number(given.get("end_time_unix_nano"))),
        "attributes": _attributes(given.get("attributes")),
        "events": [_event(each) for each in _list(given.get("events"))],
        "status": {"code": _CODES.get(str(code), 0), "message": str(message or "")},
    }


def _event(given: Mapping[str, Any]) -> dict[str, Any]:
    time = str(_number(given.get("time_unix_nano")))
    return {
        "name": str(given.get("name", "")),
        "time_unix_nano": time,
        "attributes": _attributes(given.get("attributes")),
    }


def _attributes(given: object) -> list[dict[str, Any]]:
    if not isinstance(given, dict):
        return []
    return [{"key": str(key), "value": _value(_read(value))} for key, value in given.items()]


def _read(value: object) -> object:
    """Return what a text of JSON says: that is how the file has values."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _value(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"kvlist_value": {"values": [{"key": str(key), "value": _value(each)} for key, each in value.items()]}}
    if isinstance(value, list):
        return {"array_value": {"values": [_value(each) for each in value]}}
    return _plain(value)


def _plain(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"bool_value": value}
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return {"int_value": str(value)}
    return {"double_value": value} if isinstance(value, float) else {"string_value": str(value)}


def _id(value: object) -> str:
    """Return an id as base64 of its bytes, which is how the file has it already; empty for what is none."""
    if not isinstance(value, str):
        return ""
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return ""
    return value


def _number(value: object) -> int:
    try:
        return max(0, int(value))  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return 0


def _list(value: object) -> Sequence[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
