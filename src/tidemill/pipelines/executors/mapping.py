"""One function over many items on an executor: for trials, batches and backtests."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from tidemill.core import new_id
from tidemill.pipelines.codecs.codec import Codecs
from tidemill.pipelines.errors import StepError
from tidemill.pipelines.executors.port import Executor, LogLine, Outcome, Task
from tidemill.pipelines.graph.options import StepOptions
from tidemill.pipelines.graph.step import Step
from tidemill.pipelines.inputs import Ambient


def _drop(_line: LogLine) -> None:
    """Do nothing with a line."""


def map_tasks(
    executor: Executor, function: Callable[..., Any], items: Sequence[Any], codecs: Codecs, **same_for_all: Any
) -> list[Any]:
    """Call a function with each item as its first argument, at once where the executor can; results in order.

    codecs: those of the executor's store. same_for_all: further arguments, of which large ones are stored once.
    Raises StepError for the first item, in order of ending, whose call fails; the others are cancelled.
    """
    outcomes = map_outcomes(executor, function, items, codecs, **same_for_all)
    return [value_of(outcome, codecs) for outcome in outcomes]


def map_outcomes(
    executor: Executor,
    function: Callable[..., Any],
    items: Sequence[Any],
    codecs: Codecs,
    *,
    until_failure: bool = True,
    **same_for_all: Any,
) -> list[Outcome]:
    """Do as `map_tasks` and return what became of each call. until_failure: whether the first one that fails ends all.

    Raises StepError for it.
    """
    made = _Tasks(function, codecs, same_for_all)
    waiting = [made.task(number, item) for number, item in enumerate(items)]
    order = [task.id for task in waiting]
    found: dict[str, Outcome] = {}
    running: set[str] = set()
    waiting.reverse()
    while len(found) < len(order):
        while waiting and len(running) < max(1, executor.slots()):
            task = waiting.pop()
            running.add(task.id)
            executor.submit(task, _drop)
        for outcome in executor.wait():
            if outcome.task_id not in running:
                continue
            running.discard(outcome.task_id)
            found[outcome.task_id] = outcome
            if outcome.error is not None and until_failure:
                _cancel_all(executor, running)
                raise StepError(outcome.error.message, outcome.error.details) from outcome.error.error
    return [found[task_id] for task_id in order]


def value_of(outcome: Outcome, codecs: Codecs) -> Any:
    """Return the result of a call that did not fail."""
    (output,) = outcome.outputs or (None,)
    return outcome.values["result"] if output is None else codecs.decode(output)


def _cancel_all(executor: Executor, running: set[str]) -> None:
    for task_id in list(running):
        executor.cancel(task_id, 0.0)
    while running:
        ended = executor.wait(30.0)
        if not ended:
            return
        running -= {outcome.task_id for outcome in ended}


class _Tasks:
    def __init__(self, function: Callable[..., Any], codecs: Codecs, same_for_all: dict[str, Any]) -> None:
        self._step = function if isinstance(function, Step) else Step(function)
        self._first = next(iter(inspect.signature(self._step.function).parameters))
        self._id = new_id()
        self._ambients: dict[int, Ambient] = {}
        self._same = {name: self._given(name, value, codecs) for name, value in same_for_all.items()}

    def task(self, number: int, item: Any) -> Task:
        arguments = {self._first: item, **self._same}
        task_id = f"{self._id}[{number}].1"
        return Task(
            task_id, self._id, 0, self._step, arguments, self._ambients, ("result",), StepOptions(), element=number
        )

    def _given(self, name: str, value: Any, codecs: Codecs) -> Any:
        if isinstance(value, Step | FunctionType):
            self._ambients[id(value)] = Ambient(f"the code of {name}", "", lambda: value)
            return value
        return codecs.encode(name, value) or value
