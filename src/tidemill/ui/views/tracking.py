"""Runs: the list, and one run with its steps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from tidemill.pipelines.drawing import Figure, Timeline, state_of
from tidemill.ui import run_sentences, sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Action, Link, Metric, Tone
from tidemill.ui.views.page import Page
from tidemill.ui.views.run_logged import Logged, LoggedMetric
from tidemill.ui.views.tuning import Study


class RunStatus(StrEnum):
    """How a run ended, or that it goes on."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def goes_on(self) -> bool:
        """Whether the run has not ended."""
        return self in {RunStatus.RUNNING, RunStatus.PAUSED}


STATUS_TONES = {
    RunStatus.SCHEDULED: Tone.QUIET,
    RunStatus.RUNNING: Tone.TIDE,
    RunStatus.PAUSED: Tone.WARN,
    RunStatus.FINISHED: Tone.GOOD,
    RunStatus.FAILED: Tone.BAD,
    RunStatus.CANCELLED: Tone.QUIET,
}


class StepState(StrEnum):
    """What happened to a step."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    EXECUTED = "executed"
    REUSED = "reused"
    FAILED = "failed"
    CAUGHT = "caught"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def tone(self) -> Tone:
        """Tone of the word.

        Examples:
            >>> StepState.CAUGHT.tone
            <Tone.WARN: 'warn'>
        """
        return Tone(state_of(self.value).tone)


@context
class DeadJob:
    """Queued work that was given up."""

    job_id: str = told("id of the job, 32 hex digits")
    kind: str = told("what kind of work it was: pipeline_run")
    reason: str = told("why it was given up, in one line")
    n_attempts: int = told("how often it was tried")
    ended_at: datetime | None = told("when it was given up, aware UTC")
    queued_by: str = told("who queued it")

    @property
    def cli(self) -> str:
        """Command that queues it again."""
        return f"tidemill jobs {self.job_id} --retry"


@context
class NamedDigest:
    """An input or output of a step: a name and the digest of its content."""

    name: str = told("name of the input or output")
    digest: str = told("digest of its content, 64 hex digits; empty when it was kept in memory only")
    words: str = told("what it is, in short: table, 51,955 x 14", default="")


@context
class StepRow:
    """One step of a run."""

    name: str = told("name of the step")
    state: StepState = told("what happened to it")
    reused_from: Link | None = told("run whose result was reused", default=None)
    seconds: float | None = told("how long it took; None when it did not run", default=None)
    reason: str = told("why it ran or did not: inputs changed: rows", default="")
    inputs: tuple[NamedDigest, ...] = told("inputs with digests", default=())
    outputs: tuple[NamedDigest, ...] = told("outputs with digests", default=())

    number: int = told("its place in the run, from 1", default=1)
    url: str = told("page of the step; empty where it has none", default="")
    kind: str = told("step, map, choice or approval", default="step")
    attempt: int = told("which try it was", default=1)
    elements: str = told("how many elements of a map are done: 812 of 1,000; empty for others", default="")
    usage: str = told("what it took, in short: 3.9 s CPU, 210 MB, cost 0.0012", default="")

    @property
    def tone(self) -> Tone:
        """Tone of the state."""
        return self.state.tone


@context
class Question:
    """Something that a run asks a person before it goes on."""

    question: str = told("what is asked")
    state: str = told("asked, approved, refused or expired")
    step: Link = told("the step that asks, leading to its page")
    role: str = told("the role that may answer")
    until: datetime | None = told("until when it waits, aware UTC; None for ever", default=None)
    answered: str = told("who answered and what they noted, in words", default="")
    shows: tuple[tuple[Link, str], ...] = told("what it is about: results, each leading to its step", default=())
    yes: Action | None = told("the button that approves; None for who may not", default=None)
    no: Action | None = told("the button that refuses", default=None)

    @property
    def tone(self) -> Tone:
        """Tone of the state."""
        return {"approved": Tone.GOOD, "refused": Tone.BAD, "expired": Tone.BAD}.get(self.state, Tone.WARN)


@context
class Param:
    """One parameter of a run."""

    name: str = told("name of the parameter")
    value: str = told("its value as text")


@context
class RunPage(Page):
    """One run of a pipeline."""

    template: ClassVar[str] = "run.html"
    section: ClassVar[str] = "Runs"

    run_id: str = told("id of the run, 32 hex digits")
    pipeline: str = told("name of the pipeline")
    status: RunStatus = told("how it ended, or that it goes on")
    started_at: datetime = told("when it started, aware UTC")
    seconds: float | None = told("how long it took; None while it goes on")
    started_by: str = told("who started it")
    steps: tuple[StepRow, ...] = told("its steps in order")
    studies: tuple[Study, ...] = told("what its steps tuned", default=())
    params: tuple[Param, ...] = told("its parameters", default=())
    metrics: tuple[Metric, ...] = told("its metrics, the one that matters first", default=())
    code_digest: str = told("digest of the project's code, 64 hex digits", default="")
    commit: str = told("commit of the project's repository; empty outside one", default="")
    dirty: bool = told("whether files differed from the commit", default=False)
    error: str = told("why it failed, in one line", default="")
    produced: Link | None = told("what came out: a model version", default=None)
    figure: Figure | None = told("its graph with what each step came to", default=None)
    folds: tuple[Link, ...] = told("its nested pipelines, each leading to the page with it folded or open", default=())
    timeline: Timeline | None = told("when its steps waited and ran", default=None)
    n_steps: int = told("how many steps it has in all", default=0)
    n_bars: int = told("how many steps the time line has in all", default=0)
    cost: float | None = told("what its steps cost", default=None)
    currency: str = told("currency of the configured prices; empty without prices", default="")
    bundle: str = told("the bundle that its code came from; empty for the project's folder", default="")
    questions: tuple[Question, ...] = told("what it asks people", default=())
    cancel: Action | None = told("the button that cancels it", default=None)
    again: Action | None = told("the button that runs the same again", default=None)
    live_url: str = told("address that is asked for what has changed; empty once it has ended", default="")
    stamp: str = told("stands for what is shown: the same as long as nothing has changed", default="")
    logs_url: str = told("address of its log lines; empty where none are kept", default="")
    name: str = told("what the run is called; empty for one of a pipeline", default="")
    logged: Logged = told("what it logged, beside its steps", default=Logged())

    @property
    def title(self) -> str:
        """Heading of the page."""
        named = self.name and self.name != self.pipeline
        return self.name if named else f"{self.pipeline} {self.run_id[-6:]}"

    @property
    def headline(self) -> tuple[LoggedMetric, ...]:
        """The metrics that stand first: up to three, none of those of the machine."""
        own = [group for group in self.logged.groups if group.name != "of the machine"]
        first = [it for group in own if group.is_open for it in group.metrics]
        return tuple(first or [it for group in own for it in group.metrics])[:3] if not self.n_steps else ()

    @property
    def n_done(self) -> int:
        """How many of the steps shown have ended."""
        going = {StepState.WAITING, StepState.RUNNING, StepState.PAUSED}
        return sum(step.state not in going for step in self.steps)

    @property
    def sentence(self) -> str:
        """How it ended, what was executed and what reused."""
        reused = sum(step.state is StepState.REUSED for step in self.steps)
        executed = sum(step.state is StepState.EXECUTED for step in self.steps)
        if not self.n_steps and not self.steps:
            return run_sentences.run(self.status.value, self.seconds, self.error, self.logged.n_metrics)
        return sentences.run(self.status.value, executed, reused, self.seconds, self.error)

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The status."""
        return ((self.status.value, STATUS_TONES[self.status]),)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Runs, then the pipeline; or the experiments, then the one of the run."""
        if self.n_steps:
            up = Link(text=self.pipeline, url=urls.pipeline_url(self.pipeline))
            return (Link(text="Runs", url=urls.RUNS), up)
        up = Link(text=self.pipeline, url=urls.runs_url(experiments=(self.pipeline,)))
        return (Link(text="Experiments", url=urls.EXPERIMENTS), up)
