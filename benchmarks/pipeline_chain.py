"""Pipelines of trivial steps, and what it takes to plan and run them."""

from __future__ import annotations

import itertools
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import from_iso, load_settings
from tidemill.pipelines import Plan, RunOptions
from tidemill.project import load_project

ANN = Caller("ann", role=Role.ADMIN)
CHAIN = """
import tidemill as tm

@tm.step
def increased(x: int) -> int:
    return x + 1

@tm.pipeline
def chain(n: int = 1):
    x = 0
    for _ in range(n):
        x = increased(x)
    return x
"""
MAP = """
import tidemill as tm

@tm.step
def rest(x: int) -> int:
    return x % 100

@tm.step
def total(xs: list[int]) -> int:
    return sum(xs)

@tm.pipeline
def mapped(n: int = 1):
    return total(rest.map(list(range(n))))
"""


class Took(NamedTuple):
    """What something took, by the wall clock and in CPU time of this process."""

    seconds: float
    cpu_seconds: float


class Chain:
    """A pipeline of `n` steps in a folder with a store of its own."""

    def __init__(self, folder: Path, n: int, text: str = CHAIN) -> None:
        (folder / "project.py").write_text(text, "utf-8")
        (folder / "tidemill.toml").write_text('module = "project.py"\n', "utf-8")
        self._folder = folder
        self._workspace = open_workspace(folder, load_settings(folder, environ={}))
        self._pipeline = load_project(folder, self._workspace.settings).pipeline(None)
        self._n = n
        self._plan: Plan | None = None
        self.plan()

    def plan(self) -> Took:
        """Plan it."""
        runner = self._workspace.pipelines
        took, self._plan = _timed(lambda: runner.plan(ANN, self._pipeline, self._folder, {"n": self._n}))
        return took

    def run(self, options: RunOptions | None = None) -> Took:
        """Run it as it was planned last."""
        plan = self._plan
        if plan is None:
            raise RuntimeError("it was not planned")
        return _timed(lambda: self._workspace.pipelines.run(ANN, plan, self._folder, options))[0]

    def step_seconds(self, options: RunOptions, after: int) -> float:
        """Run it; return what a step takes from the start of one to the start of the next, the median after some."""
        plan = self._plan
        if plan is None:
            raise RuntimeError("it was not planned")
        run = self._workspace.pipelines.run(ANN, plan, self._folder, options)
        begun = [from_iso(step.started_at).timestamp() for step in run.steps[after:]]
        return statistics.median(later - earlier for earlier, later in itertools.pairwise(begun))


def map_took(folder: Path, n: int) -> tuple[Took, float]:
    """Run a map of `n` elements; return what it took, and by how many MB the process's memory grew."""
    chain = Chain(folder, n, MAP)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = chain.run()
    return took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def _timed(act: Callable[[], Any]) -> tuple[Took, Any]:
    began, cpu = time.perf_counter(), time.process_time()
    result = act()
    return Took(time.perf_counter() - began, time.process_time() - cpu), result
