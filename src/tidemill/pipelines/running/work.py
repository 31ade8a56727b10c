"""What is to be executed: one call of a step, its place in the queue, and whether another try is worth it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from tidemill.pipelines.executors.port import Task, TaskError, Usage
from tidemill.pipelines.graph.nodes import Node
from tidemill.pipelines.plan import Plan, StepKey
from tidemill.pipelines.running.step_records import Story

_LONGEST_BACKOFF = timedelta(hours=1)


class Order(NamedTuple):
    """A place in the queue of what is to be executed; the first goes first."""

    priority: int
    position: int
    number: int


@dataclass
class Work:
    """A call to be executed: of a step, or of an element of a map. attempt: which try it is; spent: what those before
    it took."""

    node: Node
    key: StepKey
    arguments: dict[str, Any]
    story: Story
    why: str = ""
    element: int | None = None
    attempt: int = 1
    spent: Usage | None = None

    @property
    def id(self) -> str:
        """Return the id of its task."""
        place = str(self.node.position) if self.element is None else f"{self.node.position}[{self.element}]"
        return f"{place}.{self.attempt}"

    def task(self, run_id: str, arguments: Mapping[str, Any], plan: Plan) -> Task:
        """Return the task that this try is."""
        node, step = self.node, self.node.step
        return Task(
            self.id,
            run_id,
            node.position,
            step,
            arguments,
            plan.ambients,
            step.output_names(),
            node.options,
            self.element,
            self.attempt,
            code=plan.codes[node.position],
        )

    def again(self, error: TaskError, usage: Usage) -> tuple[float, Work] | None:
        """Return the next try, and in how many seconds; None when it is not worth one. usage: of all until now."""
        options = self.node.options
        if error.kind == "cancelled" or self.attempt > options.retries or not _is_one(error, options.retry_on):
            return None
        wait = min(options.backoff * 2 ** min(self.attempt - 1, 30), _LONGEST_BACKOFF)
        why = f"tried again after: {error.message}"
        return wait.total_seconds(), replace(self, attempt=self.attempt + 1, why=why, spent=usage)

    def catches(self, error: TaskError) -> bool:
        """Tell whether an error becomes the result."""
        return error.kind != "cancelled" and _is_one(error, self.node.options.catch)


def kind_of_error(error: TaskError) -> type[BaseException]:
    """Return the class of what went wrong."""
    if error.error is not None:
        return type(error.error)
    return TimeoutError if error.kind == "timeout" else Exception


def _is_one(error: TaskError, wanted: tuple[type[Exception], ...]) -> bool:
    return issubclass(kind_of_error(error), wanted) if wanted else False
