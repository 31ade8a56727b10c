"""The loop: an endpoint's windows and turns in one view, and the page of one turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from fastapi.responses import RedirectResponse

from tidemill.access import Role
from tidemill.core import from_iso, not_found
from tidemill.deployment import DeployedEndpoint, Revision
from tidemill.evaluation import HIGHER_IS_BETTER, EvaluationReport, GateCheck, GateVerdict
from tidemill.loop import Progress, Turn
from tidemill.monitoring import PerformanceResult
from tidemill.registry import VerdictRecord
from tidemill.server.pages.evidence import (
    METRIC_NAMES,
    all_metrics,
    as_people_say,
    gate_view,
    gate_words,
    metric_view,
    reference_link,
    run_link,
    steps_words,
)
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.monitoring import Window, metric_of, window_row, windows_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Deployer, Viewer
from tidemill.server.routes.route import Route
from tidemill.tracking import Run
from tidemill.ui import urls, views
from tidemill.ui.formats import day, duration

_WINDOWS = 60
_EMPTY_SHOWN = 4
_TURNS = 40
_MOST_TURNS = 1000
_LATEST_WINDOWS = 8
_LATEST_RUNS = 20
_TRIGGERS = {"hand": "by hand"}


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
        turns=tuple(_row(call, turn) for turn in turns[:most_turns]),
        n_turns=len(turns),
        n_promoted=ends["promoted"],
        n_refused=ends["refused"],
        n_failed=ends["failed"],
        n_unchanged=ends["unchanged"],
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
    verdict, run = _verdict(call, found), _run_of(call, found)
    return views.TurnPage(
        frame=frame_of(call),
        endpoint=name,
        turn=_row(call, found),
        window=window_row(name, fired_by, bool(metric)) if fired_by else None,
        window_metric=METRIC_NAMES.get(metric, metric),
        gate=gate_view(verdict) if verdict else None,
        metrics=_metrics(call, verdict),
        chain=_chain(call, found, run, verdict),
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


def _row(call: Call, turn: Turn) -> views.TurnRow:
    verdict = _verdict(call, turn)
    decided, against, what = _decided(GateVerdict.from_json(verdict.verdict)) if verdict else (None, None, "")
    return views.TurnRow(
        turn_id=turn.id,
        url=urls.turn_url(turn.endpoint, turn.id),
        due_at=turn.due_at,
        trigger=_TRIGGERS.get(turn.trigger, turn.trigger),
        reason=as_people_say(turn.reason),
        outcome=views.Outcome(turn.state),
        before=reference_link(turn.before),
        after=reference_link(turn.after or turn.before),
        decided=decided,
        against=against,
        against_what=what,
        words=_words(turn),
        seconds=turn.seconds,
    )


def _words(turn: Turn) -> str:
    if turn.state == "promoted":
        return f"{turn.after} serves"
    return as_people_say(turn.outcome.removeprefix("refused: "))


def _verdict(call: Call, turn: Turn) -> VerdictRecord | None:
    return call.rooms.registry.get_verdict(call.caller, turn.verdict_id) if turn.verdict_id else None


def _decided(verdict: GateVerdict) -> tuple[views.Metric | None, float | None, str]:
    """Return the number that decided, what it was held against, and what that is."""
    failed = [check for check in verdict.checks if not check.passed]
    compared = [check for check in verdict.checks if check.candidate is not None]
    check = next(iter(failed or compared or verdict.checks), None)
    if check is None:
        return None, None, ""
    if check.candidate is not None:
        return _metric(check, check.candidate), check.champion, check.rule.against
    if check.value is None or check.rule.kind == "no_worse_than":
        return None, None, ""
    return _metric(check, check.value), check.limit, "at most" if check.rule.kind == "at_most" else "at least"


def _metric(check: GateCheck, value: float) -> views.Metric:
    return views.Metric(name=METRIC_NAMES.get(check.metric, check.metric), estimate=views.Estimate(value=value))


def _metrics(call: Call, verdict: VerdictRecord | None) -> tuple[views.Metric, ...]:
    return all_metrics(EvaluationReport.from_json(call.rooms.blobs.get(verdict.report_digest))) if verdict else ()


def _run_of(call: Call, turn: Turn) -> Run | None:
    """Return the run of a turn: by its id, or among the latest by its tag while it goes on or when it was lost."""
    tracking = call.rooms.tracking
    if turn.run_id:
        return tracking.get_run(call.caller, turn.run_id).run
    latest = tracking.list_runs(call.caller, limit=_LATEST_RUNS) if turn.is_running or turn.state == "failed" else []
    details = (tracking.get_run(call.caller, each.id) for each in latest)
    return next((each.run for each in details if each.tags.get("turn") == turn.id), None)


def _chain(call: Call, turn: Turn, run: Run | None, verdict: VerdictRecord | None) -> tuple[views.ChainLink, ...]:
    """Return what happened: fired, ran, judged, and what serves since."""
    fired = views.ChainLink(
        kind="fired",
        link=views.Link(text=_TRIGGERS.get(turn.trigger, turn.trigger)),
        at=turn.fired_at,
        by=turn.fired_by,
    )
    chain = [fired]
    if run is not None:
        chain.append(_ran(call, turn, run))
    if verdict is not None:
        tone = views.Tone.GOOD if verdict.passed else views.Tone.BAD
        link = views.Link(text=gate_words(verdict))
        chain.append(
            views.ChainLink(kind="gate", link=link, at=from_iso(verdict.judged_at), by=verdict.judged_by, tone=tone)
        )
    if turn.is_running:
        return (*chain, views.ChainLink(kind="serves", link=reference_link(turn.before), words="while it goes on"))
    words = "promoted and deployed" if turn.state == "promoted" else "goes on serving"
    serves = views.ChainLink(
        kind="serves",
        link=reference_link(turn.after or turn.before),
        words=words,
        at=turn.ended_at,
        tone=views.Tone.GOOD if turn.state == "promoted" else views.Tone.QUIET,
    )
    return (*chain, serves)


def _ran(call: Call, turn: Turn, run: Run) -> views.ChainLink:
    words = steps_words(call.rooms.pipelines.steps(call.caller, run.id))
    return views.ChainLink(
        kind="run",
        link=run_link(run.id, run.experiment),
        words=words + (f", {duration(turn.seconds)}" if turn.seconds is not None else ""),
        at=from_iso(run.started_at),
        by=run.created_by,
        digest=run.code_digest or "",
        tone=views.Tone.BAD if run.status == "failed" else views.Tone.TIDE,
    )


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
