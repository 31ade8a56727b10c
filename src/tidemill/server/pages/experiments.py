"""Experiments: the list of them, the latest active first."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request

from tidemill.core import from_iso
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.run_cells import STATUS_TONES, status_word
from tidemill.server.roles import Viewer
from tidemill.tracking import ExperimentGlance, count_experiments, experiment_glances
from tidemill.ui import urls, views

_PER_PAGE = 100
Place = Annotated[int, Query(ge=0, le=10**9)]


def experiments(call: Viewer, q: str = "", at: Place = 0) -> views.ExperimentsPage:
    """Return a stretch of the experiments; `q` holds words of names, `at` says how many are passed over."""
    n_all = count_experiments(call.rooms.database, call.caller, q)
    found = experiment_glances(call.rooms.database, call.caller, q, at, _PER_PAGE)
    more = at + len(found) < n_all
    query = urlencode({"q": q, "at": at + len(found)} if q else {"at": at + len(found)})
    return views.ExperimentsPage(
        frame=frame_of(call),
        experiments=tuple(_row(each) for each in found),
        n_experiments=n_all,
        q=q,
        older_url=f"{urls.EXPERIMENTS}?{query}" if more else "",
        fills=() if found or q else fills(call.request),
        python=python_of(call, "/api/runs"),
        cli="tidemill runs",
    )


def fills(request: Request) -> tuple[views.Command, ...]:
    """Return the commands that make a first run: a pipeline's, and that of any program that speaks MLflow."""
    address = str(request.base_url).rstrip("/")
    return (
        views.Command(text="tidemill run", words="Runs the project's pipeline and releases what passes the gate."),
        views.Command(
            text=f"MLFLOW_TRACKING_URI={address} python train.py",
            words="Sends what a program logs by MLflow here; nothing in it changes.",
        ),
    )


def _row(glance: ExperimentGlance) -> views.ExperimentRow:
    last = glance.latest[0] if glance.latest else None
    return views.ExperimentRow(
        name=glance.name,
        url=urls.runs_url(experiments=(glance.name,)),
        number=glance.number,
        n_runs=glance.n_runs,
        n_running=sum(run.status == "running" for run in glance.latest),
        n_failed=sum(run.status == "failed" for run in glance.latest),
        n_latest=len(glance.latest),
        last=views.Link(text=last.name or last.id[-6:], url=urls.run_url(last.id)) if last else None,
        last_at=from_iso((last.ended_at or last.started_at) if last else glance.created_at),
        last_words=status_word(last.status) if last else "",
        last_tone=STATUS_TONES.get(last.status, views.Tone.QUIET) if last else views.Tone.QUIET,
    )


PAGES = Pages(contexts=((urls.EXPERIMENTS, experiments),))
