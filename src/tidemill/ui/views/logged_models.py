"""A model that a run logged, registered or not."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import urls
from tidemill.ui.context import context, told
from tidemill.ui.formats import plural
from tidemill.ui.values import ChainLink, Link, Tone
from tidemill.ui.views.page import Page
from tidemill.ui.views.run_logged import FileRow


@context
class ModelMeasure:
    """A value that a run has measured of a logged model."""

    key: str = told("key of the metric")
    text: str = told("the value as shown; what is no number in words")
    exact: str = told("the value in full")
    dataset: str = told("the dataset that it was measured on; empty when that was not told", default="")
    run: Link = told("the run that has measured it")


@context
class LoggedModelPage(Page):
    """A model that a run logged: what is known and was measured of it, its files, what it was registered as."""

    template: ClassVar[str] = "logged_model.html"
    section: ClassVar[str] = "Experiments"

    model_id: str = told("id of the logged model")
    name: str = told("what it is called")
    kind: str = told("what kind of model it is, as it was logged; empty when that was not told", default="")
    status: str = told("ready, being written, or not whole")
    tone: Tone = told("tone of the status", default=Tone.GOOD)
    experiment: str = told("experiment that it belongs to")
    created_at: datetime = told("when it was logged, aware UTC")
    created_by: str = told("who logged it")
    run: Link | None = told("the run that wrote it; None when there was none", default=None)
    lineage: tuple[ChainLink, ...] = told("the run, the model, and what it was registered as", default=())
    versions: tuple[Link, ...] = told("versions that it was registered as", default=())
    measures: tuple[ModelMeasure, ...] = told("what was measured of it, the last value of each", default=())
    params: tuple[tuple[str, str], ...] = told("its params, by name", default=())
    tags: tuple[tuple[str, str], ...] = told("its tags, by name", default=())
    files: tuple[FileRow, ...] = told("the first of its files and folders", default=())
    files_url: str = told("page of all its files; empty when it has none", default="")
    register: str = told("Python that registers it; empty once it is registered", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.name

    @property
    def sentence(self) -> str:
        """Whether it is whole, and what it was registered as."""
        if self.status != "ready":
            return f"The model is {self.status}."
        if not self.versions:
            return "The model is whole, and registered under no name yet."
        return f"The model is whole, and registered as {plural(len(self.versions), 'version')}."

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The status."""
        return ((self.status, self.tone),)

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Experiments, the experiment, the run."""
        up = Link(text=self.experiment, url=urls.runs_url(experiments=(self.experiment,)))
        return (Link(text="Experiments", url=urls.EXPERIMENTS), up, *((self.run,) if self.run else ()))
