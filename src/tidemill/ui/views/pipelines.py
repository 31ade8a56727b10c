"""Pipelines: the list, one with its graph and runs, and what a run of it would do."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.pipelines.drawing import Figure
from tidemill.ui import urls
from tidemill.ui.context import context, told
from tidemill.ui.formats import count, duration, number, plural
from tidemill.ui.values import Action, Command, Link, Tone
from tidemill.ui.views.page import Page
from tidemill.ui.views.tracking import STATUS_TONES, Param, RunStatus


@context
class PipelineRow:
    """One line of the list of pipelines."""

    name: str = told("name of the pipeline")
    status: RunStatus | None = told("how its last run ended, or that it goes on; None when it never ran", default=None)
    last: Link | None = told("its last run", default=None)
    started_at: datetime | None = told("when that began, aware UTC", default=None)
    seconds: float | None = told("how long that took; None while it goes on", default=None)
    course: tuple[float, ...] = told("how long its finished runs took, oldest first", default=())
    n_steps: int = told("steps of its last run", default=0)
    next_due_at: datetime | None = told("event time at which a run of it is due next", default=None)
    endpoints: tuple[Link, ...] = told("endpoints that take candidates from it", default=())

    @property
    def tone(self) -> Tone:
        """Tone of the status."""
        return STATUS_TONES[self.status] if self.status else Tone.QUIET


@context
class PipelinesPage(Page):
    """List of pipelines."""

    template: ClassVar[str] = "pipelines.html"
    section: ClassVar[str] = "Pipelines"

    pipelines: tuple[PipelineRow, ...] = told("one row per pipeline, the latest run first")
    fill: Command = told("command that makes a first run, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Pipelines"

    @property
    def sentence(self) -> str:
        """How many there are, how many run, how many failed last."""
        if not self.pipelines:
            return "No pipeline has run yet."
        on = sum(row.status is not None and row.status.goes_on for row in self.pipelines)
        failed = sum(row.status is RunStatus.FAILED for row in self.pipelines)
        running = f"{on} {'runs' if on == 1 else 'run'} now, " if on else ""
        return f"{plural(len(self.pipelines), 'pipeline')}; {running}{failed or 'none'} failed last."


@context
class PastRun:
    """A run of a pipeline in a line."""

    run: Link = told("the run, leading to its page")
    status: RunStatus = told("how it ended, or that it goes on")
    started_at: datetime = told("when it began, aware UTC")
    seconds: float | None = told("how long it took; None while it goes on")
    states: tuple[str, ...] = told("what its steps came to, in order")
    started_by: str = told("who started it")

    @property
    def tone(self) -> Tone:
        """Tone of the status."""
        return STATUS_TONES[self.status]


@context
class PipelinePage(Page):
    """One pipeline: its graph as of the last run, and its runs."""

    template: ClassVar[str] = "pipeline.html"
    section: ClassVar[str] = "Pipelines"

    name: str = told("name of the pipeline")
    figure: Figure | None = told("its graph with what each step of the last run came to; None before a run")
    folds: tuple[Link, ...] = told("its nested pipelines, each leading to the page with it folded or open", default=())
    runs: tuple[PastRun, ...] = told("its latest runs, newest first")
    course: tuple[float, ...] = told("how long its finished runs took, oldest first", default=())
    params: tuple[Param, ...] = told("the params of the last run", default=())
    endpoints: tuple[Link, ...] = told("endpoints that take candidates from it", default=())
    next_due_at: datetime | None = told("event time at which a run of it is due next", default=None)
    n_queued: int = told("runs of it that wait for a worker", default=0)
    run: Action | None = told("the button that runs it; None for who may not", default=None)
    fill: Command = told("command that makes a first run, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.name

    @property
    def sentence(self) -> str:
        """How its last run went, and what is queued."""
        queued = f" {plural(self.n_queued, 'run')} of it {'waits' if self.n_queued == 1 else 'wait'} for a worker."
        if not self.runs:
            return "It has not run yet." + (queued if self.n_queued else "")
        last = self.runs[0]
        if last.status.goes_on:
            said = "It runs now." if last.status is RunStatus.RUNNING else "Its last run waits for an answer."
        else:
            said = f"Its last run {last.status.value} in {duration(last.seconds)}."
        return said + (queued if self.n_queued else "")

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """How its last run ended."""
        return ((self.runs[0].status.value, self.runs[0].tone),) if self.runs else ()

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Pipelines."""
        return (Link(text="Pipelines", url=urls.PIPELINES),)


@context
class PlannedRow:
    """One step of a plan."""

    number: int = told("its place, from 1")
    name: str = told("name of the step, behind those of the nested pipelines that it lies in")
    action: str = told("run, reuse, or unknown until an earlier step has run")
    reason: str = told("why, in words")
    seconds: float | None = told("how long it is expected to take; None when nothing is known", default=None)
    cost: float | None = told("what it is expected to cost", default=None)

    @property
    def tone(self) -> Tone:
        """Tone of the action."""
        return {"run": Tone.TIDE, "unknown": Tone.WARN}.get(self.action, Tone.QUIET)


@context
class PlanPage(Page):
    """What a run would do, before anything runs."""

    template: ClassVar[str] = "plan.html"
    section: ClassVar[str] = "Pipelines"

    name: str = told("name of the pipeline")
    params: tuple[Param, ...] = told("the params it is planned with; those of the last run before a plan is made")
    url: str = told("where the wish for a plan is posted to")
    may_plan: bool = told("whether the caller may plan: it commits changed files as dataset versions")
    steps: tuple[PlannedRow, ...] | None = told("the plan; None before it is made", default=None)
    figure: Figure | None = told("the plan as a graph", default=None)
    error: str = told("why it cannot be planned, in one line", default="")
    currency: str = told("currency of the expected costs; empty without prices", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"Plan of {self.name}"

    @property
    def sentence(self) -> str:
        """What would run, and for how long."""
        if self.error:
            return "It cannot be planned."
        if self.steps is None:
            return "A plan says what a run would do and why; nothing is executed."
        runs = [step for step in self.steps if step.action == "run"]
        unknown = sum(step.action == "unknown" for step in self.steps)
        reused = len(self.steps) - len(runs) - unknown
        said = f"{count(len(runs))} of {plural(len(self.steps), 'step')} would run, {count(reused)} would be reused"
        known = [step.seconds for step in self.steps if step.seconds is not None and step.action != "reuse"]
        expected = f", about {duration(sum(known))}" if known else ""
        costs = [step.cost for step in self.steps if step.cost is not None and step.action != "reuse"]
        expected += f" and {number(sum(costs))} {self.currency}".rstrip() if costs else ""
        return f"{said}{f', {count(unknown)} known later' if unknown else ''}{expected}."

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Pipelines, then the pipeline."""
        return (
            Link(text="Pipelines", url=urls.PIPELINES),
            Link(text=self.name, url=urls.pipeline_url(self.name)),
        )
