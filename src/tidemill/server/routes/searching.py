"""Searching runs: counting, export, saved views, and curves of many runs at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.responses import StreamingResponse

from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Editor, Viewer
from tidemill.server.routes.route import Route
from tidemill.server.run_lists import CurvesAsked, FileAsked, RunsAsked, Texts, curve_json, exported
from tidemill.tracking.run_frames import RunTable
from tidemill.tracking.saved_views import ViewSearch, as_json

Asked = Annotated[RunsAsked, Depends()]
File = Annotated[FileAsked, Depends()]


@dataclass(frozen=True)
class ViewAsked:
    """A view to keep."""

    name: str
    where: str = ""
    order_by: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def count_runs(call: Viewer, asked: Asked) -> Json:
    """Return how many runs fulfil a filter, in all and by experiment."""
    numbers = call.rooms.tracking.count_runs(call.caller, asked.query([], 1))
    return Json({"n_runs": sum(numbers.values()), "experiments": numbers})


def export_runs(
    call: Viewer, asked: Asked, file: Annotated[FileAsked, Depends()], fields: Texts = None
) -> StreamingResponse:
    """Return found runs as a file, Parquet or CSV; all that they logged unless `fields` names what."""
    query = asked.query(["metrics", "params", "tags"] if fields is None else fields, 1)
    return exported(RunTable(call.rooms.tracking, call.caller, query, file.limit), file.kind, raw=file.raw)


def compare_metrics(call: Viewer, asked: Annotated[CurvesAsked, Depends()]) -> Json:
    """Return curves of up to 10 metrics of up to 500 runs between two steps, of at most so many points each."""
    return Json({"curves": [curve_json(each) for each in call.rooms.tracking.curves.compare(call.caller, asked.query)]})


def list_views(call: Viewer) -> Json:
    """Return the saved views by name."""
    return Json({"views": [as_json(view) for view in call.rooms.tracking.saved_views.list(call.caller)]})


def get_view(call: Viewer, name: str) -> Json:
    """Return a saved view."""
    return Json(as_json(call.rooms.tracking.saved_views.get(call.caller, name)))


def create_view(call: Editor, asked: Annotated[ViewAsked, json_body(ViewAsked)]) -> Json:
    """Keep a search under a name."""
    search = ViewSearch(asked.where, asked.order_by, asked.experiments, asked.columns)
    return Json(as_json(call.rooms.tracking.saved_views.create(call.caller, asked.name, search)), 201)


def delete_view(call: Editor, name: str) -> Json:
    """Forget a saved view."""
    call.rooms.tracking.saved_views.delete(call.caller, name)
    return Json({})


ROUTES = (
    Route("GET", "/api/runs/count", count_runs),
    Route("GET", "/api/runs/export", export_runs),
    Route("GET", "/api/metrics/history", compare_metrics),
    Route("GET", "/api/views", list_views),
    Route("POST", "/api/views", create_view),
    Route("GET", "/api/views/{name}", get_view),
    Route("DELETE", "/api/views/{name}", delete_view),
)
