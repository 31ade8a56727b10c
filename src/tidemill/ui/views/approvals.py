"""Approvals: what waits for an answer, one promotion as a person decides it, and a version's gate report."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import approval_sentences as sentences
from tidemill.ui import urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Action, Command, Estimate, Gate, Link, Tone
from tidemill.ui.views.page import Page


@context
class WaitingRow:
    """A question that waits: a promotion, or one that a run asks."""

    kind: str = told("what asks: promotion or run")
    link: Link = told("the question, leading to where it is answered")
    words: str = told("what the gate found, or who made the run, in one clause", default="")
    who: str = told("who may answer, in words")
    asked_by: str = told("who asked")
    asked_at: datetime = told("when it was asked, aware UTC")
    until: datetime | None = told("until when it waits; None for ever", default=None)
    mine: bool = told("whether the caller may answer it", default=False)


@context
class EndedRow:
    """A promotion that was asked for, and how it ended."""

    link: Link = told("the version, leading to the promotion")
    environment: str = told("environment that was asked for")
    state: str = told("how it ended, in words")
    tone: Tone = told("tone of the state")
    words: str = told("why, in one sentence", default="")
    by: str = told("who decided; empty while nobody has", default="")
    at: datetime = told("when it ended, aware UTC")


@context
class ApprovalsPage(Page):
    """The inbox: everything that waits for an answer."""

    template: ClassVar[str] = "approvals.html"
    section: ClassVar[str] = "Approvals"

    waiting: tuple[WaitingRow, ...] = told("what waits, the caller's own first")
    ended: tuple[EndedRow, ...] = told("the last promotions that ended, newest first", default=())
    fill: Command = told("what asks for a promotion, shown when there never was one")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Approvals"

    @property
    def sentence(self) -> str:
        """How much waits for you."""
        return sentences.approvals(sum(row.mine for row in self.waiting), len(self.waiting))


@context
class SideBySide:
    """A metric of the candidate and of the version in place, each on its own held-out rows."""

    name: str = told("name as people say it: AUC, log loss")
    candidate: float = told("value of the candidate")
    champion: float = told("value of the version in place")
    verdict: str = told("better, worse or no clear change; empty where neither end is better", default="")
    tone: Tone = told("tone of the verdict", default=Tone.QUIET)

    @property
    def meaning(self) -> str:
        """What the metric tells, in plain words."""
        return sentences.MEANINGS.get(self.name, "")


@context
class ChangedSlice:
    """A part of the rows on which both answered, and whether it gets better or worse."""

    name: str = told("column and value: carrier AA")
    n: int = told("rows of the part")
    metric: str = told("name of the metric as people say it")
    candidate: float | None = told("value of the candidate there", default=None)
    champion: float | None = told("value of the version in place there", default=None)
    change: Estimate = told("candidate minus the version in place, with its paired interval")
    verdict: str = told("better, worse or no clear change")
    tone: Tone = told("tone of the verdict")


@context
class ChangedGroup:
    """A group of yesterday's answers, and how many would be decided otherwise."""

    name: str = told("column and value: carrier AA")
    n: int = told("answers of the group")
    n_changed: int = told("how many would be decided otherwise")


@context
class AnswerRow:
    """What somebody answered."""

    by: str = told("who answered")
    approved: bool = told("whether they said yes")
    note: str = told("their words; empty when they gave none", default="")
    at: datetime = told("when, aware UTC")


