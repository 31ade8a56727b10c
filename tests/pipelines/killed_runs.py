"""Runs in a process of their own that is killed at a point of time, forked from one in which all is imported."""

from __future__ import annotations

import os
import signal
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.pipelines.projects import ANN, Sandbox, open_sandbox
from tidemill.pipelines.codecs import Codecs
from tidemill.pipelines.recorder import Recorder
from tidemill.pipelines.scheduler import Scheduler

PROJECT = """
from pathlib import Path
import tidemill as tm

CALLS = Path(__file__).parent / "calls.txt"

def count(name):
    with CALLS.open("a") as file:
        file.write(name + "\\n")

@tm.step
def numbers(n: int) -> list[int]:
    count("numbers")
    return list(range(n))

@tm.step
def square(x: int) -> int:
    count(f"square {x}")
    return x * x

@tm.step
def total(xs: list[int]) -> int:
    count("total")
    return sum(xs)

@tm.step(outputs=("low", "high"))
def halves(x: int) -> tuple[int, int]:
    count("halves")
    return x // 2, x - x // 2

@tm.step
def big(x: int) -> bool:
    count("big")
    return x > 10

@tm.step
def added(a: int, b: int) -> int:
    count("added")
    return a + b

@tm.pipeline
def p(n: int = 5):
    low, high = halves(total(square.map(numbers(n))))
    return tm.when(big(low), then=lambda: added(low, high), otherwise=lambda: added(high, 1))
"""
#: What a run does between which it may be killed: each is a point before, and one after.
_DOES = ((Recorder, "flush"), (Codecs, "encode"), (Scheduler, "_end"), (Scheduler, "_give"), (Scheduler, "_take"))


def calls(sandbox: Sandbox) -> Counter[str]:
    """Return how often each step was executed."""
    file = sandbox.folder / "calls.txt"
    return Counter(file.read_text().splitlines() if file.exists() else [])


def committed(sandbox: Sandbox) -> set[str]:
    """Return the steps that have ended by the records, as `calls` names them; elements by what they were given."""
    names = set()
    for run in sandbox.workspace.tracking.list_runs(ANN):
        for step in sandbox.workspace.pipelines.steps(ANN, run.id):
            if step.state == "executed" and step.kind == "step":
                names.add(step.step)
        elements = sandbox.workspace.pipelines.elements(ANN, run.id, 1)
        names |= {f"square {each.element}" for each in elements if each.state == "executed"}
    return names


def run_killed(folder: Path, at: int) -> int:
    """Run the pipeline in a forked process that kills itself at its `at`-th point; return how it ended."""
    return _forked(lambda: _run(folder, _killing(at)))


def n_points(folder: Path) -> int:
    """Return how many points a whole run passes."""
    file = folder / "points.txt"
    assert _forked(lambda: _run(folder, lambda number: file.write_text(str(number)))) == 0
    return int(file.read_text())


def _run(folder: Path, point: Callable[[int], Any]) -> None:
    with _points(point):
        open_sandbox(folder).run()


def _killing(at: int) -> Callable[[int], Any]:
    return lambda number: os.kill(os.getpid(), signal.SIGKILL) if number == at else None


@contextmanager
def _points(point: Callable[[int], Any]) -> Iterator[None]:
    passed = 0

    def at_point() -> None:
        nonlocal passed
        passed += 1
        point(passed)

    def around(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            at_point()
            result = function(*args, **kwargs)
            at_point()
            return result

        return wrapped

    before = [(kind, name, getattr(kind, name)) for kind, name in _DOES]
    for kind, name, function in before:
        setattr(kind, name, around(function))
    try:
        yield
    finally:
        for kind, name, function in before:
            setattr(kind, name, function)


def _forked(act: Callable[[], object]) -> int:
    return os.waitpid(begun(act), 0)[1]


def begun(act: Callable[[], object]) -> int:
    """Do something in a forked process; return its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads are left behind, and none of them is needed
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return pid
