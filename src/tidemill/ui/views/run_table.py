"""Experiments, and the table of runs: the columns that were asked for, the rows of one window of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import run_sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Command, Link, Tone
from tidemill.ui.views.page import Page
from tidemill.ui.views.tracking import DeadJob


@context
class ExperimentRow:
    """One line of the list of experiments."""

    name: str = told("name of the experiment; of a pipeline, its name")
    url: str = told("page of its runs")
    number: int | None = told("its number, by which MLflow calls it; None where none is known", default=None)
    n_runs: int = told("how many runs it has")
    n_running: int = told("how many of its latest runs go on", default=0)
    n_failed: int = told("how many of its latest runs failed", default=0)
    n_latest: int = told("how many runs those are", default=0)
    last: Link | None = told("its latest run", default=None)
    last_at: datetime | None = told("when something last happened in it, aware UTC", default=None)
    last_tone: Tone = told("tone of how its latest run ended", default=Tone.QUIET)
    last_words: str = told("how its latest run ended, in a word", default="")
    is_pipeline: bool = told("whether its runs are those of a pipeline", default=False)


@context
class ExperimentsPage(Page):
    """List of experiments."""

    template: ClassVar[str] = "experiments.html"
    section: ClassVar[str] = "Experiments"

    experiments: tuple[ExperimentRow, ...] = told("one row per experiment, the latest active first")
    n_experiments: int = told("how many there are in all")
    q: str = told("words that the list was filtered by; empty shows all", default="")
    older_url: str = told("address of those behind the ones shown; empty when there are none", default="")
    fills: tuple[Command, ...] = told("commands that make a first run, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Experiments"

    @property
    def sentence(self) -> str:
        """How many there are, what goes on and what failed of late."""
        return run_sentences.experiments(
            self.n_experiments,
            sum(row.n_runs for row in self.experiments),
            sum(row.n_running for row in self.experiments),
            sum(row.n_failed for row in self.experiments),
        )


@context
class RunColumn:
    """One column of the table of runs."""

    key: str = told("what it shows: metrics.auc, params.depth, tags.team, or an attribute such as status")
    label: str = told("its heading")
    of: str = told("what it is of: metrics, params, tags; empty for an attribute", default="")
    is_number: bool = told("whether it is aligned as numbers are", default=False)
    sort_url: str = told("the same page sorted by it, the other way when it is; empty where it cannot be", default="")
    sorted: str = told("ascending, descending, or empty", default="")
    is_chosen: bool = told("whether it is shown", default=True)


@context
class RunCell:
    """One value of the table of runs."""

    text: str = told("the value as it is shown; empty where the run has none")
    title: str = told("the value in full, shown on hover; empty when it is the text", default="")
    tone: str = told("tone of a chip; empty for plain text", default="")
    url: str = told("where it leads, a path of this site; empty for plain text", default="")

    @property
    def leads(self) -> bool:
        """Whether it is shown as a link: only a path of this site is."""
        return Link(text=self.text, url=self.url).leads


@context
class RunLine:
    """One run in the table."""

    run_id: str = told("id of the run")
    name: str = told("its name, said by its box")
    url: str = told("page of the run")
    cells: tuple[RunCell, ...] = told("its values in the order of the columns")
    goes_on: bool = told("whether it has not ended", default=False)
    failed: bool = told("whether it failed", default=False)


@context
class SavedView:
    """A filter, an order and columns under a name."""

    name: str = told("name of the view")
    url: str = told("the page as the view shows it")
    is_shown: bool = told("whether the page shows it now", default=False)


@context
class RunsPage(Page):
    """Runs of one experiment, of some, or of all: one window of the table."""

    template: ClassVar[str] = "runs.html"
    section: ClassVar[str] = "Runs"

    experiments: tuple[str, ...] = told("the experiments whose runs are shown; empty for all", default=())
    where: str = told("the filter as typed; empty shows all", default="")
    problem: str = told("what is wrong with the filter or the order, in one line", default="")
    order: str = told("what they are ordered by: metrics.auc DESC; empty for the newest first", default="")
    columns: tuple[RunColumn, ...] = told("the columns shown, in order")
    offered: tuple[RunColumn, ...] = told("columns that may be chosen, those shown first", default=())
    rows: tuple[RunLine, ...] = told("the runs of this window")
    at: int = told("place of the first of them among all that match, from 0", default=0)
    n_runs: int = told("how many runs match")
    window: int = told("how many runs a window has", default=100)
    older_url: str = told("address of the next window; empty at the end", default="")
    newer_url: str = told("address of the window before; empty at the beginning", default="")
    compare_url: str = told("address that compares what matches; empty for too many, or less than two", default="")
    exports: tuple[Link, ...] = told("the same runs as files", default=())
    saved: tuple[SavedView, ...] = told("saved views", default=())
    save_url: str = told("where a view of this page is saved; empty for who may not", default="")
    forget_url: str = told("where a saved view is deleted; empty for who may not", default="")
    kept: tuple[tuple[str, str], ...] = told("what the address asks for, name and value, kept by forms", default=())
    dead_jobs: tuple[DeadJob, ...] = told("queued work that was given up, newest first", default=())
    traces_url: str = told("page of the experiment's traces; empty when it has none", default="")
    fills: tuple[Command, ...] = told("commands that make a first run, shown when there is none")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.experiments[0] if len(self.experiments) == 1 else "Runs"

    @property
    def sentence(self) -> str:
        """How many, how many go on, how many failed."""
        if self.problem:
            return "The runs cannot be shown: the filter is not understood."
        on, failed = sum(row.goes_on for row in self.rows), sum(row.failed for row in self.rows)
        return run_sentences.runs(self.n_runs, len(self.rows), on, failed, is_filtered=bool(self.where))

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Experiments, for the runs of one."""
        return (Link(text="Experiments", url=urls.EXPERIMENTS),) if self.experiments else ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see, and nothing was asked."""
        return not (self.rows or self.where or self.at or self.problem)

    @property
    def kept_without(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """For each name of the address the other names and values, which its form sends along."""
        names = ("filter", "column", "order", "experiment")
        return {name: tuple(pair for pair in self.kept if pair[0] != name) for name in names}
