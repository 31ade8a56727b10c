"""The loop: an endpoint's turns, and one turn with why it was fired, what ran and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import ClassVar

from tidemill.ui import loop_sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.formats import day
from tidemill.ui.values import ChainLink, Gate, Link, Metric, Tone
from tidemill.ui.views.monitoring import WindowRow
from tidemill.ui.views.page import Page


class Outcome(Enum):
    """How a turn ended, or that it goes on."""

    PROMOTED = "promoted"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    WAITING = "waiting"
    RUNNING = "running"

    @property
    def tone(self) -> Tone:
        """Tone of the word.

        Examples:
            >>> Outcome.REFUSED.tone
            <Tone.BAD: 'bad'>
        """
        return {
            Outcome.PROMOTED: Tone.GOOD,
            Outcome.UNCHANGED: Tone.QUIET,
            Outcome.REFUSED: Tone.BAD,
            Outcome.FAILED: Tone.BAD,
            Outcome.WAITING: Tone.WARN,
            Outcome.RUNNING: Tone.TIDE,
        }[self]


@context
class TurnRow:
    """One turn of the loop: what fired it and how it ended."""

    turn_id: str = told("id of the turn, 32 hex digits")
    url: str = told("page of the turn")
    due_at: datetime = told("end of the window, or the due time, that fired it: event time, aware UTC")
    trigger: str = told("what fired it in a word: drift, drop, schedule, hand")
    reason: str = told("why it was fired, in words with numbers")
    outcome: Outcome = told("how it ended, or that it goes on")
    before: Link = told("model version that served when it was fired")
    after: Link = told("model version that served when it ended")
    decided: Metric | None = told("the candidate's number that decided; None when none was judged", default=None)
    against: float | None = told("the number that it was held against", default=None)
    against_what: str = told("what that number is: champion, limit", default="")
    words: str = told("the end in words: what was promoted, or why it was refused", default="")
    seconds: float | None = told("how long it took; None while it goes on", default=None)


@context
class Loop:
    """An endpoint's loop: its windows, its turns, and what comes next."""

    metric_name: str = told("the metric that is watched, as people say it; empty when none is", default="")
    higher_is_better: bool = told("whether more of the metric is better", default=True)
    windows: tuple[WindowRow, ...] = told("the windows, oldest first", default=())
    turns: tuple[TurnRow, ...] = told("the turns, newest first", default=())
    n_turns: int = told("how many turns there were in all", default=0)
    n_promoted: int = told("how many of them promoted a version", default=0)
    n_refused: int = told("how many of them were refused by the gate", default=0)
    n_failed: int = told("how many of them failed", default=0)
    n_unchanged: int = told("how many of them gave again what served before", default=0)
    n_waiting: int = told("how many of them wait for somebody to approve", default=0)
    since: datetime | None = told("since when the version serves, in the clock of the records", default=None)
    watermark: datetime | None = told("how far event time has come, aware UTC", default=None)
    next_due_at: datetime | None = told("event time at which a window or schedule is due next", default=None)
    said: str = told("what is held back and why, or what went wrong in the last pass, in one line", default="")
    monitors: tuple[str, ...] = told("what is watched, in words: drift by windows of 7d", default=())
    declared: tuple[str, ...] = told("what asks for a retraining, in words: every 28d", default=())

    @property
    def last(self) -> WindowRow | None:
        """The last window whose metric was measured once its labels had come; None when there is none."""
        return next((each for each in reversed(self.windows) if each.value is not None and each.mature), None)

    @property
    def gain(self) -> float | None:
        """Mean of the metric over never retrained, over the windows where the two differ."""
        gains = [gain for each in self.windows if each.mature and (gain := each.gain) is not None and gain]
        return sum(gains) / len(gains) if gains else None

    @property
    def ends(self) -> tuple[tuple[int, str], ...]:
        """How many turns ended in which way."""
        counts = (self.n_promoted, self.n_refused, self.n_failed, self.n_unchanged, self.n_waiting)
        words = ("promoted", "refused", "failed", "changed nothing", "waiting for approval")
        return tuple(zip(counts, words, strict=True))

    @property
    def gained(self) -> bool:
        """Whether retraining has made the metric better on average."""
        return self.gain is not None and (self.gain >= 0) is self.higher_is_better

    @property
    def waits(self) -> bool:
        """Whether a measured window still waits for labels."""
        return any(each.value is not None and not each.mature for each in self.windows)

    @property
    def open_turn(self) -> TurnRow | None:
        """The turn that goes on now."""
        return next((turn for turn in self.turns if turn.outcome is Outcome.RUNNING), None)


@context
class TurnPage(Page):
    """One turn of the loop: why, what ran, how it was judged, what serves since."""

    template: ClassVar[str] = "turn.html"
    section: ClassVar[str] = "Endpoints"

    endpoint: str = told("name of the endpoint")
    turn: TurnRow = told("the turn itself: what fired it, how it ended")
    window: WindowRow | None = told("the window that fired it; None for a schedule or a hand", default=None)
    window_metric: str = told("the metric of that window, as people say it", default="")
    gate: Gate | None = told("the gate's verdict on its candidate; None when none was judged", default=None)
    metrics: tuple[Metric, ...] = told("the candidate's metrics on its held-out rows", default=())
    chain: tuple[ChainLink, ...] = told("what happened, in its order: fired, ran, judged, promoted")
    since: tuple[WindowRow, ...] = told("the windows since, until the next turn changed what serves", default=())
    audit_url: str = told("the audit events of the turn")
    before_turn: Link | None = told("the turn before", default=None)
    after_turn: Link | None = told("the turn after", default=None)

    @property
    def window_link(self) -> Link:
        """The window that fired it, leading to its page."""
        return Link(text=f"The window of {self.window.period}", url=self.window.url) if self.window else Link(text="")

    @property
    def since_words(self) -> str:
        """How the version that served after the turn has done."""
        measured = [each for each in self.since if each.value is not None and each.gain is not None]
        if not measured:
            return ""
        served = sum(each.value.value for each in measured if each.value) / len(measured)
        gain = sum(each.gain for each in measured if each.gain is not None) / len(measured)
        return loop_sentences.since(self.window_metric, len(measured), served, gain)

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"Turn of {day(self.turn.due_at, self.frame.now)}"

    @property
    def sentence(self) -> str:
        """Why it was fired and how it ended."""
        return loop_sentences.turn(self.turn.reason, self.turn.outcome.value, self.turn.words, self.turn.before.text)

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """What fired it, and the outcome."""
        return (self.turn.trigger, Tone.QUIET), (self.turn.outcome.value, self.turn.outcome.tone)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Endpoints, then the endpoint."""
        return (
            Link(text="Endpoints", url=urls.ENDPOINTS),
            Link(text=self.endpoint, url=urls.endpoint_url(self.endpoint)),
        )
