"""What a run logged: metrics with their charts, tags, where it comes from, what went in and came out, its files."""

from __future__ import annotations

from datetime import datetime

from tidemill.ui.context import context, told
from tidemill.ui.values import ChainLink, Link, Tone


@context
class LoggedMetric:
    """The last value of a metric."""

    key: str = told("its key as it was logged")
    text: str = told("the last value as shown; what is no number in words")
    exact: str = told("the last value in full")
    step: int = told("the step of that value")
    at: datetime | None = told("when it was logged, aware UTC", default=None)
    is_number: bool = told("whether it is a number, and neither NaN nor an infinity", default=True)


@context
class MetricGroup:
    """Metrics whose keys begin alike: train/loss and train/auc."""

    name: str = told("what their keys begin with; empty for those without a prefix")
    metrics: tuple[LoggedMetric, ...] = told("the metrics, by key")
    is_open: bool = told("whether its charts are shown at first", default=True)


@context
class ChildRun:
    """A run within this one."""

    run: Link = told("its name, leading to its page")
    status: str = told("how it ended, or that it goes on")
    tone: Tone = told("tone of the status")
    started_at: datetime = told("when it began, aware UTC")
    metrics: str = told("its first metrics, in short", default="")


@context
class RunInput:
    """A dataset that went in."""

    link: Link = told("name of the dataset, leading to its page where there is one")
    context: str = told("what it was used for: training, evaluation", default="")
    words: str = told("how large it was: 200 rows, 3 columns; empty when that was not told", default="")
    digest: str = told("digest as it was logged", default="")
    source: str = told("where it came from, as it was logged", default="")


@context
class RunModel:
    """A model that a run wrote or read."""

    link: Link = told("its name, leading to its page")
    words: str = told("its kind and its step, in short", default="")
    state: str = told("that it is not whole, or was read; empty for one that was written", default="")
    tone: Tone = told("tone of the state", default=Tone.QUIET)
    versions: tuple[Link, ...] = told("versions that it was registered as, with their aliases", default=())


@context
class FileRow:
    """A file or a folder that a run keeps."""

    name: str = told("its name within the folder")
    url: str = told("page that shows it, or what is in it")
    n_bytes: int | None = told("its size; None for a folder", default=None)


@context
class Logged:
    """All that a run logged, beside its steps."""

    groups: tuple[MetricGroup, ...] = told("its metrics by what their keys begin with", default=())
    n_metrics: int = told("how many metrics it has in all", default=0)
    history_of: str = told("the run whose histories the charts ask for; empty before there are any", default="")
    tags: tuple[tuple[str, str], ...] = told("its tags, name and value, without those shown elsewhere", default=())
    note: str = told("its description, as it was typed", default="")
    facts: tuple[tuple[str, str], ...] = told("where it ran: command, host, Python, seed", default=())
    diff: str = told("uncommitted changes it ran with; empty for who may not see them", default="")
    packages: tuple[str, ...] = told("packages that were installed, with versions", default=())
    inputs: tuple[RunInput, ...] = told("datasets that went in", default=())
    models: tuple[RunModel, ...] = told("models that it wrote and read", default=())
    lineage: tuple[ChainLink, ...] = told("from its data to what was registered; may be empty", default=())
    traces_url: str = told("page of its traces; empty when it has none", default="")
    files: tuple[FileRow, ...] = told("the first of its files and folders", default=())
    files_url: str = told("page of all its files; empty when it has none", default="")
    children: tuple[ChildRun, ...] = told("runs within it, newest first", default=())
    parent: Link | None = told("the run that it is within", default=None)
    compare_url: str = told("address that compares its children; empty for less than two", default="")
