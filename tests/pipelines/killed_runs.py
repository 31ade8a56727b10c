"""Runs in a process of their own that is killed at a point of time, forked from one in which all is imported."""

from __future__ import annotations

import os
import signal
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.pipelines.projects import ANN, Sandbox, open_sandbox
from tidemill.pipelines import RunOptions
from tidemill.pipelines.codecs.codec import Codecs
from tidemill.pipelines.running.recorder import Recorder
from tidemill.pipelines.running.scheduler import Scheduler
from tidemill.tracking import Run

PROJECT = """
from pathlib import Path
import tidemill as tm

CALLS = Path(__file__).parent / "calls.txt"

def count(name):
    with CALLS.open("a") as file:
        file.write(name + "\\n")

@tm.step
def numbers(n: int, salt: int) -> list[int]:
    count("numbers")
    return list(range(n))

@tm.step
def square(x: int, salt: int) -> int:
    count(f"square {x}")
    return x * x

@tm.step
def total(xs: list[int], salt: int) -> int:
    count("total")
    return sum(xs)

@tm.step(outputs=("low", "high"))
def halves(x: int, salt: int) -> tuple[int, int]:
    count("halves")
    return x // 2, x - x // 2

@tm.step
def big(x: int, salt: int) -> bool:
    count("big")
    return x > 10

@tm.step
def added(a: int, b: int, salt: int) -> int:
    count("added")
    return a + b

@tm.pipeline
def p(n: int = 5, salt: int = 0):
    low, high = halves(total(square.map(numbers(n, salt), salt=salt), salt), salt)
    big_one = big(low, salt)
    return tm.when(big_one, then=lambda: added(low, high, salt), otherwise=lambda: added(high, 1, salt))
"""
#: What a run does between which it may be killed: each is a point before, and one after.
_DOES = ((Recorder, "flush"), (Codecs, "encode"), (Scheduler, "_end"), (Scheduler, "_give"), (Scheduler, "_take"))


def calls(sandbox: Sandbox) -> Counter[str]:
    """Return how often each step was executed."""
    file = sandbox.folder / "calls.txt"
    return Counter(file.read_text().splitlines() if file.exists() else [])


def committed(sandbox: Sandbox, runs: Sequence[Run]) -> set[str]:
    """Return the steps that have ended in runs by the records, as `calls` names them; elements by what they got."""
    names = set()
    for run in runs:
        for step in sandbox.workspace.pipelines.steps(ANN, run.id):
            if step.state == "executed" and step.kind == "step":
                names.add(step.step)
        elements = sandbox.workspace.pipelines.elements(ANN, run.id, 1)
        names |= {f"square {each.element}" for each in elements if each.state == "executed"}
    return names


def run_killed(folder: Path, at: int, salt: int = 0, options: RunOptions | None = None) -> int:
    """Run the pipeline in a forked process that kills itself at its `at`-th point; return how it ended."""
    return _forked(lambda: _run(folder, _killing(at), salt, options))


def run_here(folder: Path, options: RunOptions) -> None:
    """Run the pipeline in this process."""
    _run(folder, lambda _: None, options=options)


def n_points(folder: Path) -> int:
    """Return how many points a whole run passes."""
    file = folder / "points.txt"
    assert _forked(lambda: _run(folder, lambda number: file.write_text(str(number)))) == 0
    return int(file.read_text())


def _run(folder: Path, point: Callable[[int], Any], salt: int = 0, options: RunOptions | None = None) -> None:
    with _points(point):
        sandbox = open_sandbox(folder)
        sandbox.workspace.pipelines.run(ANN, sandbox.plan(salt=salt), sandbox.folder, options)


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
