"""Endpoints: the list, and one endpoint with its revisions, its address and its last predictions."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import loop_sentences, sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Action, Command, Link, Metric, Tone
from tidemill.ui.views.home import EndpointCard
from tidemill.ui.views.loop import Loop
from tidemill.ui.views.monitoring import WindowRow
from tidemill.ui.views.page import Page

#: States of an endpoint that answers: its sentence may speak of how good it is.
_WELL = ("serving", "retraining")


@context
class EndpointRow:
    """One line of the list of endpoints."""

    name: str = told("name of the endpoint")
    state: str = told("state in a word: serving")
    tone: Tone = told("tone of the state")
    model: Link = told("model version it serves; empty text when nothing is deployed")
    revision: int | None = told("revision that serves; None when nothing is deployed")
    metric: Metric | None = told(
        "the number that matters: of the last measured window, else on held-out rows", default=None
    )
    n_predictions: int | None = told("predictions logged; None when not counted", default=None)
    deployed_at: datetime | None = told("when the revision was deployed, aware UTC", default=None)


@context
class EndpointsPage(Page):
    """List of endpoints."""

    template: ClassVar[str] = "endpoints.html"
    section: ClassVar[str] = "Endpoints"

    endpoints: tuple[EndpointRow, ...] = told("one row per endpoint, those that need a person first")
    fill: Command = told("command that deploys a first endpoint, shown when there is none")
    q: str = told("words the list is filtered by; empty for all", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Endpoints"

    @property
    def sentence(self) -> str:
        """How many serve."""
        return sentences.home([row.tone for row in self.endpoints], None)


@context
class RevisionRow:
    """One revision of an endpoint."""

    revision: int = told("number of the revision")
    model: Link = told("model version it serves")
    runtime: str = told("onnx or native")
    created_at: datetime = told("when it was deployed, aware UTC")
    created_by: str = told("who deployed it")
    current: bool = told("whether it serves now", default=False)


@context
class PredictionRow:
    """One logged prediction."""

    prediction_id: str = told("id of the prediction, 32 hex digits")
    at: datetime = told("when it was answered, aware UTC")
    value: float = told("the answer")
    request: str = told("the request in short: carrier UA, hour 17, distance 1400")
    model: Link = told("model version that answered")


@context
class QuarantinedLabel:
    """One label that is kept apart."""

    prediction_id: str = told("id of the prediction that it was given for")
    label: float = told("the label that was given")
    reason: str = told("why it is kept apart, in a clause")
    recorded_at: datetime = told("when it was given, aware UTC")
    given_by: str = told("who gave it", default="")


@context
class Quarantine:
    """Labels that are kept apart, since they cannot be right as they are."""

    n: int = told("how many are kept apart")
    reasons: tuple[tuple[str, int], ...] = told("each reason with how many, the most frequent first")
    labels: tuple[QuarantinedLabel, ...] = told("a few of them, newest first", default=())
    see: Command = told("command that lists them all")


@context
class EndpointPage(Page):
    """One endpoint."""

    template: ClassVar[str] = "endpoint.html"
    section: ClassVar[str] = "Endpoints"

    card: EndpointCard = told("ring, state and number, as on the home page")
    about: str = told("what the endpoint answers, in words: arrives more than 15 minutes late", default="")
    address: str = told("URL that predictions are posted to; empty when nothing is deployed", default="")
    error: str = told("why the data plane could not load a revision, in one line", default="")
    revisions: tuple[RevisionRow, ...] = told("revisions, newest first", default=())
    curl: str = told("an example request with curl, ready to paste", default="")
    request_python: str = told("the same request in Python", default="")
    predictions: tuple[PredictionRow, ...] = told("the last predictions, newest first", default=())
    loop: Loop = told("its windows and turns, and what comes next", default=Loop())
    quarantine: Quarantine | None = told("labels that are kept apart; None when there are none", default=None)
    retrain: Action | None = told("the way to a turn by hand; None when one goes on or it is not allowed", default=None)
    watch: Command | None = told("what to declare so that it is watched; None when it is", default=None)
    roll_back: Action | None = told("the way back to the revision before; None when there is none", default=None)
    fill: Command = told("command that deploys a revision, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.card.name

    @property
    def sentence(self) -> str:
        """What it serves, since when, and whether something is wrong."""
        current = next((row for row in self.revisions if row.current), None)
        model = None if current is None else current.model.text
        last = self.loop.last
        if model is None or self.error or self.card.state not in _WELL or (last is None and not self.loop.turns):
            return sentences.endpoint(self.card.state, model, self.card.metric, self.error)
        return self._watched(model, last)

    def _watched(self, model: str, last: WindowRow | None) -> str:
        loop, now, measured = self.loop, self.frame.now, ""
        if last is not None and last.value is not None:
            never = last.never_retrained
            above = None if never is None else last.value.value - never.value
            measured = loop_sentences.measured(loop.metric_name, last.value, last.period, last.coverage, above)
        return loop_sentences.watched(
            loop_sentences.serves(model, loop.since, now),
            measured,
            loop_sentences.turned(loop.ends, loop.open_turn.trigger if loop.open_turn else ""),
            loop_sentences.next_look(loop.next_due_at, now),
        )

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The state."""
        return ((self.card.state, self.card.tone),)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Endpoints."""
        return (Link(text="Endpoints", url=urls.ENDPOINTS),)
