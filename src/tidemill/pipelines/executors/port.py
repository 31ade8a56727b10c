"""The port of executors. The scheduler decides what runs, and when; an executor calls a function somewhere.

Whether a result is reused is decided before a task is made. A task is tried once: retries, time-outs in the records,
catching and the order are the scheduler's. No executor writes a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from tidemill.pipelines.codecs.codec import Output
from tidemill.pipelines.graph.options import StepOptions
from tidemill.pipelines.graph.step import Step
from tidemill.pipelines.inputs import Ambient
from tidemill.pipelines.keys.code_digest import CodeDigest


@dataclass(frozen=True)
class LogLine:
    """A line that a step wrote, to ``stdout`` or ``stderr``. at: seconds since the epoch."""

    task_id: str
    at: float
    stream: str
    text: str


@dataclass(frozen=True)
class Task:
    """One try at one call of a step.

    id: unique in the run: ``3.1`` is the first try of the step at position 3, ``3[17].2`` the second of its element 17.
    arguments: by parameter. A tree of plain values, in which an `Output` stands for a kept result of an earlier step,
        `Held` for a result that lies in the memory of this process only, and a key of `ambients` (an id) for an
        outside read.
    outputs: the names of what it returns; several when it returns a tuple to be taken apart.
    code: what its result depends on beside its arguments, so that undeclared reads and changes are told.
    bundle: the digest of the recorded bundle that its code is taken from; empty: the project's folder.
    """

    id: str
    run_id: str
    position: int
    step: Step[Any, Any]
    arguments: Mapping[str, Any]
    ambients: Mapping[int, Ambient]
    outputs: tuple[str, ...]
    options: StepOptions
    element: int | None = None
    attempt: int = 1
    bundle: str = ""
    code: CodeDigest | None = None


@dataclass(frozen=True)
class Held:
    """A result that no codec keeps: executors that share this process's memory hand it on, others refuse it."""

    value: Any
    made_by: str


@dataclass(frozen=True)
class Usage:
    """What a task took. peak_memory_bytes: the most resident memory of its process meanwhile; None: not measured."""

    started_at: float
    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int | None = None
    host: str = ""
    pid: int = 0


@dataclass(frozen=True)
class TaskError:
    """Why a task ended without a result.

    kind: ``raised`` (the function raised), ``timeout``, ``cancelled``, ``lost`` (its process or node died: `message`
        says of what, such as the memory limit), ``refused`` (it cannot be sent there).
    error: the exception itself where it can be had; message: one line; details: the traceback through the project's
        files, as if local.
    """

    kind: str
    message: str
    details: str = ""
    error: BaseException | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    outputs: what was kept, by codec; unkept: why some could not be. values: by name, where memory is shared.
    doubts: what it read that is no input, in words: its result is then not reused.
    changed: the parts of its code's digest that it has changed while it ran, such as a global.
    """

    task_id: str
    usage: Usage
    outputs: tuple[Output, ...] = ()
    unkept: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    error: TaskError | None = None


@runtime_checkable
class Executor(Protocol):
    """Executes tasks. Used by one scheduler, from one thread.

    shares_memory: whether `Held` values can be handed to its tasks.
    """

    name: str
    shares_memory: bool

    def slots(self) -> int:
        """Return how many tasks are worth giving at once; 1 is serial. It may change as workers come and go."""
        ...

    def submit(self, task: Task, on_line: Callable[[LogLine], None]) -> None:
        """Take a task. What it writes is told of line by line, from any thread."""
        ...

    def wait(self, timeout_s: float | None = None) -> Sequence[Outcome]:
        """Return what has ended, waiting for the first; nothing when none did in time. Serial ones work in here."""
        ...

    def cancel(self, task_id: str, grace_s: float = 5.0) -> None:
        """End a task: asked first, forced when it goes on after the grace. Its outcome comes by `wait`."""
        ...

    def close(self) -> None:
        """End what runs and give back what it holds."""
        ...
