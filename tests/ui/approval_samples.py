"""Sample contexts of approvals: the inbox, a promotion to decide, one decided, a broken glass, a gate report."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from tidemill.ui import urls, views

NOW = datetime(2026, 9, 9, 14, 30, tzinfo=UTC)
REQUEST = "0199a1c0aa117abc8def0123456789ab"


def _ago(**given: float) -> datetime:
    return NOW - timedelta(**given)


def gate() -> views.Gate:
    """A verdict with rules of all kinds."""
    checks = (
        ("at_least('auc', 0.7)", "AUC 0.715 (95 % 0.707 to 0.724) is at least 0.700", True, (0.715, 0.707, 0.724), 0.7),
        (
            "no_worse_than('champion', 'auc', 0.01, on='low')",
            "AUC 0.715 against 0.709 of the champion on 11,972 rows: at its worse end no loss of more than 0.010",
            True,
            (0.006, 0.001, 0.011),
            -0.01,
        ),
        ("four_fifths('origin')", "origin 'LGA' is predicted positive 0.84 times as often as 'EWR'", True, None, None),
        (
            "latency_at_most(5, 'p99')",
            "p99 of 1,000 single answers (onnx) is 0.310 ms: at most 5.000 ms",
            True,
            None,
            5,
        ),
        ("documents('MODEL_CARD.md')", "MODEL_CARD.md (2,340 bytes, 3f9ab04f2f) is there", True, None, None),
    )
    return views.Gate(
        passed=True,
        checks=tuple(
            views.GateCheck(
                rule=rule,
                sentence=sentence,
                passed=passed,
                value=views.Estimate(value=value[0], low=value[1], high=value[2]) if value else None,
                limit=limit,
            )
            for rule, sentence, passed, value, limit in checks
        ),
        judged_at=_ago(minutes=40),
        rows="11,972 held-out rows of 15 to 28 February",
    )


def inbox(frame: views.Frame) -> views.ApprovalsPage:
    """Two promotions and a run that asks."""
    link = views.Link(text="Promote delay/3 to production?", url=urls.promotion_url(REQUEST))
    question = views.Link(text="Is the cost of this worth it?", url=urls.run_url(REQUEST))
    row = views.WaitingRow(
        kind="promotion",
        link=link,
        words="Its gate passed, 5 of 5 checks.",
        who="ana or bo",
        asked_by="eve",
        asked_at=_ago(minutes=40),
        until=NOW + timedelta(days=13),
        mine=True,
    )
    run = views.WaitingRow(
        kind="run",
        link=question,
        words="A run of delays waits at step 7.",
        who="deployer",
        asked_by="eve",
        asked_at=NOW,
    )
    return views.ApprovalsPage(
        frame=frame, waiting=(row, run), ended=ended(), fill=views.Command(text="tidemill promote", words="Asks.")
    )


def ended() -> tuple[views.EndedRow, ...]:
    """Promotions and how they ended."""
    kinds = (
        ("took place", views.Tone.GOOD, "approved by bo", "bo"),
        ("refused by its gate", views.Tone.BAD, "AUC 0.641 (95 % 0.633 to 0.649) is not at least 0.700", "eve"),
        ("break-glass", views.Tone.BAD, "without its gate: the one in place answers nonsense since the upgrade", "ana"),
    )
    return tuple(
        views.EndedRow(
            link=views.Link(text=f"delay/{2 - at}", url=urls.promotion_url(REQUEST)),
            environment="production",
            state=state,
            tone=tone,
            words=words,
            by=by,
            at=_ago(days=at + 1),
        )
        for at, (state, tone, words, by) in enumerate(kinds)
    )


def promotion(frame: views.Frame) -> views.PromotionPage:
    """A promotion that waits for the caller."""
    slices = (
        ("carrier HA", 703, "worse", views.Tone.BAD, -0.031),
        ("carrier UA", 2104, "better", views.Tone.GOOD, 0.021),
        ("carrier B6", 1987, "no clear change", views.Tone.QUIET, 0.004),
    )
    return views.PromotionPage(
        frame=frame,
        version=views.Link(text="delay/3", url=urls.model_version_url("delay", 3)),
        champion=views.Link(text="delay/2", url=urls.model_version_url("delay", 2)),
        environment="production",
        state="pending",
        asked_by="eve",
        asked_at=_ago(minutes=40),
        note="Trained with the winter in it.",
        until=NOW + timedelta(days=13),
        who="ana or bo decides; eve asked, and does not.",
        then="When it is approved, delay/3 takes the place of delay/2 in production, and delay answers with it within "
        "seconds. Rolling back brings delay/2 back at once. Rejecting it changes nothing.",
        decisions="Of the 1,240 answers of 2026-09-08, 37 (3.0 %) would be decided otherwise: 21 yes for no, 16 no for "
        "yes.",
        metrics=(
            views.SideBySide(name="AUC", candidate=0.7153, champion=0.7091),
            views.SideBySide(name="log loss", candidate=0.4581, champion=0.4612),
        ),
        slices=tuple(
            views.ChangedSlice(
                name=name,
                n=n,
                metric="AUC",
                candidate=0.71 + change,
                champion=0.71,
                change=views.Estimate(value=change, low=change - 0.01, high=change + 0.01, n=n),
                verdict=verdict,
                tone=tone,
            )
            for name, n, verdict, tone, change in slices
        ),
        groups=(views.ChangedGroup(name="carrier HA", n=31, n_changed=4),),
        gate=gate(),
        report_url=urls.gate_url("delay", 3),
        answers=(views.AnswerRow(by="bo", approved=True, note="Looks right for us.", at=_ago(minutes=3)),),
        answer_url=f"{urls.promotion_url(REQUEST)}/answer",
        may_reject=True,
        cancel=views.Action(
            label="Take it back", url=f"{urls.promotion_url(REQUEST)}/cancel", words="The question goes."
        ),
    )


def broken_glass(frame: views.Frame) -> views.PromotionPage:
    """One that came in without its gate."""
    return dataclasses.replace(
        promotion(frame),
        state="approved",
        broken_glass="the one in place answers nonsense since the upgrade",
        ended="without its gate: the one in place answers nonsense since the upgrade",
        ended_by="ana",
        ended_at=_ago(minutes=2),
        answer_url="",
        may_reject=False,
        cancel=None,
        metrics=(),
        slices=(),
        groups=(),
        decisions="",
        answers=(),
        gate=dataclasses.replace(gate(), passed=False),
    )


def report(frame: views.Frame) -> views.GatePage:
    """A gate report with everything in it."""
    ask = views.Action(label="Ask for production", url=urls.promote_url("delay", 3), words="Its gate judges it anew.")
    return views.GatePage(
        frame=frame,
        name="delay",
        version=3,
        gate=gate(),
        verdicts=(
            views.VerdictRow(at=_ago(minutes=40), by="eve", passed=True, words="passed, 5 of 5 checks"),
            views.VerdictRow(at=_ago(days=1), by="eve", passed=False, words="refused, 4 of 5 checks"),
        ),
        evidence=(
            views.EvidenceRow(
                kind="latency",
                name="onnx",
                words="p50 0.12 ms, p99 0.31 ms of 1,000 answers, on 1,000 rows of its holdout, 2 cores x86_64, Linux",
                at=_ago(minutes=41),
                by="eve",
            ),
        ),
        environments=(
            views.EnvironmentPolicy(
                name="production",
                serves=True,
                words="1 of ana, bo approves, not who asked or made it, within 14d.",
                rules=("at_least('auc', 0.7)", "four_fifths('origin')"),
                stands=views.Link(text="delay/2", url=urls.model_version_url("delay", 2)),
                ask=ask,
                may_break=True,
            ),
        ),
        promotions=ended(),
        promote_url=urls.promote_url("delay", 3),
    )


def pages(frame: views.Frame) -> dict[str, views.Page]:
    """Every page by the name of its picture."""
    empty = dataclasses.replace(inbox(frame), waiting=(), ended=())
    bare = dataclasses.replace(report(frame), gate=None, verdicts=(), evidence=(), environments=(), promotions=())
    return {
        "approvals": inbox(frame),
        "approvals-empty": empty,
        "promotion": promotion(frame),
        "promotion-glass": broken_glass(frame),
        "gate": report(frame),
        "gate-none": bare,
    }
