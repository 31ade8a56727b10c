"""Pipelines: the list, one with its graph and runs, and the plan of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi.responses import HTMLResponse, RedirectResponse

from tidemill.access import Role
from tidemill.core import TidemillError, from_iso
from tidemill.pipelines import (
    PIPELINE_RUN,
    GraphNode,
    PipelineJob,
    figure_of_plan,
    nodes_of_steps,
    step_glances,
)
from tidemill.pipelines.drawing import Figure
from tidemill.server.answers import form_body
from tidemill.server.known_pipelines import pipeline_of, require_pipeline, runs_by_pipeline
from tidemill.server.pages.evidence import run_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_figures import pictures
from tidemill.server.pages.tracking import seconds_of, status
from tidemill.server.planning import plan_in_child
from tidemill.server.roles import Call, Editor, Viewer
from tidemill.server.routes.route import Route
from tidemill.server.run_controls import queue_job
from tidemill.tracking import Run
from tidemill.ui import render, urls, views

_FILL = views.Command(text="tidemill run", words="Runs the project's pipeline and releases what passes the gate.")
_RUNS = 30


def pipelines(call: Viewer) -> views.PipelinesPage:
    """Return the list of pipelines: those that have run, and those that an endpoint takes candidates from."""
    runs = runs_by_pipeline(call)
    return views.PipelinesPage(
        frame=frame_of(call),
        pipelines=tuple(_row(call, name, runs[name]) for name in runs),
        fill=_FILL,
        python=python_of(call, "/api/pipelines"),
        cli="tidemill runs",
    )


def pipeline(call: Viewer, name: str, folded: str | None = None) -> views.PipelinePage:
    """Return one pipeline, its graph as of its last run."""
    runs = call.rooms.tracking.list_runs(call.caller, name, _RUNS)
    if not runs:
        require_pipeline(call, name)
    states = step_glances(call.rooms.database, call.caller, [run.id for run in runs])
    endpoints, next_due_at = _waits_for(call, name)
    figure, folds = _last_figure(call, runs, name, folded)
    return views.PipelinePage(
        frame=frame_of(call),
        name=name,
        figure=figure,
        folds=folds,
        runs=tuple(_past(run, [each.state for each in states[run.id]]) for run in runs),
        course=_course(runs),
        params=_params(call, runs),
        endpoints=endpoints,
        next_due_at=next_due_at,
        n_queued=_n_queued(call, name),
        run=_run_action(call, name),
        fill=_FILL,
        python=python_of(call, f"/api/runs?experiment={name}"),
        cli=f"tidemill graph {name}",
    )


def plan_page(call: Viewer, name: str) -> views.PlanPage:
    """Return the page on which a plan is asked for."""
    require_pipeline(call, name)
    runs = call.rooms.tracking.list_runs(call.caller, name, 1)
    return _plan_page(call, name, _params(call, runs))


def plan(call: Editor, name: str, form: Annotated[dict[str, str], form_body()]) -> HTMLResponse:
    """Plan a run with these params and show the plan, or why there is none."""
    require_pipeline(call, name)
    params = tuple(views.Param(name=key, value=value) for key, value in form.items())
    try:
        told = plan_in_child(call, name, form)
    except TidemillError as error:
        return HTMLResponse(render(_plan_page(call, name, params, error=str(error))))
    return HTMLResponse(render(_plan_page(call, name, params, told)))


def run(call: Editor, name: str) -> RedirectResponse:
    """Queue a run with the default params, and show the pipeline."""
    require_pipeline(call, name)
    release = call.caller.role >= Role.DEPLOYER
    queue_job(call, PipelineJob(name, {}, release, role=call.caller.role.name.lower()))
    return RedirectResponse(urls.pipeline_url(name), status_code=303)


def _plan_page(
    call: Call,
    name: str,
    params: tuple[views.Param, ...],
    told: Mapping[str, Any] | None = None,
    error: str = "",
) -> views.PlanPage:
    steps = told["steps"] if told else ()
    return views.PlanPage(
        frame=frame_of(call),
        name=name,
        params=params,
        url=urls.plan_url(name),
        may_plan=call.caller.role >= Role.EDITOR,
        steps=tuple(_planned(each) for each in steps) if told else None,
        figure=_plan_figure(call, name, steps) if told else None,
        error=error,
        currency=str(told.get("currency", "")) if told else "",
        python=python_of(call, f"/api/runs?experiment={name}"),
        cli=" ".join([f"tidemill plan {name}", *(f"-p {each.name}={each.value}" for each in params)]),
    )


def _planned(each: Mapping[str, Any]) -> views.PlannedRow:
    return views.PlannedRow(
        number=each["position"] + 1,
        name="/".join([*each.get("path", ()), each["step"]]),
        action=each["action"],
        reason=each["why"],
        seconds=_number(each, "seconds", "expected_seconds"),
        cost=_number(each, "cost", "expected_cost"),
    )


def _number(each: Mapping[str, Any], *names: str) -> float | None:
    found = next((each[name] for name in names if isinstance(each.get(name), int | float)), None)
    return None if found is None else float(found)


def _plan_figure(call: Call, name: str, steps: Sequence[Mapping[str, Any]]) -> Figure:
    """Return a plan as a graph: by what it tells its steps wait for, else by the last run if its steps are the same."""
    nodes = tuple(_planned_node(each) for each in steps)
    if not any(node.depends_on for node in nodes):
        for last in call.rooms.tracking.list_runs(call.caller, name, 1):
            graph = call.rooms.pipelines.graph(call.caller, last.id)
            known = graph.nodes if graph else nodes_of_steps(call.rooms.pipelines.steps(call.caller, last.id))
            if [(node.position, node.name) for node in known] == [(node.position, node.name) for node in nodes]:
                nodes = tuple(known)
    return figure_of_plan(name, nodes, steps)


def _planned_node(each: Mapping[str, Any]) -> GraphNode:
    path, depends_on = tuple(each.get("path", ())), tuple(each.get("depends_on", ()))
    return GraphNode(
        each["position"], each["step"], each.get("kind", "step"), path, each.get("line", ""), (), depends_on
    )


def _row(call: Call, name: str, runs: list[Run]) -> views.PipelineRow:
    last = runs[0] if runs else None
    endpoints, next_due_at = _waits_for(call, name)
    return views.PipelineRow(
        name=name,
        status=status(last) if last else None,
        last=run_link(last.id) if last else None,
        started_at=from_iso(last.started_at) if last else None,
        seconds=seconds_of(last) if last else None,
        course=_course(runs[:_RUNS]),
        n_steps=len(step_glances(call.rooms.database, call.caller, [last.id])[last.id]) if last else 0,
        next_due_at=next_due_at,
        endpoints=endpoints,
    )


def _waits_for(call: Call, name: str) -> tuple[tuple[views.Link, ...], datetime | None]:
    """Return the endpoints that take candidates from a pipeline, and when the first of them is due."""
    mine = [each.name for each in call.rooms.deployments.list_endpoints(call.caller) if pipeline_of(each) == name]
    due = [each.next_due_at for each in call.rooms.loop.progress(call.caller) if each.endpoint in mine]
    links = tuple(views.Link(text=each, url=urls.endpoint_url(each)) for each in mine)
    return links, min((each for each in due if each is not None), default=None)


def _past(run: Run, states: list[str]) -> views.PastRun:
    return views.PastRun(
        run=run_link(run.id),
        status=status(run),
        started_at=from_iso(run.started_at),
        seconds=seconds_of(run),
        states=tuple(states),
        started_by=run.created_by,
    )


def _course(runs: list[Run]) -> tuple[float, ...]:
    took = [seconds_of(run) for run in reversed(runs) if run.status == "finished"]
    return tuple(each for each in took if each is not None)


def _params(call: Call, runs: list[Run]) -> tuple[views.Param, ...]:
    found = call.rooms.tracking.get_run(call.caller, runs[0].id).params if runs else {}
    return tuple(views.Param(name=name, value=value) for name, value in found.items())


def _last_figure(
    call: Call, runs: list[Run], name: str, folded: str | None
) -> tuple[Figure | None, tuple[views.Link, ...]]:
    if not runs:
        return None, ()
    steps = call.rooms.pipelines.steps(call.caller, runs[0].id)
    drawn = pictures(call, runs[0], steps, urls.pipeline_url(name), folded)
    return drawn.figure, drawn.folds


def _n_queued(call: Call, name: str) -> int:
    jobs = call.rooms.jobs.list(call.caller, "queued", 1000)
    return sum(job.kind == PIPELINE_RUN and PipelineJob.from_job(job).pipeline == name for job in jobs)


def _run_action(call: Call, name: str) -> views.Action | None:
    if call.caller.role < Role.EDITOR:
        return None
    released = "What passes the gate is released" if call.caller.role >= Role.DEPLOYER else "Nothing is released"
    return views.Action(
        label=f"Run {name}",
        url=f"{urls.pipeline_url(name)}/runs",
        words=f"A run takes the default params, the data and the code of now. {released}.",
    )


_ONE = f"{urls.PIPELINES}/{{name}}"
PAGES = Pages(
    contexts=((urls.PIPELINES, pipelines), (f"{_ONE}/plan", plan_page), (_ONE, pipeline)),
    routes=(Route("POST", f"{_ONE}/plan", plan), Route("POST", f"{_ONE}/runs", run)),
)
