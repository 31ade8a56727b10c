"""Runs: the list, and one with its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import HTMLResponse, Response

from tidemill.core import from_iso
from tidemill.pipelines import GraphNode, StepRun
from tidemill.server.pages.evidence import (
    all_metrics,
    product,
    registered,
    run_link,
    version_link,
)
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_actions import again_action, cancel_action, question
from tidemill.server.pages.run_figures import logs_url, pictures, stamp_of_run
from tidemill.server.pages.run_logged import logged_of
from tidemill.server.pages.run_steps import usage_words
from tidemill.server.pages.tuning import studies
from tidemill.server.roles import Viewer
from tidemill.server.routes.route import Route
from tidemill.tracking import Run
from tidemill.ui import render, urls, views

_MOST_STEPS = 400
_NOT_ENDED = {views.StepState.WAITING, views.StepState.RUNNING, views.StepState.PAUSED}
_STATUS = {"killed": views.RunStatus.CANCELLED}


def run(call: Viewer, run_id: str, folded: str | None = None) -> views.RunPage:
    """Return one run; `folded` names nested pipelines, separated by commas, that the graph shows as one step each."""
    detail = call.rooms.tracking.get_run(call.caller, run_id)
    found = detail.run
    steps = call.rooms.pipelines.steps(call.caller, run_id)
    version = product(registered(call), steps) if steps else None
    commit, _, changes = (found.commit or "").partition("+")
    drawn = pictures(call, found, steps, urls.run_url(run_id), folded)
    currency = call.rooms.run_records.currency
    costs = [step.cost for step in steps if step.cost is not None]
    goes_on = status(found).goes_on
    asked = call.rooms.pipelines.approvals(call.caller, run_id)
    return views.RunPage(
        frame=frame_of(call),
        name=found.name,
        logged=logged_of(call, detail, has_steps=bool(steps)),
        run_id=found.id,
        pipeline=found.experiment,
        status=status(found),
        started_at=from_iso(found.started_at),
        seconds=drawn.timeline.seconds if goes_on else seconds_of(found),
        started_by=found.created_by,
        steps=tuple(_rows(steps, drawn.nodes, currency, goes_on=goes_on))[:_MOST_STEPS],
        n_steps=max(len(steps), len(drawn.nodes)),
        figure=drawn.figure,
        folds=drawn.folds,
        timeline=drawn.timeline,
        n_bars=drawn.n_bars,
        cost=sum(costs) if costs else None,
        currency=currency,
        bundle=detail.tags.get("bundle", ""),
        questions=tuple(question(call, each, steps) for each in asked),
        cancel=cancel_action(call, detail) if drawn.nodes or "job_id" in detail.tags else None,
        again=again_action(call, detail, bool(steps)),
        live_url=_live_url(run_id, folded) if goes_on else "",
        stamp=stamp_of_run(call, detail),
        logs_url=logs_url(call, found.id) if steps or goes_on else "",
        studies=studies(call, steps),
        params=tuple(views.Param(name=name, value=value) for name, value in detail.params.items()),
        metrics=all_metrics(call.rooms.registry.load_report(version)) if version else (),
        code_digest=found.code_digest or "",
        commit=commit,
        dirty=bool(changes),
        error=found.error or "",
        produced=version_link(version) if version else None,
        python=python_of(call, f"/api/runs/{found.id}"),
        cli=f"tidemill runs {found.id}",
    )


def live(call: Viewer, run_id: str, seen: str = "", folded: str | None = None) -> Response:
    """Return the page of a run once more, or nothing when it shows what has been `seen`."""
    if seen and seen == stamp_of_run(call, call.rooms.tracking.get_run(call.caller, run_id)):
        return Response(status_code=204)
    return HTMLResponse(render(run(call, run_id, folded)))


def _live_url(run_id: str, folded: str | None) -> str:
    address = f"{urls.run_url(run_id)}/live"
    return address if folded is None else urls.folded_url(address, folded)


def status(run: Run) -> views.RunStatus:
    """Return how a run ended, in the pages' words."""
    return _STATUS.get(run.status) or views.RunStatus(run.status)


def seconds_of(run: Run) -> float | None:
    """Return how long a run took; None while it goes on."""
    return (from_iso(run.ended_at) - from_iso(run.started_at)).total_seconds() if run.ended_at else None


def _rows(steps: Sequence[StepRun], nodes: Sequence[GraphNode], currency: str, *, goes_on: bool) -> list[views.StepRow]:
    """Return a row for each step of the graph, those too that nothing is recorded of."""
    state, reason = (views.StepState.WAITING, "") if goes_on else (views.StepState.SKIPPED, "not reached")
    recorded = {step.position for step in steps}
    rows = [_step(step, currency) for step in steps]
    rows += [
        views.StepRow(number=node.position + 1, name=node.name, kind=node.kind, state=state, reason=reason)
        for node in nodes
        if node.position not in recorded
    ]
    return sorted(rows, key=lambda row: row.number)


def _step(step: StepRun, currency: str) -> views.StepRow:
    state = views.StepState(step.state)
    return views.StepRow(
        number=step.position + 1,
        name=step.step,
        url=urls.run_step_url(step.run_id, step.position),
        kind=step.kind,
        attempt=step.attempt,
        state=state,
        reused_from=run_link(step.reused_from) if step.reused_from else None,
        seconds=None if state in _NOT_ENDED else step.seconds,
        # Of a reused step the link says it all.
        reason="" if step.reused_from else step.note.partition("\n")[0],
        elements=f"{step.n_elements:,} elements" if step.n_elements is not None and step.kind == "map" else "",
        usage=usage_words(step, currency),
        inputs=tuple(
            views.NamedDigest(name=each["parameter"], digest=each["digest"], words=each["reference"])
            for each in step.inputs
        ),
        outputs=tuple(_output(output) for output in step.outputs),
    )


def _output(output: Mapping[str, Any]) -> views.NamedDigest:
    return views.NamedDigest(name=output["name"], digest=output["digest"], words=output["summary"])


PAGES = Pages(
    contexts=((f"{urls.RUNS}/{{run_id}}", run),),
    routes=(Route("GET", f"{urls.RUNS}/{{run_id}}/live", live),),
)
