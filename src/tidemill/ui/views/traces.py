"""Traces: the list of those of an experiment or a run, and one with its spans."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import trace_sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Command, Link, Tone
from tidemill.ui.views.page import Page


@context
class TraceRow:
    """One trace of the list."""

    link: Link = told("its name, leading to its page")
    state: str = told("how it ended, or that it goes on")
    tone: Tone = told("tone of the state")
    started_at: datetime = told("when it began, aware UTC")
    seconds: float | None = told("how long it took; None while it goes on", default=None)
    asked: str = told("the beginning of what was asked", default="")
    answered: str = told("the beginning of what was answered", default="")
    run: Link | None = told("the run that it belongs to", default=None)


@context
class TracesPage(Page):
    """Traces of an experiment, of a run, or of all experiments, newest first."""

    template: ClassVar[str] = "traces.html"
    section: ClassVar[str] = "Experiments"

    rows: tuple[TraceRow, ...] = told("the traces of this page, newest first")
    experiment: str = told("experiment whose traces are shown; empty for all, or those of a run", default="")
    run: Link | None = told("the run whose traces are shown", default=None)
    run_id: str = told("id of that run; empty for none", default="")
    where: str = told("the filter as typed; empty shows all", default="")
    problem: str = told("what is wrong with the filter, in one line", default="")
    next_url: str = told("address of older traces; empty at the end", default="")
    fill: Command = told("what makes a first trace, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Traces"

    @property
    def sentence(self) -> str:
        """How many there are and how many failed."""
        if self.problem:
            return "The traces cannot be shown: the filter is not understood."
        n_failed = sum(row.state == "failed" for row in self.rows)
        return trace_sentences.traces(len(self.rows), n_failed, is_filtered=bool(self.where), more=bool(self.next_url))

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Experiments, then the experiment or the run."""
        up = [Link(text="Experiments", url=urls.EXPERIMENTS)]
        if self.experiment:
            up.append(Link(text=self.experiment, url=urls.runs_url(experiments=(self.experiment,))))
        return (*up, *((self.run,) if self.run else ()))


@context
class Span:
    """One part of a trace: a call within it."""

    name: str = told("what was called")
    kind: str = told("what kind of call it was, as it was logged: CHAIN, TOOL", default="")
    depth: int = told("how deep it lies, 0 for the whole")
    starts: float = told("where it begins, as a share of the trace from 0 to 1")
    width: float = told("how long it takes, as a share of the trace from 0 to 1")
    seconds: float | None = told("how long it took; None when it never ended", default=None)
    error: str = told("why it failed; empty when it did not", default="")
    facts: tuple[tuple[str, str], ...] = told("what it was given, what it answered, and what else was logged")


@context
class TracePage(Page):
    """One trace: what was asked and answered, and its spans over time."""

    template: ClassVar[str] = "trace.html"
    section: ClassVar[str] = "Experiments"

    trace_id: str = told("id of the trace")
    name: str = told("what was called")
    experiment: str = told("experiment that it belongs to")
    state: str = told("how it ended, or that it goes on")
    tone: Tone = told("tone of the state")
    started_at: datetime = told("when it began, aware UTC")
    seconds: float | None = told("how long it took; None while it goes on", default=None)
    asked: str = told("the beginning of what was asked", default="")
    answered: str = told("the beginning of what was answered", default="")
    run: Link | None = told("the run that it belongs to", default=None)
    spans: tuple[Span, ...] = told("its parts as they began, those within one behind it", default=())
    n_spans: int = told("how many parts it has in all", default=0)
    tags: tuple[tuple[str, str], ...] = told("its tags, by name", default=())
    metadata: tuple[tuple[str, str], ...] = told("what else was logged of it, by name", default=())

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.name

    @property
    def sentence(self) -> str:
        """How it ended, how long it took, and where it failed."""
        failed = next((span for span in reversed(self.spans) if span.error), None)
        return trace_sentences.trace(self.state, self.seconds, failed.name if failed else "")

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The state."""
        return ((self.state, self.tone),)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Experiments, the traces of the experiment."""
        up = Link(text=f"Traces of {self.experiment}", url=urls.traces_url(experiment=self.experiment))
        return (Link(text="Experiments", url=urls.EXPERIMENTS), up)
