"""Which steps take less time than sending them would."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tidemill.pipelines.executors.port import Task

#: A message there and back, with its packing; and what a process takes until it is warm is far more.
MESSAGE_S, STARTING_S = 0.001, 0.005
_LEAST_SEEN = 2


def unknown(_step: str) -> float | None:
    """Know nothing of a step."""
    return None


class QuickSteps:
    """Remembers how long steps took. expected_s: how long a step took in earlier runs, None when it had none.

    >>> steps = QuickSteps()
    >>> for _ in range(3):
    ...     steps.note("trim", 0.0002)
    >>> steps.lately()
    True
    """

    def __init__(self, expected_s: Callable[[str], float | None] = unknown) -> None:
        self._expected_s = expected_s
        self._seen: dict[str, deque[float]] = {}
        self._lately: deque[float] = deque(maxlen=16)

    def note(self, step: str, seconds: float) -> None:
        """Take in how long a step took."""
        self._seen.setdefault(step, deque(maxlen=8)).append(seconds)
        self._lately.append(seconds)

    def lately(self) -> bool:
        """Tell whether the last tasks were so quick that a process should find the next one waiting."""
        return bool(self._lately) and sum(self._lately) / len(self._lately) < STARTING_S

    def is_worth_staying(self, task: Task, *, any_ready: bool) -> bool:
        """Tell whether a task is better executed here: it is known to be quick, and nothing bounds it.

        any_ready: whether a process waits for it; else more is worth its while.
        """
        options = task.options
        if options.timeout is not None or options.resources.memory_bytes is not None or options.resources.gpus:
            return False
        expected = self._expected(task.step.name)
        return expected is not None and expected < (MESSAGE_S if any_ready else STARTING_S)

    def is_quick(self, task: Task) -> bool:
        """Tell whether a task is known to be so quick that the next one may wait behind it in one process."""
        expected = self._expected(task.step.name)
        return expected is not None and expected < STARTING_S

    def _expected(self, step: str) -> float | None:
        seen = self._seen.get(step, ())
        return max(seen) if len(seen) >= _LEAST_SEEN else self._expected_s(step)