@context
class PromotionPage(Page):
    """One promotion, as a person who decides sees it."""

    template: ClassVar[str] = "promotion.html"
    section: ClassVar[str] = "Approvals"

    version: Link = told("the candidate, leading to its page")
    champion: Link = told("the version in place; without words when there is none")
    environment: str = told("where the candidate is to come")
    state: str = told("state of the request: pending, approved, refused and so on")
    broken_glass: str = told("the reason for doing without gate and approval; empty when nobody did", default="")
    asked_by: str = told("who asked")
    asked_at: datetime = told("when it was asked, aware UTC")
    note: str = told("what the asker says to who decides", default="")
    until: datetime | None = told("until when it waits; None for ever", default=None)
    who: str = told("who decides, in words")
    why_not: str = told("why the caller may not approve; empty when they may, or nothing waits", default="")
    ended: str = told("why it ended as it did; empty while it waits", default="")
    ended_at: datetime | None = told("when it ended, aware UTC", default=None)
    ended_by: str = told("who ended it", default="")
    then: str = told("what happens on approval, and how it is undone")
    decisions: str = told("how many of a day's answers would be decided otherwise; empty when not known", default="")
    metrics: tuple[SideBySide, ...] = told("metrics of both, side by side", default=())
    slices: tuple[ChangedSlice, ...] = told("parts of the rows, those that lose first", default=())
    groups: tuple[ChangedGroup, ...] = told("groups of the day's answers, those that change most first", default=())
    trouble: str = told("why what changes could not be told; empty when it could", default="")
    gate: Gate | None = told("what the gate found; None when none was asked, or it is not kept")
    report_url: str = told("where the whole gate report is", default="")
    answers: tuple[AnswerRow, ...] = told("who has answered so far", default=())
    answer_url: str = told("where answers are posted to; empty for who may not answer", default="")
    may_reject: bool = told("whether the caller may reject", default=False)
    cancel: Action | None = told("taking it back; None for who may not", default=None)

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"{self.version.text} to {self.environment}"

    @property
    def sentence(self) -> str:
        """What is decided, or was."""
        return sentences.promotion(self.version.text, self.environment, self.state, self.champion.text)

    @property
    def in_short(self) -> tuple[str, ...]:
        """What speaks for it and against it, in plain words: quality, rules, for whom."""
        first = next((row for row in self.metrics if row.verdict), None)
        said = [sentences.quality(first.name, first.verdict, first.candidate, first.champion)] if first else []
        if self.gate is not None:
            said.append(sentences.rules(self.gate.n_passed, len(self.gate.checks)))
        return (
            *said,
            *((self.slices_sentence,) if self.slices else ()),
            *((self.decisions,) if self.decisions else ()),
        )

    @property
    def slices_sentence(self) -> str:
        """For how many parts it gets better or worse."""
        verdicts = [row.verdict for row in self.slices]
        better, worse = verdicts.count("better"), verdicts.count("worse")
        return sentences.slices(better, worse, len(verdicts) - better - worse)

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The state, and a broken glass."""
        state = sentences.STATES.get(self.state, (self.state, Tone.QUIET))
        return (state, ("break-glass", Tone.BAD)) if self.broken_glass else (state,)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Approvals."""
        return (Link(text="Approvals", url=urls.APPROVALS),)


@context
class VerdictRow:
    """One time that a gate judged the version."""

    at: datetime = told("when it judged, aware UTC")
    by: str = told("in whose name")
    passed: bool = told("whether every rule held")
    words: str = told("how many rules held, or which did not")


@context
class EvidenceRow:
    """A piece of evidence beside the report."""

    kind: str = told("latency, test of the model, or document")
    name: str = told("its name; empty when there is one only", default="")
    words: str = told("what was found, in words")
    at: datetime = told("when it was collected, aware UTC")
    by: str = told("who collected it")


@context
class EnvironmentPolicy:
    """An environment, who must approve, and the way in."""

    name: str = told("name of the environment")
    serves: bool = told("whether the endpoint answers with what stands there", default=False)
    words: str = told("who must approve, in words")
    rules: tuple[str, ...] = told("the rules as declared")
    stands: Link = told("the version that stands there; without words when none does")
    ask: Action | None = told("asking for this version; None when it stands there, or for who may not", default=None)
    why_not: str = told("why no gate can judge this version; empty when it can", default="")
    may_break: bool = told("whether the caller may do without the gate, with a reason", default=False)


@context
class GatePage(Page):
    """The gate report of a model version: every rule with its numbers, and every time it was judged."""

    template: ClassVar[str] = "gate.html"
    section: ClassVar[str] = "Models"

    name: str = told("name of the registered model")
    version: int = told("number of the version")
    gate: Gate | None = told("the latest verdict; None when no gate has judged it", default=None)
    verdicts: tuple[VerdictRow, ...] = told("every verdict on it, the latest first", default=())
    evidence: tuple[EvidenceRow, ...] = told("what was collected beside its report", default=())
    environments: tuple[EnvironmentPolicy, ...] = told("its environments, the one that is served last", default=())
    promotions: tuple[EndedRow, ...] = told("promotions that were asked for, the latest first", default=())
    promote_url: str = told("where a promotion is asked for", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"Gate report of {self.name}/{self.version}"

    @property
    def sentence(self) -> str:
        """Whether it holds what is asked."""
        judged = self.gate
        return sentences.gate(
            judged.passed if judged else None,
            judged.n_passed if judged else 0,
            len(judged.checks) if judged else 0,
            len(self.verdicts),
        )

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Models, the model, the version."""
        return (
            Link(text="Models", url=urls.MODELS),
            Link(text=self.name, url=urls.model_url(self.name)),
            Link(text=f"{self.name}/{self.version}", url=urls.model_version_url(self.name, self.version)),
        )
