"""The executor in this process: one step after the other, in the thread that asks, so that breakpoints work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from tidemill.pipelines.codecs.codec import Codecs
from tidemill.pipelines.executors.calling import call_task
from tidemill.pipelines.executors.interruption import InterruptedStep, Interruptible
from tidemill.pipelines.executors.output_capture import captured_output
from tidemill.pipelines.executors.port import LogLine, Outcome, Task, TaskError, Usage

IN_PROCESS = "in-process"


class InProcess:
    """Executes tasks within `wait`, in the calling thread. `cancel` may be called from any other thread."""

    name = IN_PROCESS
    shares_memory = True

    def __init__(self, codecs: Codecs) -> None:
        self._codecs = codecs
        self._tasks: deque[tuple[Task, Callable[[LogLine], None]]] = deque()
        self._cancelled: set[str] = set()
        self._current: tuple[str, Interruptible] | None = None

    def slots(self) -> int:
        """Return 1."""
        return 1

    def submit(self, task: Task, on_line: Callable[[LogLine], None]) -> None:
        """Take a task. What it writes goes where this process writes, and is told of."""
        self._tasks.append((task, on_line))

    def wait(self, timeout_s: float | None = None) -> Sequence[Outcome]:  # noqa: ARG002 - it works in here
        """Execute the next task and return its outcome."""
        if not self._tasks:
            return ()
        task, on_line = self._tasks.popleft()
        began, clock = time.time(), time.perf_counter()
        interruptible = Interruptible(task.options.timeout)
        try:
            with interruptible:
                self._current = (task.id, interruptible)
                if task.id in self._cancelled:
                    interruptible.why = "cancelled"
                    raise InterruptedStep
                with captured_output(on_line, task.id):
                    outcome = call_task(task, self._codecs)
        except InterruptedStep:
            outcome = Outcome(task.id, Usage(began, time.perf_counter() - clock, 0.0))
        finally:
            self._current = None
        if interruptible.why and (outcome.error is None or isinstance(outcome.error.error, InterruptedStep)):
            outcome = Outcome(task.id, outcome.usage, error=_interrupted(task, interruptible.why))
        return (outcome,)

    def cancel(self, task_id: str, grace_s: float = 5.0) -> None:  # noqa: ARG002 - there is no force
        """Interrupt a task, or do not begin it."""
        self._cancelled.add(task_id)
        current = self._current
        if current is not None and current[0] == task_id:
            current[1].interrupt()

    def close(self) -> None:
        """Forget what was not begun."""
        self._tasks.clear()


def _interrupted(task: Task, why: str) -> TaskError:
    if why == "timeout" and task.options.timeout is not None:
        seconds = task.options.timeout.total_seconds()
        return TaskError("timeout", f"step {task.step.name!r} took longer than its timeout of {seconds:g} s")
    return TaskError("cancelled", f"step {task.step.name!r} was cancelled")
