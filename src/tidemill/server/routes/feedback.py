"""Labels: recording what turned out true, what waits in quarantine, and how many predictions have a label."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request

from tidemill.core import UsageError, did_you_mean
from tidemill.feedback import NewLabel
from tidemill.server.answers import Json
from tidemill.server.media_types import JSON, UnsupportedMediaTypeError, media_type
from tidemill.server.roles import Labeller, Viewer
from tidemill.server.routes.route import Limit, Route

_PLACE = re.compile(r" - at `\$\.labels\[(?P<index>\d+)\](?:\.(?P<field>\w+))?`$")
_UNKNOWN = re.compile(r"unknown field `(?P<name>.*)` - at", re.DOTALL)
_MISSING = re.compile(r"missing required field `(?P<name>.*)` - at", re.DOTALL)
_FIELDS = ("prediction_id", "label", "event_at")
_ALLOWED = {
    "prediction_id": "the 32 hex digits that came with the answer",
    "label": "true, false or a number",
    "event_at": "an instant such as 2013-03-01T05:00:00Z, or null",
}


class LabelsAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Labels to record; `correct` lets another value replace one given before."""

    labels: list[NewLabel]
    correct: bool = False


_decoder = msgspec.json.Decoder(LabelsAsked)


async def read_labels(request: Request) -> LabelsAsked:
    """Read a body. Raises UsageError naming the label, its field, the value and what is allowed."""
    body = await request.body()
    found = media_type(request.headers.get("content-type"))
    if found != JSON:
        raise UnsupportedMediaTypeError(f"the content type is {found or 'missing'!r}; allowed is {JSON}")
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        fault: Exception = error
        try:
            raise UsageError(_explain(body, str(error))) from error
        except (ValueError, RecursionError) as worse:  # a fault of JSON after that of a label
            fault = worse
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        fault = error
    raise UsageError(f"the body is not JSON: {fault}") from fault


def record_labels(call: Labeller, asked: Annotated[LabelsAsked, Depends(read_labels)]) -> Json:
    """Record labels, all or none, and return what became of them."""
    return Json(call.rooms.feedback.record(call.caller, asked.labels, correct=asked.correct))


def list_quarantine(call: Viewer, endpoint: str | None = None, limit: Limit = 100) -> Json:
    """Return labels that wait in quarantine, newest first."""
    if endpoint is not None:
        call.rooms.deployments.get(call.caller, endpoint)
    return Json({"labels": call.rooms.feedback.quarantine(call.caller, endpoint, limit)})


def summarize_labels(call: Viewer, name: str) -> Json:
    """Return how many predictions of an endpoint have a label, by week, and what waits."""
    call.rooms.deployments.get(call.caller, name)
    return Json(call.rooms.feedback.summary(call.caller, name))


def _explain(body: bytes, message: str) -> str:
    place = _PLACE.search(message)
    if place is None:
        return f'the body cannot be read: {message.replace("`", "")}; send {{"labels": [...], "correct": false}}'
    where = f"label {place['index']}"
    unknown, missing = _UNKNOWN.search(message), _MISSING.search(message)
    if unknown is not None:
        name = unknown["name"]
        return (
            f"{where} has a field {name[:80]!r}, which is not known.{did_you_mean(name, _FIELDS)} "
            f"Known: {', '.join(_FIELDS)}"
        )
    if missing is not None:
        return f"{where} lacks the field {missing['name']!r}: {_ALLOWED[missing['name']]}"
    name = place["field"]
    if name not in _ALLOWED:
        return f"{where} is not an object of {', '.join(_FIELDS)}"
    # The numbers as they were written: some are beyond a float.
    sent = json.loads(body, parse_int=_as_written, parse_float=_as_written)
    value: Any = sent["labels"][int(place["index"])][name]
    return f"{where}: the field {name!r} is {_short(value)}; allowed is {_ALLOWED[name]}"


def _as_written(number: str) -> msgspec.Raw:
    return msgspec.Raw(number.encode("ascii"))


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else f"{text[:77]}..."


ROUTES = (
    Route("POST", "/api/labels", record_labels),
    Route("GET", "/api/labels/quarantine", list_quarantine),
    Route("GET", "/api/endpoints/{name}/labels", summarize_labels),
)
