"""The table of runs: of one experiment, of some, of all; filtered, ordered, with columns by choice."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Query

from tidemill.core import NotFoundError, UsageError, from_iso
from tidemill.server.answers import Json
from tidemill.server.pages.comparison import ranked
from tidemill.server.pages.experiments import Place, fills
from tidemill.server.pages.frame import frame_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_address import RunsAsked, asked_of, texts_of
from tidemill.server.pages.run_cells import ATTRIBUTES, USUAL, cells_of, kind_of, ordered_by, run_name
from tidemill.server.pages.run_copies import FORGET_URL, SAVE_URL, cli, exports, forget, python, save, save_url, saved
from tidemill.server.pages.run_windows import WINDOW, Window, read_window
from tidemill.server.roles import Call, Viewer
from tidemill.server.routes.route import Route
from tidemill.tracking import RunDetail, TraceQuery, run_keys
from tidemill.ui import urls, views

_MOST_COMPARED = 500
_MOST_DEAD = 10
_OFFERED = 40
#: The first runs, of which all keys are read: what they logged is offered as columns.
_SAMPLE = 3
_GUESSED_METRICS, _GUESSED_PARAMS = 4, 2


def runs(call: Viewer, at: Place = 0, counted: Place | None = None) -> views.RunsPage:
    """Return a window of the runs that match, those from the place `at` on; `counted` says how many match."""
    asked = asked_of(call.request, at)
    sample: tuple[RunDetail, ...] = ()
    shown = asked.columns or USUAL
    try:
        sample = read_window(call, replace(asked, columns=(), at=0), _SAMPLE, n_runs=0).details
        shown = asked.columns or _usual(asked, sample)
        window, problem = read_window(call, replace(asked, columns=shown), n_runs=counted), ""
    except UsageError as error:
        window, problem = Window((), 0), str(error)
    now = call.rooms.clock.now()
    end = at + len(window.details)
    return views.RunsPage(
        frame=frame_of(call),
        experiments=asked.experiments,
        where=asked.where,
        problem=problem,
        order=asked.order,
        columns=tuple(_column(asked, each) for each in shown),
        offered=_offered(asked, shown, sample),
        rows=tuple(_line(detail, cells_of(detail, shown, now)) for detail in window.details),
        at=at,
        n_runs=window.n_runs,
        window=WINDOW,
        older_url=asked.url(at=end) if end < window.n_runs else "",
        newer_url=asked.url(at=max(0, at - WINDOW)) if at else "",
        compare_url=_compare_url(asked, window.n_runs),
        exports=exports(asked) if not problem else (),
        saved=saved(call, asked),
        save_url="" if problem else save_url(call),
        forget_url=FORGET_URL if save_url(call) else "",
        kept=asked.pairs(),
        traces_url=_traces_url(call, asked),
        dead_jobs=() if asked.where or at or asked.experiments else _dead_jobs(call),
        fills=() if window.details or asked.where or asked.at else fills(call.request),
        python=python(call, asked),
        cli=cli(asked),
    )


def list_run_keys(
    call: Viewer,
    prefix: Annotated[str, Query(max_length=300)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Json:
    """Return names that runs can be asked by and that begin with a prefix."""
    return Json(
        {"keys": run_keys(call.rooms.database, call.caller, prefix, texts_of(call.request, "experiment"), limit)}
    )


def _usual(asked: RunsAsked, details: tuple[RunDetail, ...]) -> tuple[str, ...]:
    """Return the columns that are shown when none is asked for: of the run, and what its first runs logged."""
    of_run = USUAL if len(asked.experiments) == 1 else ("name", "experiment", *USUAL[1:])
    least = min(2, len(details))  # what one run of several has alone would be an empty column
    metrics = [key for key in ranked(details) if sum(key in each.metrics for each in details) >= least]
    params = dict.fromkeys(key for detail in details for key in detail.params)
    params = {key: None for key in params if sum(key in each.params for each in details) >= least}
    guessed = [f"metrics.{key}" for key in metrics[:_GUESSED_METRICS]]
    return (*of_run, *guessed, *(f"params.{key}" for key in list(params)[:_GUESSED_PARAMS]))


def _column(asked: RunsAsked, name: str, *, chosen: bool = True) -> views.RunColumn:
    kind, key = kind_of(name)
    by = ordered_by(name)
    is_sorted = by if asked.order.removesuffix(" DESC").removesuffix(" ASC") == by and by else ""
    falls = is_sorted and asked.order.endswith(" DESC")
    return views.RunColumn(
        key=name,
        label=key if kind else ATTRIBUTES.get(name, ("", name))[1],
        of=kind,
        is_number=kind == "metrics" or name == "took",
        sort_url=asked.url(order=f"{by} ASC" if falls else f"{by} DESC") if by else "",
        sorted=("descending" if falls else "ascending") if is_sorted else "",
        is_chosen=chosen,
    )


def _offered(asked: RunsAsked, shown: tuple[str, ...], details: tuple[RunDetail, ...]) -> tuple[views.RunColumn, ...]:
    """Return the columns that can be ticked: those shown, then what the first runs logged."""
    logged = [f"metrics.{key}" for detail in details for key in detail.metrics]
    logged += [f"params.{key}" for detail in details for key in detail.params]
    logged += [f"tags.{key}" for detail in details for key in detail.tags]
    names = dict.fromkeys((*shown, *ATTRIBUTES, *logged))
    kept = list(names)[: max(_OFFERED, len(shown))]
    return tuple(_column(asked, name, chosen=name in shown) for name in kept)


def _line(detail: RunDetail, cells: tuple[views.RunCell, ...]) -> views.RunLine:
    run = detail.run
    return views.RunLine(
        run_id=run.id,
        name=run_name(run),
        url=urls.run_url(run.id),
        cells=cells,
        goes_on=run.status in {"running", "paused"},
        failed=run.status == "failed",
    )


def _traces_url(call: Call, asked: RunsAsked) -> str:
    """Return the page of the traces of an experiment that has some."""
    if len(asked.experiments) != 1:
        return ""
    tracking, name = call.rooms.tracking, asked.experiments[0]
    try:
        number = tracking.experiments.get_named(call.caller, name).number
    except NotFoundError:
        return ""
    found = tracking.traces.search(call.caller, TraceQuery((number,), limit=1))
    return urls.traces_url(experiment=name) if found.traces else ""


def _compare_url(asked: RunsAsked, n_runs: int) -> str:
    if not 1 < n_runs <= _MOST_COMPARED:
        return ""
    return urls.compare_url(experiments=asked.experiments, where=asked.where)


def _dead_jobs(call: Call) -> tuple[views.DeadJob, ...]:
    return tuple(
        views.DeadJob(
            job_id=job.id,
            kind=job.kind,
            reason=job.error or "",
            n_attempts=min(job.attempt, job.max_attempts),
            ended_at=from_iso(job.ended_at) if job.ended_at else None,
            queued_by=job.created_by,
        )
        for job in call.rooms.jobs.list(call.caller, "dead", _MOST_DEAD)
    )


PAGES = Pages(
    contexts=((urls.RUNS, runs),),
    routes=(
        Route("GET", "/api/run-keys", list_run_keys),
        Route("POST", SAVE_URL, save),
        Route("POST", FORGET_URL, forget),
    ),
)
