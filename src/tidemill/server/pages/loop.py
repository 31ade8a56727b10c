"""The loop: an endpoint's windows and turns in one view, and the page of one turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from fastapi.responses import RedirectResponse

from tidemill.access import Role
from tidemill.core import from_iso, not_found
from tidemill.deployment import DeployedEndpoint, Revision
from tidemill.evaluation import HIGHER_IS_BETTER
from tidemill.loop import Progress, Turn
from tidemill.monitoring import PerformanceResult
from tidemill.server.pages.evidence import (
    METRIC_NAMES,
    as_people_say,
    gate_view,
    metric_view,
)
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.monitoring import Window, metric_of, window_row, windows_of
from tidemill.server.pages.page import Pages
from tidemill.server.pages.turns import candidate_metrics, run_of, turn_chain, turn_row, verdict_of
from tidemill.server.roles import Call, Deployer, Viewer
from tidemill.server.routes.route import Route
from tidemill.ui import urls, views
from tidemill.ui.formats import day

_WINDOWS = 60
_EMPTY_SHOWN = 4
_TURNS = 40
_MOST_TURNS = 1000
_LATEST_WINDOWS = 8


def loop_view(
    call: Call, endpoint: DeployedEndpoint, revisions: Sequence[Revision], most_turns: int = _TURNS
) -> views.Loop:
    """Return an endpoint's loop as its page shows it: the latest windows and turns, and what comes next."""
    windows = _shown(windows_of(call, endpoint.name, _WINDOWS))
    turns = call.rooms.loop.turns(call.caller, endpoint.name, _MOST_TURNS)
    progress = _progress(call, endpoint.name)
    metric, ends = metric_of(windows, endpoint), Counter(turn.state for turn in turns)
    declared = endpoint.declared or {}
    return views.Loop(
        metric_name=METRIC_NAMES.get(metric, metric),
        higher_is_better=HIGHER_IS_BETTER.get(metric, True),
        windows=tuple(window_row(endpoint.name, each, bool(metric)) for each in windows),
        turns=tuple(turn_row(call, turn) for turn in turns[:most_turns]),
        n_turns=len(turns),
        n_promoted=ends["promoted"],
        n_refused=ends["refused"],
        n_failed=ends["failed"],
        n_unchanged=ends["unchanged"],
        n_waiting=ends["waiting"],
        since=_since(revisions),
        watermark=progress.watermark if progress else None,
        next_due_at=progress.next_due_at if progress else None,
        said=as_people_say(progress.said) if progress else "",
        monitors=tuple(f"{each['monitor']} by windows of {each['window']}" for each in declared.get("monitors", ())),
        declared=tuple(declared.get("retrain", ())),
    )


def last_measured(call: Call, endpoint: DeployedEndpoint) -> views.Metric | None:
    """Return the metric of the last window that was measured; None when none was."""
    for record in call.rooms.monitoring.windows(call.caller, endpoint.name, "performance", _LATEST_WINDOWS):
        if isinstance(record.result, PerformanceResult) and record.result.served is not None:
            return metric_view(record.result.metric, record.result.served)
    return None


def turn(call: Viewer, name: str, turn_id: str) -> views.TurnPage:
    """Return the page of one turn."""
    found = call.rooms.loop.get(call.caller, turn_id)
    if found.endpoint != name:
        raise not_found("turn", turn_id, [])
    endpoint = call.rooms.deployments.get(call.caller, name)
    windows, turns = windows_of(call, name), call.rooms.loop.turns(call.caller, name, _MOST_TURNS)
    metric = metric_of(windows, endpoint)
    fired_by = next((each for each in windows if each.starts_at == found.window_starts_at), None)
    place = next((i for i, each in enumerate(turns) if each.id == found.id), None)
    verdict, run = verdict_of(call, found), run_of(call, found)
    return views.TurnPage(
        frame=frame_of(call),
        endpoint=name,
        turn=turn_row(call, found),
        window=window_row(name, fired_by, bool(metric)) if fired_by else None,
        window_metric=METRIC_NAMES.get(metric, metric),
        gate=gate_view(verdict) if verdict else None,
        metrics=candidate_metrics(call, verdict),
        chain=turn_chain(call, found, run, verdict),
        since=tuple(window_row(name, each, bool(metric)) for each in _served_since(found, turns, windows)),
        audit_url=urls.audit_url(q=found.id),
        before_turn=_beside(call, turns, place + 1) if place is not None and place + 1 < len(turns) else None,
        after_turn=_beside(call, turns, place - 1) if place else None,
        python=python_of(call, f"/api/turns/{found.id}"),
        cli=f"tidemill loop {name}",
    )


def retrain(call: Deployer, name: str) -> RedirectResponse:
    """Fire a turn by hand, and show it."""
    fired = call.rooms.loop.retrain(call.caller, name)
    return RedirectResponse(urls.turn_url(name, fired.id), status_code=303)


def retrain_action(call: Call, endpoint: DeployedEndpoint, loop: views.Loop) -> views.Action | None:
    """Return the button that fires a turn; None where a turn goes on, or the caller may not."""
    if call.caller.role < Role.DEPLOYER or loop.open_turn or not (endpoint.declared or {}).get("retrain"):
        return None
    pipeline = (endpoint.declared or {}).get("pipeline", "")
    return views.Action(
        label=f"Retrain {endpoint.name} now",
        url=urls.retrain_url(endpoint.name),
        words=f"{pipeline} runs on all data so far. What passes the gate is promoted, and rolling back undoes it.",
    )


def _shown(windows: list[Window]) -> list[Window]:
    """Leave out the windows without rows at the end, but for the first few of them: nothing is to be seen there."""
    last = max((i for i, each in enumerate(windows) if each.latest.n_rows), default=-1)
    return windows[: last + 1 + _EMPTY_SHOWN]


def _since(revisions: Sequence[Revision]) -> datetime | None:
    """Return since when, without a break, the version serves that serves now."""
    since = None
    for revision in revisions:
        if revision.reference != revisions[0].reference:
            break
        since = from_iso(revision.created_at)
    return since


def _progress(call: Call, name: str) -> Progress | None:
    return next((each for each in call.rooms.loop.progress(call.caller) if each.endpoint == name), None)


def _served_since(turn: Turn, turns: Sequence[Turn], windows: Sequence[Window]) -> list[Window]:
    """Return the windows that began after a promotion, until the next one."""
    if turn.state != "promoted":
        return []
    later = [each.due_at for each in turns if each.state == "promoted" and each.due_at > turn.due_at]
    until = min(later, default=None)
    after = [each for each in windows if each.starts_at >= turn.due_at and (until is None or each.starts_at < until)]
    return _shown(after)


def _beside(call: Call, turns: Sequence[Turn], place: int) -> views.Link:
    other = turns[place]
    text = f"Turn of {day(other.due_at, call.rooms.clock.now())}"
    return views.Link(text=text, url=urls.turn_url(other.endpoint, other.id))


PAGES = Pages(
    contexts=((f"{urls.ENDPOINTS}/{{name}}/turns/{{turn_id}}", turn),),
    routes=(Route("POST", f"{urls.ENDPOINTS}/{{name}}/retrain", retrain),),
)
