"""Traces: the list of those of an experiment or a run, and one with its spans."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tidemill.compat.mlflow.trace_spans import spans_of
from tidemill.core import NotFoundError, UsageError
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_address import text_of
from tidemill.server.pages.run_cells import run_name
from tidemill.server.roles import Call, Viewer
from tidemill.tracking import Condition, Trace, TracePage, TraceQuery, experiment_glances
from tidemill.tracking.searching import TRACES
from tidemill.ui import urls, views

_PER_PAGE, _MOST_EXPERIMENTS, _MOST_SPANS, _LONGEST, _IN_LIST = 100, 200, 500, 20_000, 160
_STATES = {
    "OK": ("done", views.Tone.GOOD),
    "ERROR": ("failed", views.Tone.BAD),
    "IN_PROGRESS": ("going on", views.Tone.TIDE),
}
_UNTOLD = ("not told", views.Tone.QUIET)
_FILL = views.Command(
    text="import mlflow\n\n@mlflow.trace\ndef answer(question):\n    ...",
    words="Sends a trace of each call to the server that MLFLOW_TRACKING_URI names.",
)
_INPUTS, _OUTPUTS, _KIND = "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.spanType"
#: What OpenTelemetry calls an error.
_ERROR = 2
_OWN = {_KIND, _INPUTS, _OUTPUTS, "mlflow.traceRequestId", "mlflow.spanFunctionName", "mlflow.spanLogLevel"}


@dataclass(frozen=True)
class _Asked:
    """What an address asks for."""

    experiment: str
    run_id: str
    where: str
    after: str


def traces(call: Viewer) -> views.TracesPage:
    """Return a page of the traces of an experiment, of a run, or of the experiments that were active last."""
    asked = _Asked(*(text_of(call.request, name) for name in ("experiment", "run", "filter", "after")))
    run = call.rooms.tracking.get_run(call.caller, asked.run_id).run if asked.run_id else None
    try:
        found, problem = _found(call, asked), ""
    except UsageError as error:
        found, problem = TracePage((), None), str(error)
    older = urls.traces_url(experiment=asked.experiment, run_id=asked.run_id, where=asked.where, after=found.next or "")
    names = _run_links(call, found.traces)
    return views.TracesPage(
        frame=frame_of(call),
        rows=tuple(_row(each, names.get(each.run_id or "")) for each in found.traces),
        experiment=asked.experiment,
        run=views.Link(text=run_name(run), url=urls.run_url(run.id)) if run else None,
        run_id=asked.run_id,
        where=asked.where,
        problem=problem,
        next_url=older if found.next else "",
        fill=_FILL,
    )


def trace(call: Viewer, trace_id: str) -> views.TracePage:
    """Return one trace."""
    found = call.rooms.tracking.traces.get(call.caller, trace_id)
    spans = _spans(spans_of(call.rooms, call.caller, found.id))
    state, tone = _STATES.get(found.state, _UNTOLD)
    experiment = call.rooms.tracking.experiments.get(call.caller, found.experiment)
    return views.TracePage(
        frame=frame_of(call),
        trace_id=found.id,
        name=found.name or found.id,
        experiment=experiment.name,
        state=state,
        tone=tone,
        started_at=_instant(found.started_ms),
        seconds=_seconds(found),
        asked=_pretty(found.request),
        answered=_pretty(found.response),
        run=_run_links(call, [found]).get(found.run_id or ""),
        spans=tuple(spans[:_MOST_SPANS]),
        n_spans=len(spans),
        tags=_told(found.tags),
        metadata=_told(found.metadata),
        python=python_of(call, f"/api/3.0/mlflow/traces/{found.id}"),
    )


def _found(call: Call, asked: _Asked) -> TracePage:
    tracking, where = call.rooms.tracking, list(TRACES.read_where(asked.where))
    if asked.run_id and not where and not asked.after:
        newest = tracking.traces.of_run(call.caller, asked.run_id, _PER_PAGE + 1)
        if len(newest) <= _PER_PAGE:
            return TracePage(tuple(newest), None)
    if asked.run_id:
        where.append(Condition("attributes", "run_id", "=", asked.run_id))
    numbers = tuple(_numbers(call, asked))
    query = TraceQuery(numbers, tuple(where), limit=_PER_PAGE, after=asked.after or None)
    return tracking.traces.search(call.caller, query)


def _numbers(call: Call, asked: _Asked) -> Sequence[int]:
    name = asked.experiment
    if asked.run_id:
        name = call.rooms.tracking.get_run(call.caller, asked.run_id).run.experiment
    if name:
        return [call.rooms.tracking.experiments.get_named(call.caller, name).number]
    return [each.number for each in experiment_glances(call.rooms.database, call.caller, "", 0, _MOST_EXPERIMENTS)]


def _run_links(call: Call, found: Sequence[Trace]) -> dict[str, views.Link]:
    links = {}
    for run_id in {each.run_id for each in found if each.run_id}:
        try:
            run = call.rooms.tracking.get_run(call.caller, run_id).run
        except NotFoundError:
            continue
        links[run_id] = views.Link(text=run_name(run), url=urls.run_url(run.id))
    return links


def _row(found: Trace, run: views.Link | None) -> views.TraceRow:
    state, tone = _STATES.get(found.state, _UNTOLD)
    return views.TraceRow(
        link=views.Link(text=found.name or found.id, url=urls.trace_url(found.id)),
        state=state,
        tone=tone,
        started_at=_instant(found.started_ms),
        seconds=_seconds(found),
        asked=_short(found.request),
        answered=_short(found.response),
        run=run,
    )


def _spans(told: Sequence[dict[str, Any]]) -> list[views.Span]:
    """Return spans in the order in which they began, those within one behind it."""
    within: dict[str, list[dict[str, Any]]] = {}
    known = {each["span_id"] for each in told}
    for each in sorted(told, key=_start):
        parent = each["parent_span_id"]
        within.setdefault(parent if parent in known and parent != each["span_id"] else "", []).append(each)
    begins = min((_start(each) for each in told), default=0)
    length = max((_end(each) for each in told), default=0) - begins
    found: list[views.Span] = []
    waiting = [(each, 0) for each in reversed(within.pop("", []))]
    while waiting:
        each, depth = waiting.pop()
        found.append(_span(each, depth, begins, max(1, length)))
        waiting += [(child, depth + 1) for child in reversed(within.pop(each["span_id"], []))]
    return found


def _span(told: dict[str, Any], depth: int, begins: int, length: int) -> views.Span:
    values = {each["key"]: _plain(each["value"]) for each in told["attributes"]}
    took = _end(told) - _start(told)
    failed = told["status"]["code"] == _ERROR
    facts = [(name, values[key]) for name, key in (("in", _INPUTS), ("out", _OUTPUTS)) if values.get(key) is not None]
    facts += [(key, value) for key, value in sorted(values.items()) if key not in _OWN]
    return views.Span(
        name=told["name"],
        kind=str(values.get(_KIND) or "").replace("UNKNOWN", ""),
        depth=depth,
        starts=min(1.0, (_start(told) - begins) / length),
        width=min(1.0, max(0, took) / length),
        seconds=took / 1e9 if took >= 0 else None,
        error=(told["status"]["message"] or "It failed and did not say why.") if failed else "",
        facts=tuple((name, _pretty(value if isinstance(value, str) else json.dumps(value))) for name, value in facts),
    )


def _plain(value: dict[str, Any]) -> Any:
    """Return what a value of OpenTelemetry's holds."""
    for kind, held in value.items():
        if kind == "kvlist_value":
            return {each["key"]: _plain(each["value"]) for each in held["values"]}
        if kind == "array_value":
            return [_plain(each) for each in held["values"]]
        return int(held) if kind == "int_value" else held
    return None


def _start(told: dict[str, Any]) -> int:
    return int(told["start_time_unix_nano"])


def _end(told: dict[str, Any]) -> int:
    return int(told["end_time_unix_nano"])


def _told(texts: Any) -> tuple[tuple[str, str], ...]:
    own = {name: value for name, value in texts.items() if not name.startswith("mlflow.")}
    return tuple(sorted(own.items()))


def _instant(at_ms: int) -> datetime:
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)  # what no calendar has a date for


def _seconds(found: Trace) -> float | None:
    return None if found.duration_ms is None else found.duration_ms / 1000


def _pretty(text: str | None) -> str:
    """Return JSON with its lines indented, and other text as it is; of either the beginning."""
    try:
        text = json.dumps(json.loads(text or '""'), indent=1, ensure_ascii=False) if text else ""
    except (ValueError, RecursionError):
        text = text or ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _short(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words if len(words) <= _IN_LIST else f"{words[:_IN_LIST]}…"


PAGES = Pages(contexts=((urls.TRACES, traces), (f"{urls.TRACES}/{{trace_id}}", trace)))
