"""A step of a run: why it ran or did not, what went in and came out; and the elements of a map."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from tidemill.ui import urls
from tidemill.ui.context import context, told
from tidemill.ui.formats import count, duration, plural
from tidemill.ui.values import Link, Tone
from tidemill.ui.views.page import Page
from tidemill.ui.views.tracking import Question, StepState

_SAID = {
    StepState.WAITING: "It waits",
    StepState.RUNNING: "It runs",
    StepState.PAUSED: "It waits for an answer",
    StepState.EXECUTED: "It ran",
    StepState.REUSED: "It was reused",
    StepState.FAILED: "It failed",
    StepState.CAUGHT: "It failed, and the failure was caught",
    StepState.SKIPPED: "It was skipped",
    StepState.CANCELLED: "It was cancelled",
}


@context
class Preview:
    """A look at what a step returned."""

    kind: str = told("table, array, text, json, model, other or gone")
    columns: tuple[str, ...] = told("names of the columns of a table", default=())
    rows: tuple[tuple[Any, ...], ...] = told("its first rows", default=())
    n_rows: int | None = told("rows of the table in all", default=None)
    shown: str = told("the head of a text, or of an array", default="")
    facts: tuple[tuple[str, str], ...] = told("facts by name: shape, least, most, size", default=())
    note: str = told("why there is no more to see, in one line", default="")


@context
class OutputRow:
    """One output of a step."""

    name: str = told("name of the output")
    digest: str = told("digest of its content, 64 hex digits; empty when it was kept in memory only")
    about: str = told("what it is, in short: table, 51,955 x 14")
    codec: str = told("how it is kept")
    preview: Preview | None = told("a look at it", default=None)


@context
class InputRow:
    """One input of a step."""

    name: str = told("name of the step's parameter")
    digest: str = told("digest of its content, 64 hex digits")
    source: Link = told("what it was: an output of another step, leading to it, or a dataset version")


@context
class KeyPart:
    """One part of what decided whether the step's result could be reused."""

    name: str = told("what it is: code: train, input: rows")
    digest: str = told("its digest, 64 hex digits")


@context
class StepPage(Page):
    """One step of a run."""

    template: ClassVar[str] = "run_step.html"
    section: ClassVar[str] = "Runs"

    run_id: str = told("id of the run, 32 hex digits")
    pipeline: str = told("name of the pipeline")
    number: int = told("its place in the run, from 1")
    name: str = told("name of the step")
    kind: str = told("step, map, choice or approval")
    path: str = told("the nested pipelines it lies in, joined by a slash", default="")
    state: StepState = told("what it came to")
    reason: str = told("why it ran or did not, in words")
    reused_from: Link | None = told("run whose result was reused", default=None)
    started_at: datetime = told("when it began, aware UTC")
    seconds: float | None = told("how long it took; None while it goes on")
    facts: tuple[tuple[str, str], ...] = told("where and how it ran: executor, host, CPU seconds, memory, cost")
    line: str = told("where it is called in the project's code", default="")
    traceback: str = told("where it failed, through the project's own files", default="")
    inputs: tuple[InputRow, ...] = told("what went in", default=())
    outputs: tuple[OutputRow, ...] = told("what came out", default=())
    key: str = told("digest that stands for all parts together; empty when it must not be reused", default="")
    key_parts: tuple[KeyPart, ...] = told("what the key is made of", default=())
    elements: tuple[tuple[str, int], ...] = told("of a map: how many elements are in which state", default=())
    question: Question | None = told("what an approval asks", default=None)
    goes_on: bool = told("whether the run goes on", default=False)
    logs_url: str = told("address of the run's log lines; empty where none are kept", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"{self.number} {self.name}"

    @property
    def sentence(self) -> str:
        """What it came to, how long it took, and why."""
        took = f" in {duration(self.seconds)}" if self.seconds is not None else ""
        told = self.reason and self.state is not StepState.PAUSED
        reason = f": {self.reason}" if told else "."
        return f"{_SAID[self.state]}{took}{reason}"

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The state, and the kind of an uncommon step."""
        kind = ((self.kind, Tone.QUIET),) if self.kind != "step" else ()
        return ((self.state.value, self.state.tone), *kind)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Runs, then the run."""
        run = Link(text=f"{self.pipeline} {self.run_id[-6:]}", url=urls.run_url(self.run_id))
        return (Link(text="Runs", url=urls.RUNS), run)


@context
class ElementRow:
    """One element of a map."""

    element: int = told("its place in the list, from 0")
    state: StepState = told("what it came to")
    seconds: float = told("how long it took")
    note: str = told("why it ran or what went wrong, in one line")
    about: str = told("what came out, in short")
    digest: str = told("digest of what came out; empty when nothing was kept")


@context
class ElementsPage(Page):
    """The elements of a map, a page at a time."""

    template: ClassVar[str] = "run_elements.html"
    section: ClassVar[str] = "Runs"

    run_id: str = told("id of the run, 32 hex digits")
    pipeline: str = told("name of the pipeline")
    number: int = told("place of the map in the run, from 1")
    name: str = told("name of the step that is mapped")
    counts: tuple[tuple[str, int], ...] = told("how many elements are in which state")
    state: str = told("the state that is shown; empty for all", default="")
    rows: tuple[ElementRow, ...] = told("elements in order")
    next_url: str = told("the page after this; empty on the last", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"Elements of {self.name}"

    @property
    def sentence(self) -> str:
        """How many there are, and in which state."""
        total = sum(n for _, n in self.counts)
        each = ", ".join(f"{count(n)} {state}" for state, n in self.counts)
        return f"{plural(total, 'element')}: {each}." if each else "No element has begun yet."

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Runs, the run, the step."""
        return (
            Link(text="Runs", url=urls.RUNS),
            Link(text=f"{self.pipeline} {self.run_id[-6:]}", url=urls.run_url(self.run_id)),
            Link(text=f"{self.number} {self.name}", url=urls.run_step_url(self.run_id, self.number - 1)),
        )

    def url_of(self, state: str) -> str:
        """The page that shows one state only; all for an empty one."""
        return urls.run_elements_url(self.run_id, self.number - 1, state=state)
