"""Home: is it all right? A card per endpoint, what waits for a person, what happened."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import sentences
from tidemill.ui.context import context, told
from tidemill.ui.values import Command, Fact, Link, Metric, Station, Tone
from tidemill.ui.views.page import Page


@context
class EndpointCard:
    """Where one endpoint stands in the loop: the ring, the version, the number that matters."""

    name: str = told("name of the endpoint")
    state: str = told("state in a word: serving, retraining, loading, nothing deployed, failed")
    tone: Tone = told("tone of the state")
    station: Station = told("the station where the endpoint stands now")
    version: str = told("version in the middle of the ring: v4; empty when nothing is deployed")
    caption: str = told("word under the version: champion", default="")
    metric: Metric | None = told("the number that matters, with its interval", default=None)
    metric_note: str = told("what the number was measured on: 7,512 held-out flights", default="")
    history: tuple[float, ...] = told("the number's course, oldest first", default=())
    history_of: str = told("what the course goes over: versions, windows", default="versions")
    facts: tuple[Fact, ...] = told("a few facts beside the ring: model, address, last prediction", default=())


@context
class Happening:
    """One line of 'what happened': a link and words."""

    at: datetime = told("when it happened, aware UTC")
    link: Link = told("the thing it happened to")
    words: str = told("what happened to it: was registered by ana, AUC 0.715")
    kind: str = told("kind in a word, shown as a chip: data, run, promoted, refused")
    tone: Tone = told("tone of the chip", default=Tone.QUIET)


@context
class Waiting:
    """Something that waits for a person."""

    link: Link = told("what waits: Promote delay/2, leading to where it is decided")
    words: str = told("why it waits, in one clause")


@context
class Counts:
    """How much there is, each number leading to its list."""

    datasets: int = told("dataset versions committed")
    runs: int = told("runs recorded")
    models: int = told("model versions registered")
    endpoints: int = told("endpoints declared")
    predictions: int | None = told("predictions logged; None when the log was not counted", default=None)


@context
class HomeLive:
    """The part of home that is asked for again every five seconds."""

    template: ClassVar[str] = "_home_live.html"

    now: datetime = told("the moment the part was made, aware UTC")
    endpoints: tuple[EndpointCard, ...] = told("a card per endpoint, those that need a person first")
    happenings: tuple[Happening, ...] = told("the last events, newest first, about ten")
    counts: Counts = told("how much there is")
    waiting: tuple[Waiting, ...] = told("what waits for a person", default=())
    first_steps: tuple[Command, ...] = told("commands that fill an empty home", default=())

    @property
    def sentence(self) -> str:
        """The answer to: is it all right?"""
        tones = [card.tone for card in self.endpoints]
        return sentences.home(tones, len(self.waiting))

    @property
    def heading(self) -> str:
        """The same answer in two words."""
        return sentences.heading([card.tone for card in self.endpoints])

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return not self.endpoints and not self.happenings


@context
class HomePage(Page):
    """The first page."""

    template: ClassVar[str] = "home.html"
    section: ClassVar[str] = "Home"

    live: HomeLive = told("the part that refreshes itself")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Home"

    @property
    def sentence(self) -> str:
        """The answer to: is it all right?"""
        return self.live.sentence
