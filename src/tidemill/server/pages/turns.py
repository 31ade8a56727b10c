"""A turn as pages show it: a line with the numbers that decided, its run, and what happened in its order."""

from __future__ import annotations

from contextlib import suppress

from tidemill.core import NotFoundError, from_iso
from tidemill.evaluation import EvaluationReport, GateCheck, GateVerdict
from tidemill.loop import Turn
from tidemill.registry import VerdictRecord
from tidemill.server.pages.evidence import (
    METRIC_NAMES,
    all_metrics,
    as_people_say,
    gate_words,
    reference_link,
    run_link,
    steps_words,
)
from tidemill.server.roles import Call
from tidemill.tracking import Run
from tidemill.ui import urls, views
from tidemill.ui.formats import duration

_LATEST_RUNS = 20


def turn_row(call: Call, turn: Turn) -> views.TurnRow:
    """Return a turn as a line of the table and a mark on the tide line."""
    verdict = verdict_of(call, turn)
    decided, against, what = _decided(GateVerdict.from_json(verdict.verdict)) if verdict else (None, None, "")
    return views.TurnRow(
        turn_id=turn.id,
        url=urls.turn_url(turn.endpoint, turn.id),
        due_at=turn.due_at,
        trigger=turn.trigger,
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


def verdict_of(call: Call, turn: Turn) -> VerdictRecord | None:
    """Return the gate's verdict on a turn's candidate; None when none was judged, or retention let it go."""
    if turn.verdict_id:
        with suppress(NotFoundError):
            return call.rooms.registry.get_verdict(call.caller, turn.verdict_id)
    return None


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


def candidate_metrics(call: Call, verdict: VerdictRecord | None) -> tuple[views.Metric, ...]:
    """Return the metrics of the candidate that was judged, on its held-out rows."""
    return all_metrics(EvaluationReport.from_json(call.rooms.blobs.get(verdict.report_digest))) if verdict else ()


def run_of(call: Call, turn: Turn) -> Run | None:
    """Return the run of a turn: by its id, or among the latest by its tag while it goes on or when it was lost."""
    tracking = call.rooms.tracking
    if turn.run_id:
        with suppress(NotFoundError):  # retention let it go
            return tracking.get_run(call.caller, turn.run_id).run
        return None
    latest = tracking.list_runs(call.caller, limit=_LATEST_RUNS) if turn.is_running or turn.state == "failed" else []
    details = (tracking.get_run(call.caller, each.id) for each in latest)
    return next((each.run for each in details if each.tags.get("turn") == turn.id), None)


def turn_chain(call: Call, turn: Turn, run: Run | None, verdict: VerdictRecord | None) -> tuple[views.ChainLink, ...]:
    """Return what happened: fired, ran, judged, and what serves since."""
    fired = views.ChainLink(
        kind="fired",
        link=views.Link(text=turn.trigger),
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
    if turn.is_waiting:
        waits = views.Link(text="approval", url=urls.promotion_url(turn.request_id or ""))
        chain.append(views.ChainLink(kind="waits", link=waits, words="somebody must approve", tone=views.Tone.WARN))
        return (*chain, views.ChainLink(kind="serves", link=reference_link(turn.before), words="meanwhile"))
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
