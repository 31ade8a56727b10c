"""Evidence: why a prediction came out as it did, and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import ChainLink, Command, Gate, Link
from tidemill.ui.views.page import Page


@context
class Cell:
    """One column of a request."""

    name: str = told("name of the column")
    value: str | float | int | bool | None = told("its value; None for missing")


@context
class LookedUp:
    """One feature that was looked up for a request."""

    view: str = told("feature view it came from")
    name: str = told("name of the feature column")
    key: str = told("entity key it was found under: carrier = UA")
    value: str | float | int | bool | None = told("the value used; None when none was known in time")
    known_at: datetime | None = told("when the value became known, aware UTC; None when missing")


@context
class PredictionPage(Page):
    """Why: from one prediction down to the data."""

    template: ClassVar[str] = "prediction.html"
    section: ClassVar[str] = "Endpoints"

    prediction_id: str = told("id of the prediction, 32 hex digits")
    endpoint: str = told("endpoint that answered")
    model: Link = told("model version that answered")
    revision: int = told("revision that answered")
    value: float = told("the answer")
    output: str = told("what the answer means: probability of late")
    at: datetime = told("when it was answered, aware UTC")
    event_at: datetime | None = told("event time given in the request, aware UTC", default=None)
    request_id: str = told("the caller's own id for the request", default="")
    request: tuple[Cell, ...] = told("columns of the request, in its order")
    looked_up: tuple[LookedUp, ...] = told("features looked up for it", default=())
    chain: tuple[ChainLink, ...] = told("the chain from the prediction to the data, nearest first")
    gate: Gate | None = told("the gate's verdict on the model version", default=None)
    promoted_by: str = told("who promoted the model version; empty when nobody did", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"Prediction {self.prediction_id[:8]}…{self.prediction_id[-6:]}"

    @property
    def sentence(self) -> str:
        """Which model answered what, and who answers for the model."""
        return sentences.prediction(self.model.text, self.value, self.gate, self.promoted_by)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Endpoints, then the endpoint."""
        return (
            Link(text="Endpoints", url=urls.ENDPOINTS),
            Link(text=self.endpoint, url=urls.endpoint_url(self.endpoint)),
        )


@context
class AuditRow:
    """One audit event."""

    position: int | None = told("gap-free position in the log; None until it is sealed")
    at: datetime = told("when it was written, aware UTC")
    actor: str = told("who did it")
    kind: str = told("past tense, dotted: model_version.registered")
    subject: Link = told("what it was done to")
    words: str = told("the small fields in short: rows 28,414, digest 3f9a", default="")
    bad: bool = told("whether it is one to look at: a gate that nobody asked", default=False)


@context
class AuditPage(Page):
    """The audit trail, newest first."""

    template: ClassVar[str] = "audit.html"
    section: ClassVar[str] = "Audit"

    events: tuple[AuditRow, ...] = told("events of this page, newest first")
    n_events: int = told("events in the whole trail, after the filter")
    newer_url: str = told("page of newer events; empty on the first", default="")
    older_url: str = told("page of older events; empty on the last", default="")
    q: str = told("words the trail is filtered by; empty for all", default="")
    head_position: int = told("position of the last sealed event of the whole store; 0 for none", default=0)
    head_hash: str = told("its hash, which holds all events up to it", default="")
    fill: Command = told("command whose doing writes a first event, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Audit"

    @property
    def sentence(self) -> str:
        """How many events, and the latest."""
        latest = self.events[0] if self.events else None
        return sentences.audit(self.n_events, None if latest is None else (latest.kind, latest.actor))
