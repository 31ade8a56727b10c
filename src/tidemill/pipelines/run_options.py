"""How to run, and what a run gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidemill.core import TidemillError
from tidemill.pipelines._repository import StepRun
from tidemill.pipelines.executors.port import LogLine
from tidemill.pipelines.figures import shown_run
from tidemill.pipelines.graph.approvals import RunApproval
from tidemill.pipelines.graph.nodes import MAP, STEP

WAITING, RUNNING, EXECUTED, REUSED = "waiting", "running", "executed", "reused"
STEP_FAILED, CAUGHT, SKIPPED, CANCELLED, PAUSED = "failed", "caught", "skipped", "cancelled", "paused"


def _ignore(_: object) -> None:
    """Do nothing with progress."""


def _nothing() -> None:
    """Go on."""


@dataclass(frozen=True)
class Only:
    """One step alone, on what the steps before it have made in a past run.

    step: its name, ``a/b/name`` with nested pipelines, or its number from 1.
    """

    step: str
    run_id: str


@dataclass(frozen=True)
class RunOptions:
    """How to run. `on_step` is told of each step as it ends; without cache every step executes.

    go_on: called right before anything is released; raises when the run is another's by now.
    executor: ``in-process`` or another that the workspace knows, empty for the one that its settings name; n_workers:
        how many tasks at once, 0 leaves it to it.
    only: one step of a past run. resume: the id of a paused run to go on with.
    park: raise `RunParked` where a person has to answer, instead of waiting; on_ask: told of each question.
    on_wait: told in one line what a run waits for before it begins. on_line: told of each line that steps write.
    concurrency: what to do beside another run of the pipeline, in place of what the pipeline says.
    commit: of the code when it is known; that of the folder is asked for when None, and empty stands for none.
    pools: how much of each named pool there is, by resource, in place of what the settings say.
    """

    use_cache: bool = True
    on_step: Callable[[StepRun], None] = _ignore
    tags: Mapping[str, str] = field(default_factory=dict)
    go_on: Callable[[], None] = _nothing
    executor: str = ""
    n_workers: int = 0
    only: Only | None = None
    resume: str = ""
    park: bool = False
    on_ask: Callable[[RunApproval], None] = _ignore
    on_wait: Callable[[str], None] = _ignore
    on_line: Callable[[LogLine], None] = _ignore
    concurrency: str = ""
    commit: str | None = None
    pools: Mapping[str, Mapping[str, float]] | None = None


@dataclass(frozen=True)
class PipelineRun:
    """A run that finished: its id, its steps, and the value that the pipeline returned."""

    run_id: str
    pipeline: str
    steps: tuple[StepRun, ...]
    result: Any

    def n_executed(self) -> int:
        """Return how many steps were executed and not reused."""
        return sum(step.state in {EXECUTED, CAUGHT} and step.kind in {STEP, MAP} for step in self.steps)

    def _repr_html_(self) -> str:
        """Show the run in a notebook: its graph with what each step came to, and why."""
        return shown_run(self.run_id, self.pipeline, self.steps)


class RunParked(TidemillError):  # noqa: N818 - no error: the run goes on when somebody has answered
    """A run waits for an answer and its process does not; `until` is when the time for it is over, ISO 8601 UTC."""

    code = "run_parked"

    def __init__(self, run_id: str, until: str | None) -> None:
        super().__init__(f"run {run_id} waits for an answer: 'tidemill approve {run_id}' gives one")
        self.run_id = run_id
        self.until = until


class RunSkipped(TidemillError):  # noqa: N818 - no error: that is what the pipeline says
    """A run was not begun, since another of its pipeline is at work."""

    code = "run_skipped"


class RunCancelled(TidemillError):  # noqa: N818 - somebody asked for it
    """A run was cancelled; what its steps have made is reused by the next."""

    code = "run_cancelled"
