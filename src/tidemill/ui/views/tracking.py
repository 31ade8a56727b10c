"""Runs: the list, and one run with its steps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from tidemill.ui import sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Command, Link, Metric, Tone
from tidemill.ui.views.page import Page
from tidemill.ui.views.tuning import Study


class RunStatus(StrEnum):
    """How a run ended, or that it goes on."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


STATUS_TONES = {
    RunStatus.RUNNING: Tone.TIDE,
    RunStatus.FINISHED: Tone.GOOD,
    RunStatus.FAILED: Tone.BAD,
    RunStatus.CANCELLED: Tone.QUIET,
}


class StepState(StrEnum):
    """What happened to a step."""

    EXECUTED = "executed"
    REUSED = "reused"
    RUNNING = "running"
    FAILED = "failed"
    SKIPPED = "skipped"


@context
class RunRow:
    """One line of the list of runs."""

    run_id: str = told("id of the run, 32 hex digits")
    pipeline: str = told("name of the pipeline or experiment")
    status: RunStatus = told("how it ended, or that it goes on")
    started_at: datetime = told("when it started, aware UTC")
    seconds: float | None = told("how long it took; None while it goes on")
    n_steps: int = told("steps of the run")
    n_reused: int = told("steps whose recorded result was reused")
    metric: Metric | None = told("the number that matters", default=None)
    produced: Link | None = told("what came out: a model version", default=None)
    started_by: str = told("who started it")

    @property
    def tone(self) -> Tone:
        """Tone of the status."""
        return STATUS_TONES[self.status]


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
class RunsPage(Page):
    """List of runs."""

    template: ClassVar[str] = "runs.html"
    section: ClassVar[str] = "Runs"

    runs: tuple[RunRow, ...] = told("one row per run, newest first")
    n_runs: int = told("runs in all, after the filter")
    older_url: str = told("page of older runs; empty on the last", default="")
    q: str = told("words the list is filtered by; empty for all", default="")
    dead_jobs: tuple[DeadJob, ...] = told("queued work that was given up, newest first", default=())
    fill: Command = told("command that makes a first run, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Runs"

    @property
    def sentence(self) -> str:
        """How many, how many go on, how many failed among those shown."""
        return sentences.runs(
            self.n_runs,
            len(self.runs),
            sum(row.status is RunStatus.RUNNING for row in self.runs),
            sum(row.status is RunStatus.FAILED for row in self.runs),
        )


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

    @property
    def tone(self) -> Tone:
        """Tone of the state."""
        return {StepState.FAILED: Tone.BAD, StepState.RUNNING: Tone.TIDE, StepState.EXECUTED: Tone.GOOD}.get(
            self.state, Tone.QUIET
        )


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

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"{self.pipeline} {self.run_id[-6:]}"

    @property
    def sentence(self) -> str:
        """How it ended, what was executed and what reused."""
        reused = sum(step.state is StepState.REUSED for step in self.steps)
        executed = sum(step.state is StepState.EXECUTED for step in self.steps)
        return sentences.run(self.status.value, executed, reused, self.seconds, self.error)

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The status."""
        return ((self.status.value, STATUS_TONES[self.status]),)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Runs."""
        return (Link(text="Runs", url=urls.RUNS),)
