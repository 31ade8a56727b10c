"""What the steps of runs did, wrote and returned, and how it was planned."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from tidemill.core import UsageError
from tidemill.pipelines import StepQuery
from tidemill.server.answers import Json
from tidemill.server.log_streams import Listening, LogStreams
from tidemill.server.roles import Viewer
from tidemill.server.routes.route import Limit, Route

Lines = Annotated[int, Query(ge=1, le=10_000)]
Place = Annotated[int | None, Query(ge=0)]
_NO_STORE = {"cache-control": "no-store", "x-accel-buffering": "no"}


def find_steps(  # noqa: PLR0913, PLR0917 - what is asked for, by name
    call: Viewer,
    step: str | None = None,
    state: str | None = None,
    since: str | None = None,
    run_id: str | None = None,
    limit: Limit = 100,
) -> Json:
    """Return steps of all runs, newest first; `since` is an instant in ISO 8601."""
    query = StepQuery(step, state, since, run_id, limit)
    return Json({"steps": call.rooms.run_records.find_steps(call.caller, query)})


def list_steps(call: Viewer, run_id: str) -> Json:
    """Return a run's steps with inputs, outputs, key, usage and cost, and what they took together."""
    run = call.rooms.tracking.get_run(call.caller, run_id).run
    steps = call.rooms.pipelines.steps(call.caller, run_id)
    totals = call.rooms.run_records.totals(call.caller, run_id)
    return Json({"run_id": run.id, "status": run.status, "totals": totals, "steps": steps})


def show_output(call: Viewer, run_id: str, position: int, name: str) -> Json:
    """Return a look at what a step returned."""
    return Json(call.rooms.run_records.preview(call.caller, run_id, position, name))


def check_plan(call: Viewer, run_id: str) -> Json:
    """Return what was planned of a run beside what it did."""
    return Json(call.rooms.run_records.check_plan(call.caller, run_id).to_json())


def list_lines(  # noqa: PLR0913, PLR0917 - which lines is all that is asked
    call: Viewer,
    run_id: str,
    position: Place = None,
    element: Place = None,
    after: Place = None,
    limit: Lines = 1000,
) -> Json:
    """Return lines that a run's steps wrote, oldest first, behind the `seq` that `after` names."""
    run = call.rooms.tracking.get_run(call.caller, run_id).run
    lines = call.rooms.step_logs.lines(call.caller, run_id, position, element, after, limit)
    return Json({"run_id": run.id, "status": run.status, "lines": lines})


async def stream_lines(call: Viewer, run_id: str, position: Place = None, after: Place = None) -> Response:
    """Stream lines as they are written: events `line`, each with its `seq` as id, and `end` with the run's status.

    It goes on behind the id in the header Last-Event-ID, as browsers send it by themselves.
    """
    streams: LogStreams = call.request.app.state.log_streams
    await streams.require_run(call.caller, run_id)
    if call.request.method == "HEAD":
        return Response(headers=_NO_STORE, media_type="text/event-stream")
    streams.require_room()
    last = call.request.headers.get("last-event-id", "")
    if last and not (last.isascii() and last.isdigit() and len(last) < 19):
        raise UsageError(f"the header Last-Event-ID is {last[:40]!r}; it takes the id of an event of this stream")
    wanted = Listening(call.caller, run_id, position, int(last) if last else after or 0)
    return StreamingResponse(streams.stream(wanted), headers=_NO_STORE, media_type="text/event-stream")


ROUTES = (
    Route("GET", "/api/steps", find_steps),
    Route("GET", "/api/runs/{run_id}/steps", list_steps),
    Route("GET", "/api/runs/{run_id}/steps/{position}/outputs/{name}", show_output),
    Route("GET", "/api/runs/{run_id}/plan-check", check_plan),
    Route("GET", "/api/runs/{run_id}/logs", list_lines),
    Route("GET", "/api/runs/{run_id}/logs/stream", stream_lines),
)
