"""Approvals: the inbox, and one promotion as a person decides it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi.responses import RedirectResponse

from tidemill.access import Role
from tidemill.core import TidemillError, UsageError, from_iso
from tidemill.evaluation import HIGHER_IS_BETTER
from tidemill.registry import BREAK_GLASS, PENDING, PolicyInForce, PromotionRequest, find_report, verdict_of
from tidemill.server.answers import form_body
from tidemill.server.pages.evidence import METRIC_NAMES, gate_view, gate_words, metric_view, reference_link
from tidemill.server.pages.frame import frame_of, python_of
from tidemill.server.pages.page import Pages
from tidemill.server.roles import Call, Editor, Labeller, Viewer
from tidemill.server.routes.route import Route
from tidemill.server.run_controls import asked_of_runs
from tidemill.ui import approval_sentences as sentences
from tidemill.ui import urls, views

_FILL = views.Command(
    text="tidemill promote MODEL/VERSION --to production",
    words="Asks the gate of an environment; who must approve, finds the question here.",
)
_ENDED = 50
_CHANGES = {
    "better": ("better", views.Tone.GOOD),
    "worse": ("worse", views.Tone.BAD),
    "within the intervals": ("no clear change", views.Tone.QUIET),
}
_VERDICTS = {
    "better": ("better", views.Tone.GOOD),
    "worse": ("worse", views.Tone.BAD),
    "alike": ("no clear change", views.Tone.QUIET),
}


def approvals(call: Viewer) -> views.ApprovalsPage:
    """Return the inbox."""
    requests = call.rooms.promotions.waiting(call.caller)
    rows = [_promotion_row(call, each) for each in requests] + _run_rows(call)
    latest = call.rooms.promotions.requests.list_requests(call.caller, None, None, _ENDED)
    return views.ApprovalsPage(
        frame=frame_of(call),
        waiting=tuple(sorted(rows, key=lambda row: not row.mine)),
        ended=tuple(ended_row(each) for each in latest if each.state != PENDING),
        fill=_FILL,
        python=python_of(call, "/api/approvals"),
        cli="tidemill approvals",
    )


def promotion(call: Viewer, request_id: str) -> views.PromotionPage:
    """Return one promotion."""
    request = call.rooms.promotions.requests.get(call.caller, request_id)
    verdict = verdict_of(call.rooms.registry, call.caller, request)
    policy = call.rooms.promotions.requests.policy(call.caller, request.model, request.environment)
    impact, waits = request.impact, request.state == PENDING
    champion = str(impact.get("champion", ""))
    may_answer = waits and call.caller.role >= Role.LABELLER and not request.why_not(call.caller, approve=False)
    own = call.caller.name == request.asked_by or call.caller.role >= Role.DEPLOYER
    return views.PromotionPage(
        frame=frame_of(call),
        version=reference_link(request.reference),
        champion=reference_link(champion) if champion else views.Link(text=""),
        environment=request.environment,
        state=request.state,
        broken_glass=request.note if request.kind == BREAK_GLASS else "",
        asked_by=request.asked_by,
        asked_at=from_iso(request.asked_at),
        note="" if request.kind == BREAK_GLASS else request.note,
        until=from_iso(request.expires_at) if request.expires_at and waits else None,
        who=who_words(request),
        why_not=request.why_not(call.caller) if waits else "",
        ended="" if waits else request.sentence,
        ended_at=from_iso(request.decided_at) if request.decided_at else None,
        ended_by=request.decided_by or "",
        then=_then(request, policy, champion),
        decisions=_decisions(impact),
        metrics=tuple(_side_by_side(call, request, champion)),
        slices=tuple(_slice(each) for each in impact.get("slices", ())),
        groups=tuple(
            views.ChangedGroup(name=f"{each['column']} {each['value']}", n=each["n"], n_changed=each["n_changed"])
            for each in impact.get("changed", ())
            if each["n"]
        ),
        trouble=str(impact.get("trouble", "")),
        gate=gate_view(verdict) if verdict else None,
        report_url=urls.gate_url(request.model, request.version),
        answers=tuple(
            views.AnswerRow(by=each.answered_by, approved=each.approved, note=each.note, at=from_iso(each.answered_at))
            for each in request.answers
        ),
        answer_url=f"{urls.promotion_url(request.id)}/answer" if may_answer else "",
        may_reject=may_answer,
        cancel=_cancel(request) if waits and own and call.caller.role >= Role.EDITOR else None,
        python=python_of(call, f"/api/promotions/{request_id}"),
        cli=f"tidemill approve {request_id}",
    )


def answer(call: Labeller, request_id: str, form: Annotated[dict[str, str], form_body()]) -> RedirectResponse:
    """Approve a promotion or reject it, and show it."""
    said, promotions = form.get("answer", ""), call.rooms.promotions
    if said not in {"approve", "reject"}:
        raise UsageError(f"the field 'answer' is {said[:80]!r}; it must be approve or reject")
    verb = promotions.approve if said == "approve" else promotions.reject
    verb(call.caller, request_id, form.get("note", ""))
    return RedirectResponse(urls.promotion_url(request_id), status_code=303)


def cancel(call: Editor, request_id: str) -> RedirectResponse:
    """Take a request back, and show it."""
    call.rooms.promotions.cancel(call.caller, request_id)
    return RedirectResponse(urls.promotion_url(request_id), status_code=303)


def ended_row(request: PromotionRequest) -> views.EndedRow:
    """Return a promotion that was asked for, as a line."""
    state, tone = sentences.STATES.get(request.state, (request.state, views.Tone.QUIET))
    if request.kind == BREAK_GLASS:
        state, tone = "break-glass", views.Tone.BAD
    elif request.kind == "roll_back":
        state = "rolled back to"
    return views.EndedRow(
        link=views.Link(text=request.reference, url=urls.promotion_url(request.id)),
        environment=request.environment,
        state=state,
        tone=tone,
        words=request.sentence,
        by=request.decided_by or "",
        at=from_iso(request.decided_at or request.asked_at),
    )


def who_words(request: PromotionRequest) -> str:
    """Say who decides.

    >>> asked = ("", "", "m", 1, "live", "", "", "", "", {}, ("ann", "bo"), True, 1, "pending", "", "eve")
    >>> who_words(PromotionRequest(*asked))
    'ann or bo decides; eve asked, and does not.'
    """
    if not request.n_approvals:
        return "Nobody was asked to approve it."
    who = " or ".join(request.approvers) if request.approvers else "a deployer"
    verb = "decides" if request.n_approvals == 1 else f"decide, {request.n_approvals} of them"
    eyes = f"; {request.asked_by} asked, and does not" if request.four_eyes else ""
    return f"{who} {verb}{eyes}."


def _promotion_row(call: Call, request: PromotionRequest) -> views.WaitingRow:
    verdict = verdict_of(call.rooms.registry, call.caller, request)
    link = views.Link(text=f"Promote {request.reference} to {request.environment}?", url=urls.promotion_url(request.id))
    return views.WaitingRow(
        kind="promotion",
        link=link,
        words=f"Its gate {gate_words(verdict)}." if verdict else "What its gate found is not kept.",
        who=" or ".join(request.approvers) or "deployer",
        asked_by=request.asked_by,
        asked_at=from_iso(request.asked_at),
        until=from_iso(request.expires_at) if request.expires_at else None,
        mine=not request.why_not(call.caller),
    )


def _run_rows(call: Call) -> list[views.WaitingRow]:
    rows = []
    for asked in asked_of_runs(call):
        run = call.rooms.tracking.get_run(call.caller, asked.run_id).run
        rows.append(
            views.WaitingRow(
                kind="run",
                link=views.Link(text=asked.question, url=urls.run_url(asked.run_id)),
                words=f"A run of {run.experiment} waits at step {asked.position + 1}.",
                who=asked.role,
                asked_by=run.created_by,
                asked_at=from_iso(asked.asked_at),
                until=from_iso(asked.until) if asked.until else None,
                mine=call.caller.role >= Role.parse(asked.role or "deployer"),
            )
        )
    return rows


def _then(request: PromotionRequest, policy: PolicyInForce | None, champion: str) -> str:
    served = bool(policy and policy.serves)
    place = (
        f"takes the place of {champion} in {request.environment}" if champion else f"comes into {request.environment}"
    )
    said = f"When it is approved, {request.reference} {place}"
    if served and policy is not None:
        said += f", and {policy.endpoint} answers with it within seconds"
    undo = f" Rolling back brings {champion} back at once." if champion and served else ""
    return f"{said}.{undo} Rejecting it changes nothing."


def _decisions(impact: dict[str, Any]) -> str:
    found, day = impact.get("decisions"), str(impact.get("day", ""))
    if not found:
        return ""
    if "n_changed" not in found:
        return f"On the {found['n']:,} answers of {day} they differ by {found['mean_change']:.3g} on the mean."
    return sentences.decided_otherwise(found["n"], found["n_changed"], found["n_to_yes"], found["n_to_no"], day)


def _side_by_side(call: Call, request: PromotionRequest, champion: str) -> Iterator[views.SideBySide]:
    """Yield the metrics of both versions, with what their intervals tell."""
    own, other = (_intervals(call, each) for each in (request.reference, champion))
    for each in request.impact.get("metrics", ()):
        key, name = each["metric"], METRIC_NAMES.get(each["metric"], each["metric"])
        higher = HIGHER_IS_BETTER.get(key)
        way = "" if higher is None else "higher" if higher else "lower"
        compared = views.ComparedMetric(name=name, one=other.get(key), other=own.get(key), way=way)
        verdict, tone = _CHANGES.get(compared.better, ("", views.Tone.QUIET))
        yield views.SideBySide(
            name=name, candidate=each["candidate"], champion=each["champion"], verdict=verdict, tone=tone
        )


def _intervals(call: Call, reference: str) -> dict[str, views.Estimate]:
    """Return the metrics of a version by their keys; nothing when it is gone, or has no report."""
    try:
        report = (
            find_report(call.rooms.registry, call.rooms.registry.get(call.caller, reference)) if reference else None
        )
    except TidemillError:
        return {}
    return {key: metric_view(key, each).estimate for key, each in report.metrics.items()} if report else {}


def _slice(each: dict[str, Any]) -> views.ChangedSlice:
    verdict, tone = _VERDICTS[each["verdict"]]
    return views.ChangedSlice(
        name=f"{each['column']} {each['value']}",
        n=each["n"],
        metric=METRIC_NAMES.get(each["metric"], each["metric"]),
        candidate=each["candidate"],
        champion=each["champion"],
        change=views.Estimate(value=each["difference"], low=each["low"], high=each["high"], n=each["n"]),
        verdict=verdict,
        tone=tone,
    )


def _cancel(request: PromotionRequest) -> views.Action:
    return views.Action(
        label="Take it back",
        url=f"{urls.promotion_url(request.id)}/cancel",
        words="Takes the question out of the inbox. Nothing else changes, and it can be asked again.",
    )


PAGES = Pages(
    contexts=((urls.APPROVALS, approvals), (f"{urls.PROMOTIONS}/{{request_id}}", promotion)),
    routes=(
        Route("POST", f"{urls.PROMOTIONS}/{{request_id}}/answer", answer),
        Route("POST", f"{urls.PROMOTIONS}/{{request_id}}/cancel", cancel),
    ),
)
