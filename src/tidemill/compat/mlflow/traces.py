"""Traces in MLflow's words: those of version 3 of its API, and the older ones of version 2."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tidemill.access import Role
from tidemill.compat.mlflow.endpoint import Endpoint, MlflowCall, known
from tidemill.compat.mlflow.errors import invalid
from tidemill.compat.mlflow.fields import Fields, texts_by_key
from tidemill.compat.mlflow.trace_spans import spans_of
from tidemill.core import iso, new_id, unix_ms
from tidemill.tracking import Trace, TraceQuery
from tidemill.tracking.searching import TRACES

_MOST_IDS, _MOST_LINKED, _LARGEST_PAGE = 1000, 100, 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:\d\d)")
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)s")
_STATES = ("STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS")
_OLD_STATES = {"TRACE_STATUS_UNSPECIFIED": "STATE_UNSPECIFIED"}


def put(call: MlflowCall) -> dict[str, Any]:
    """Store a trace whole."""
    info = (call.fields.map("trace") or Fields({})).map("trace_info")
    if info is None:
        raise invalid("Missing value for required parameter 'trace.trace_info'.")
    location = info.map("trace_location")
    experiment = None if location is None else location.map("mlflow_experiment")
    if experiment is None:
        raise invalid("Missing value for required parameter 'trace.trace_info.trace_location.mlflow_experiment'.")
    trace = Trace(
        id=info.text("trace_id", required=True),
        experiment=_number(experiment),
        started_ms=_instant_ms(info, "request_time"),
        duration_ms=_duration_ms(info, "execution_duration"),
        state=info.choice("state", _STATES, "STATE_UNSPECIFIED", first=0),
        request=info.text_or_none("request_preview"),
        response=info.text_or_none("response_preview"),
        client_request_id=info.text_or_none("client_request_id"),
        tags=texts_by_key(info, "tags"),
        metadata=texts_by_key(info, "trace_metadata"),
    )
    return {"trace": {"trace_info": _told(call.rooms.tracking.traces.put(call.caller, trace))}}


def get_info(call: MlflowCall) -> dict[str, Any]:
    """Return a trace without its spans."""
    return {"trace": {"trace_info": _told(call.rooms.tracking.traces.get(call.caller, _id(call)))}}


def get(call: MlflowCall) -> dict[str, Any]:
    """Return a trace with its spans."""
    return {"trace": _whole(call, call.rooms.tracking.traces.get(call.caller, _id(call)))}


def batch_get(call: MlflowCall) -> dict[str, Any]:
    """Return those of the traces that there are, with their spans."""
    return known(traces=[_whole(call, each) for each in _some(call)])


def batch_infos(call: MlflowCall) -> dict[str, Any]:
    """Return those of the traces that there are, without their spans."""
    return known(trace_infos=[_told(each) for each in _some(call)])


def search(call: MlflowCall) -> dict[str, Any]:
    """Return a page of the traces of some experiments."""
    if not call.fields.has("locations"):
        raise call.fields.missing("locations")
    locations = [each.map("mlflow_experiment") for each in call.fields.maps("locations")]
    numbers = tuple(_number(each) for each in locations if each is not None)
    page = call.rooms.tracking.traces.search(call.caller, _query(call, numbers))
    return known(traces=[_told(each) for each in page.traces], next_page_token=page.next)


def search_old(call: MlflowCall) -> dict[str, Any]:
    """Return the same in the words of version 2."""
    if not call.fields.has("experiment_ids"):
        raise call.fields.missing("experiment_ids")
    numbers = tuple(_whole_number("experiment_ids", each) for each in call.fields.texts("experiment_ids"))
    page = call.rooms.tracking.traces.search(call.caller, _query(call, numbers))
    return known(traces=[_told_old(each) for each in page.traces], next_page_token=page.next)


def start_old(call: MlflowCall) -> dict[str, Any]:
    """Store that a trace began."""
    trace = Trace(
        id=f"tr-{new_id()}",
        experiment=_number(call.fields),
        started_ms=call.fields.integer("timestamp_ms", 0, 0),
        tags=call.fields.pairs("tags"),
        metadata=call.fields.pairs("request_metadata"),
    )
    return {"trace_info": _told_old(call.rooms.tracking.traces.put(call.caller, trace))}


def end_old(call: MlflowCall) -> dict[str, Any]:
    """Store how a trace ended."""
    trace_id = call.fields.text("request_id", required=True)
    began = call.rooms.tracking.traces.get(call.caller, trace_id)
    status = call.fields.text("status", default="OK")
    ended = Trace(
        id=trace_id,
        experiment=began.experiment,
        started_ms=began.started_ms,
        duration_ms=max(0, call.fields.integer("timestamp_ms", began.started_ms) - began.started_ms),
        state=_OLD_STATES.get(status, status),
        tags=call.fields.pairs("tags"),
        metadata=call.fields.pairs("request_metadata"),
    )
    return {"trace_info": _told_old(call.rooms.tracking.traces.end(call.caller, trace_id, ended))}


def get_old(call: MlflowCall) -> dict[str, Any]:
    """Return a trace without its spans in the words of version 2."""
    return {
        "trace_info": _told_old(
            call.rooms.tracking.traces.get(call.caller, call.fields.text("request_id", required=True))
        )
    }


def set_tag(call: MlflowCall) -> dict[str, Any]:
    """Store a tag of a trace."""
    call.rooms.tracking.traces.set_tags(
        call.caller, _id(call), {call.fields.text("key", required=True): call.fields.text("value")}
    )
    return {}


def delete_tag(call: MlflowCall) -> dict[str, Any]:
    """Delete a tag of a trace."""
    call.rooms.tracking.traces.delete_tag(call.caller, _id(call), call.fields.text("key", required=True))
    return {}


def link(call: MlflowCall) -> dict[str, Any]:
    """Say that traces belong to a run."""
    ids = _ids(call, "trace_ids")
    if len(ids) > _MOST_LINKED:
        raise invalid(
            f"Cannot link more than {_MOST_LINKED} traces to a run in a single request. Provided {len(ids)} traces."
        )
    call.rooms.tracking.traces.link(call.caller, call.fields.text("run_id", required=True), ids)
    return {}


def delete(call: MlflowCall) -> dict[str, Any]:
    """Delete traces of an experiment: these, or the oldest until an instant."""
    fields, number = call.fields, _number(call.fields)
    ids = _ids(call, "request_ids")
    if bool(ids) == fields.has("max_timestamp_millis"):
        raise invalid("Either 'max_timestamp_millis' or 'request_ids' must be given, and not both.")
    if ids and fields.has("max_traces"):
        raise invalid("'max_traces' can't be specified if 'request_ids' is specified.")
    if ids:
        return {"traces_deleted": call.rooms.tracking.traces.delete(call.caller, number, ids)}
    until, most = fields.integer("max_timestamp_millis"), fields.integer("max_traces", _MOST_IDS, 1)
    return {
        "traces_deleted": call.rooms.tracking.traces.delete_until(call.caller, number, until, min(most, _MOST_IDS * 10))
    }


def _query(call: MlflowCall, numbers: tuple[int, ...]) -> TraceQuery:
    fields = call.fields
    return TraceQuery(
        numbers,
        TRACES.read_where(fields.text("filter")),
        TRACES.read_orders(fields.texts("order_by")),
        fields.integer("max_results", 100, 1, _LARGEST_PAGE),
        fields.text_or_none("page_token") or None,
    )


def _some(call: MlflowCall) -> list[Trace]:
    if not call.fields.has("trace_ids"):
        raise call.fields.missing("trace_ids")
    numbers = {_whole_number("experiment_ids", each) for each in call.fields.texts("experiment_ids")}
    found = call.rooms.tracking.traces.find(call.caller, _ids(call, "trace_ids"))
    return [each for each in found if not numbers or each.experiment in numbers]


def _whole(call: MlflowCall, trace: Trace) -> dict[str, Any]:
    return known(trace_info=_told(trace), spans=spans_of(call.rooms, call.caller, trace.id))


def _id(call: MlflowCall) -> str:
    return call.fields.text("trace_id") or call.fields.text("request_id", required=True)


def _ids(call: MlflowCall, name: str) -> list[str]:
    ids = call.fields.texts(name)
    if len(ids) > _MOST_IDS:
        raise invalid(f"{len(ids)} values for parameter '{name}'; at most {_MOST_IDS}")
    return ids


def _number(fields: Fields) -> int:
    return _whole_number("experiment_id", fields.text("experiment_id", required=True))


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise invalid(f"Invalid value {text[:80]!r} for parameter '{name}' supplied: it must be a decimal number")
    return int(text)


def _instant_ms(fields: Fields, name: str) -> int:
    text = fields.text(name, required=True)
    found = _INSTANT.fullmatch(text)
    try:
        if found is not None:
            return unix_ms(datetime.fromisoformat(f"{found[1]}{found[2] or ''}{found[3].replace('Z', '+00:00')}"))
    except (ValueError, OverflowError):
        pass
    raise fields.invalid(name, text, "it must be an instant such as 2026-01-31T12:00:00.5Z")


def _duration_ms(fields: Fields, name: str) -> int | None:
    text = fields.text_or_none(name)
    if text is None:
        return None
    found = _DURATION.fullmatch(text)
    if found is None:
        raise fields.invalid(name, text, "it must be seconds such as 0.5s")
    return round(float(found[1]) * 1000)


def _told(trace: Trace) -> dict[str, Any]:
    return known(
        trace_id=trace.id,
        client_request_id=trace.client_request_id,
        trace_location={
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": str(trace.experiment)},
        },
        request_preview=trace.request,
        response_preview=trace.response,
        request_time=iso(_EPOCH + timedelta(milliseconds=trace.started_ms)),
        execution_duration=None if trace.duration_ms is None else f"{trace.duration_ms / 1000:.3f}s",
        state=trace.state,
        trace_metadata=dict(trace.metadata),
        tags=dict(trace.tags),
    )


def _told_old(trace: Trace) -> dict[str, Any]:
    status = "TRACE_STATUS_UNSPECIFIED" if trace.state == "STATE_UNSPECIFIED" else trace.state
    return known(
        request_id=trace.id,
        experiment_id=str(trace.experiment),
        timestamp_ms=trace.started_ms,
        execution_time_ms=trace.duration_ms,
        status=status,
        request_metadata=[{"key": key, "value": value} for key, value in trace.metadata.items()],
        tags=[{"key": key, "value": value} for key, value in trace.tags.items()],
    )


_LISTS = frozenset({"trace_ids", "experiment_ids", "order_by"})
_THREE = ("3.0",)
ENDPOINTS = (
    Endpoint("POST", "/mlflow/traces", Role.EDITOR, put, apis=_THREE),
    Endpoint("POST", "/mlflow/traces/search", Role.VIEWER, search, apis=_THREE),
    Endpoint("GET", "/mlflow/traces/get", Role.VIEWER, get, apis=_THREE),
    Endpoint("GET", "/mlflow/traces/batchGet", Role.VIEWER, batch_get, apis=_THREE, lists=_LISTS),
    Endpoint("POST", "/mlflow/traces/batchGetInfos", Role.VIEWER, batch_infos, apis=_THREE),
    Endpoint("GET", "/mlflow/traces/{trace_id}", Role.VIEWER, get_info, apis=_THREE),
    Endpoint("PATCH", "/mlflow/traces/{trace_id}/tags", Role.EDITOR, set_tag, apis=("2.0", "3.0")),
    Endpoint("DELETE", "/mlflow/traces/{trace_id}/tags", Role.EDITOR, delete_tag, apis=("2.0", "3.0")),
    Endpoint("POST", "/mlflow/traces/delete-traces", Role.EDITOR, delete, apis=("2.0", "3.0")),
    Endpoint("POST", "/mlflow/traces/link-to-run", Role.EDITOR, link),
    Endpoint("POST", "/mlflow/traces", Role.EDITOR, start_old),
    Endpoint("GET", "/mlflow/traces", Role.VIEWER, search_old, lists=_LISTS),
    Endpoint("PATCH", "/mlflow/traces/{request_id}", Role.EDITOR, end_old),
    Endpoint("GET", "/mlflow/traces/{request_id}/info", Role.VIEWER, get_old),
)
