"""The first page: where each endpoint stands, what waits, what happened."""

from __future__ import annotations

from fastapi.responses import HTMLResponse

from tidemill.registry import count_versions
from tidemill.server.pages.cards import card, standing
from tidemill.server.pages.events import SHOWN, happening
from tidemill.server.pages.evidence import gate_words
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Viewer
from tidemill.server.routes.deployment import plane_report
from tidemill.server.routes.route import Route
from tidemill.storage.events import EventQuery
from tidemill.tracking import count_some_runs
from tidemill.ui import render, urls, views

_HAPPENINGS = 10
_LOOKED_AT = 1000
_MOST_RUNS = 10_000
_FIRST_STEPS = (
    views.Command(text="tidemill demo", words="A whole turn of the loop on the flights of New York."),
    views.Command(text="tidemill init", words="A project of your own, in a folder."),
    views.Command(text="tidemill run", words="A turn of your project's pipeline, in its folder."),
)
_TONES = (views.Tone.BAD, views.Tone.WARN)


def home(call: Viewer) -> views.HomePage:
    """Return the first page."""
    return views.HomePage(
        frame=frame_of(call), live=live(call), python=python_of(call, "/api/endpoints"), cli="tidemill endpoints"
    )


def live(call: Call) -> views.HomeLive:
    """Return the part of home that refreshes itself."""
    report = plane_report(call)
    standings = [standing(call, each, report) for each in call.rooms.deployments.list_endpoints(call.caller)]
    cards = sorted((card(call, each) for each in standings), key=lambda each: each.tone not in _TONES)
    events = [each for each in call.rooms.audit.list(call.caller, EventQuery(_LOOKED_AT)) if each.kind in SHOWN]
    return views.HomeLive(
        now=call.rooms.clock.now(),
        endpoints=tuple(cards),
        happenings=tuple(happening(each) for each in events[:_HAPPENINGS]),
        counts=views.Counts(
            datasets=len(call.rooms.datasets.list(call.caller)),
            runs=count_some_runs(call.rooms.database, call.caller, _MOST_RUNS),
            models=count_versions(call.rooms.database, call.caller),
            endpoints=len(standings),
        ),
        waiting=tuple(_waiting(call)),
        first_steps=_FIRST_STEPS,
    )


def live_fragment(call: Viewer) -> HTMLResponse:
    """Return the fragment that home asks for every few seconds."""
    return HTMLResponse(render(live(call)))


def _waiting(call: Call) -> list[views.Waiting]:
    """Return what the caller may approve, and versions that passed their gate after the champion was chosen and were
    not promoted."""
    registry = call.rooms.registry
    asked = call.rooms.promotions.waiting(call.caller)
    found = [
        views.Waiting(
            link=views.Link(text=f"Approve {each.reference} for {each.environment}", url=urls.promotion_url(each.id)),
            words=f"{each.asked_by} asked for it.",
        )
        for each in asked
        if not each.why_not(call.caller)
    ]
    newest = {version.model: version for version in reversed(registry.search.judged(call.caller))}
    for version in newest.values():
        champion = registry.get_promotion(call.caller, version.model)
        if any((each.model, each.version) == (version.model, version.version) for each in asked):
            continue
        if champion is None or (version.version != champion.version and version.created_at > champion.at):
            verdict = registry.get_verdict(call.caller, version.verdict_id)
            url = urls.model_version_url(version.model, version.version)
            link = views.Link(text=f"Promote {version.reference}", url=url)
            found.append(views.Waiting(link=link, words=f"Its gate {gate_words(verdict)}."))
    return found


PAGES = Pages(contexts=((urls.HOME, home),), routes=(Route("GET", urls.HOME_LIVE, live_fragment),))
