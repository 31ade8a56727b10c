"""The project whose steps the conformance suite of executors asks to be executed, and tasks of them."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from tidemill.pipelines.executors import Executor, LogLine, Outcome, Task
from tidemill.pipelines.graph.options import Resources, StepOptions
from tidemill.pipelines.graph.step import Step

PROJECT = """
import os, signal, subprocess, sys, time
import numpy as np
import tidemill as tm


@tm.step
def double(x):
    return 2 * x


@tm.step(outputs=("low", "high"))
def halves(values):
    return values[: len(values) // 2], values[len(values) // 2 :]


@tm.step
def total(rows):
    return float(rows.sum())


@tm.step
def fail(x):
    return _deeper(x)


def _deeper(x):
    raise ValueError(f"{x} is no good")


@tm.step
def peek(path):
    with open(path) as file:
        return file.read()


@tm.step
def leave(x):
    sys.exit(x)


@tm.step
def exit_hard(code):
    os._exit(code)


@tm.step
def kill_self(number):
    os.kill(os.getpid(), number)
    time.sleep(30)


@tm.step
def write(n):
    for i in range(n):
        print("line", i)
    print("warned", file=sys.stderr)
    os.write(1, b"below Python\\\\n")
    sys.stdout.write("unfinished")
    return n


@tm.step
def tell_then_wait(path):
    print("begun", flush=True)
    _wait_for(path)
    return True


def _wait_for(path):
    deadline = time.monotonic() + 60
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.01)


@tm.step
def sleep_politely(seconds, path):
    open(path, "w").write(str(os.getpid()))
    time.sleep(seconds)


@tm.step
def sleep_stubbornly(seconds, path):
    open(path, "w").write(str(os.getpid()))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            time.sleep(seconds)
        except BaseException:
            pass


@tm.step
def no_codec(x):
    return object()


@tm.step
def allocate(n_bytes):
    held = []
    for _ in range(n_bytes // 8_000_000):
        held.append(np.ones(1_000_000))
        time.sleep(0.002)
    return len(held)


@tm.step
def spin(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return os.getpid()


@tm.step
def call(function, x):
    return function(x)


def outer():
    @tm.step
    def hidden(x):
        return x

    return hidden


@tm.step
def slow_sum(rows, path):
    open(path, "w").write(str(os.getpid()))
    time.sleep(4)
    return float(rows.sum())


@tm.step
def draw():
    import random
    return [random.random(), float(np.random.rand())]
"""


#: A step, or the name of one of the project.
StepName = str | Step[Any, Any]


@dataclass
class Bench:
    """An executor at work on the project: gives it tasks and gathers what comes of them."""

    executor: Executor
    module: ModuleType
    lines: list[LogLine] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    n_given: int = 0

    def give(self, step: StepName, arguments: dict[str, Any], options: StepOptions | None = None, **more: Any) -> str:
        """Submit a task of a step of the project, and return its id."""
        found: Any = getattr(self.module, step) if isinstance(step, str) else step
        self.n_given += 1
        names = found.outputs or ("result",)
        task = Task(
            f"{self.n_given}.1",
            "run",
            self.n_given,
            found,
            arguments,
            more.pop("ambients", {}),
            names,
            options or StepOptions(),
            **more,
        )
        self.executor.submit(task, self.lines.append)
        return task.id

    def wait_for(self, *task_ids: str, within_s: float = 60.0) -> list[Outcome]:
        """Return the outcomes of tasks, waiting for them. Fails when one does not come, or comes twice."""
        self.wait_until(lambda: all(each in self.outcomes for each in task_ids), within_s)
        return [self.outcomes[each] for each in task_ids]

    def wait_until(self, holds: Callable[[], bool], within_s: float = 60.0) -> None:
        """Gather outcomes until something holds. Fails when it does not in time."""
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, f"not within {within_s} s; known: {sorted(self.outcomes)}"
            self._gather(self.executor.wait(0.05))
            time.sleep(0.001)

    def do(self, step: StepName, arguments: dict[str, Any], options: StepOptions | None = None, **more: Any) -> Outcome:
        """Execute one task and return its outcome."""
        return self.wait_for(self.give(step, arguments, options, **more))[0]

    def text_of(self, task_id: str, stream: str = "stdout") -> list[str]:
        """Return the lines that a task wrote."""
        return [line.text for line in self.lines if (line.task_id, line.stream) == (task_id, stream)]

    def _gather(self, ended: Sequence[Outcome]) -> None:
        for outcome in ended:
            assert outcome.task_id not in self.outcomes, f"{outcome.task_id} ended twice"
            self.outcomes[outcome.task_id] = outcome


def write_project(folder: Path) -> ModuleType:
    """Write the project into a folder, import it as a pipeline's run would, and return its module."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "conformance_project"
    (folder / f"{name}.py").write_text(PROJECT.replace("\\\\n", "\\n"), "utf-8")
    (folder / "tidemill.toml").write_text(f'module = "{name}.py"\n', "utf-8")
    sys.modules.pop(name, None)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


def within(seconds: float, memory_bytes: int | None = None) -> StepOptions:
    """Return the options of a step with a time-out, and a memory limit."""
    return StepOptions(timeout=timedelta(seconds=seconds), resources=Resources(memory_bytes=memory_bytes))


def is_alive(pid: int) -> bool:
    """Tell whether a process lives; one that has ended and was not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
