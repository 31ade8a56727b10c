"""Runs side by side: which there are, where their params differ, how their metrics ended."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import run_sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Command, Link, Tone
from tidemill.ui.views.page import Page


@context
class ComparedColumn:
    """A param or a metric that runs are compared by."""

    key: str = told("its key as it was logged")
    of: str = told("params or metrics")
    way: str = told("which end is better: higher, lower, or empty where that is not known", default="")


@context
class ComparedValue:
    """What one run has for one column."""

    text: str = told("the value as shown; empty where the run has none", default="")
    key: str = told("the value in full: a number where it is one", default="")
    is_best: bool = told("whether no compared run has a better one", default=False)


@context
class ComparedRun:
    """One of the runs side by side."""

    run_id: str = told("id of the run")
    name: str = told("what the run is called")
    url: str = told("page of the run")
    colour: int = told("number of its colour in the charts, 1 to 6")
    experiment: str = told("experiment it belongs to")
    status: str = told("how it ended, or that it goes on")
    tone: Tone = told("tone of the status")
    started_at: datetime = told("when it began, aware UTC")
    values: tuple[ComparedValue, ...] = told("its params and metrics in the order of the columns")


@context
class ComparePage(Page):
    """Runs side by side: curves, parallel coordinates, scatter, a table of what differs."""

    template: ClassVar[str] = "compare.html"
    section: ClassVar[str] = "Runs"

    runs: tuple[ComparedRun, ...] = told("the runs, at most 500")
    n_matching: int = told("how many there are that match; more than are shown where they are too many")
    columns: tuple[ComparedColumn, ...] = told("the params, then the metrics, that the table shows")
    charted: tuple[str, ...] = told("metrics whose curves are drawn")
    uncharted: tuple[Link, ...] = told("metrics that are not drawn, each leading to the page that draws it", default=())
    n_differing: int = told("params in which the runs differ")
    n_alike: int = told("params that are the same in each run")
    params_url: str = told("the same page with all params, or with the differing only; empty where that is the same")
    shows_all: bool = told("whether params that are the same are shown too", default=False)
    experiments: tuple[str, ...] = told("the experiments that the runs were asked from; empty for all", default=())
    where: str = told("the filter that chose the runs; empty when they were named", default="")
    problem: str = told("what is wrong with the filter, in one line", default="")
    best: str = told("which run is best by what, in one clause; empty where nobody can tell", default="")
    lacking: tuple[str, ...] = told("runs that were asked for and are not there", default=())
    exports: tuple[Link, ...] = told("the same runs as files", default=())
    fills: tuple[Command, ...] = told("commands that make a first run, shown when no run is chosen")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Compare"

    @property
    def sentence(self) -> str:
        """How many, in what they differ, which is best."""
        if self.problem:
            return "Nothing can be compared: the filter is not understood."
        return run_sentences.comparison(len(self.runs), self.n_differing, self.best)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Runs."""
        one = self.experiments if len(self.experiments) == 1 else ()
        return (Link(text=one[0] if one else "Runs", url=urls.runs_url(experiments=one)),)

    @property
    def n_params(self) -> int:
        """How many of the columns are params."""
        return sum(column.of == "params" for column in self.columns)
