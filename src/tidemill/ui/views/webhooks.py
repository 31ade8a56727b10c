"""Webhooks: the list of them, and one with what it was told and what it answered."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import urls, webhook_sentences
from tidemill.ui.context import context, told
from tidemill.ui.values import Action, Command, Link, Tone
from tidemill.ui.views.page import Page


@context
class WebhookRow:
    """One line of the list of webhooks."""

    link: Link = told("its name, leading to its page")
    url: str = told("the address that is called")
    events: tuple[str, ...] = told("the events that it is told of")
    is_on: bool = told("whether it is told anything now")
    signed: bool = told("whether deliveries are signed")
    last: str = told("what came of the latest delivery, in a word; empty before the first", default="")
    last_tone: Tone = told("tone of that word", default=Tone.QUIET)
    last_at: datetime | None = told("when the event of it happened, aware UTC", default=None)


@context
class WebhookForm:
    """What was typed, or stands, in the form of a webhook."""

    action: str = told("where the form is posted to")
    button: str = told("verb and object of its button")
    name: str = told("name of the webhook", default="")
    url: str = told("the address that is called", default="")
    events: str = told("the events, separated by spaces", default="")
    description: str = told("what it is for", default="")
    signed: bool = told("whether a secret is kept already", default=False)
    problem: str = told("what is wrong with what was typed; empty when nothing is", default="")


@context
class WebhooksPage(Page):
    """All webhooks of the project, and the form that makes one."""

    template: ClassVar[str] = "webhooks.html"
    section: ClassVar[str] = "Webhooks"

    rows: tuple[WebhookRow, ...] = told("webhooks in the order in which they were made")
    form: WebhookForm = told("the form that makes one")
    fill: Command = told("the command that makes one, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Webhooks"

    @property
    def sentence(self) -> str:
        """How many there are, how many are off, how many were not answered."""
        n_off = sum(not row.is_on for row in self.rows)
        return webhook_sentences.webhooks(len(self.rows), n_off, sum(row.last_tone is Tone.BAD for row in self.rows))


@context
class DeliveryRow:
    """One event that a webhook was told of, or is to be told of."""

    event: str = told("name of the event")
    state: str = told("delivered, waiting, or given up")
    tone: Tone = told("tone of the state")
    answer: str = told("what was answered last, or why nothing was, in words", default="")
    n_attempts: int = told("how often it was tried")
    happened_at: datetime = told("when the event happened, aware UTC")
    next_at: datetime | None = told("when it is tried next, aware UTC; None when it is not", default=None)
    delivery_id: str = told("id of the delivery, as its header tells it")


@context
class WebhookPage(Page):
    """One webhook: what it is told of, what it was told and answered, and what can be done to it."""

    template: ClassVar[str] = "webhook.html"
    section: ClassVar[str] = "Webhooks"

    name: str = told("name of the webhook")
    webhook_id: str = told("id of the webhook")
    url: str = told("the address that is called")
    events: tuple[str, ...] = told("the events that it is told of")
    is_on: bool = told("whether it is told anything now")
    signed: bool = told("whether deliveries are signed")
    created_at: datetime = told("when it was made, aware UTC")
    created_by: str = told("who made it")
    description: str = told("what it is for", default="")
    deliveries: tuple[DeliveryRow, ...] = told("what it was told and is to be told, newest first", default=())
    tested: str = told("what came of the test call that was just made; empty without one", default="")
    tested_well: bool = told("whether that call was taken", default=False)
    test: Action = told("the button that calls it once")
    switch: Action = told("the button that switches it off or on")
    delete: Action = told("the button that deletes it")
    form: WebhookForm = told("the form that changes it")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.name

    @property
    def sentence(self) -> str:
        """Whether it is on, and how its deliveries went."""
        states = [row.tone for row in self.deliveries]
        return webhook_sentences.webhook(
            self.is_on, states.count(Tone.GOOD), states.count(Tone.WARN), states.count(Tone.BAD)
        )

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """Whether it is on."""
        return (("on", Tone.GOOD) if self.is_on else ("off", Tone.QUIET),)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """The list of webhooks."""
        return (Link(text="Webhooks", url=urls.WEBHOOKS),)
