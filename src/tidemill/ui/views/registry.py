"""Models: the list, one registered model, one model version with its evidence."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import sentences, urls
from tidemill.ui.context import context, told
from tidemill.ui.formats import count
from tidemill.ui.values import (
    Action,
    CalibrationBin,
    ChainLink,
    Command,
    Estimate,
    Fact,
    Gate,
    Link,
    Metric,
    Tone,
)
from tidemill.ui.views.page import Page


@context
class ModelRow:
    """One line of the list of models."""

    name: str = told("name of the registered model")
    task: str = told("binary or regression; empty when nobody has told")
    n_versions: int = told("how many versions are registered")
    champion: int | None = told("version that the alias champion points to; None when none does")
    metric: Metric | None = told("the champion's number that matters", default=None)
    updated_at: datetime = told("when it was last changed, aware UTC")
    owner: str = told("who answers for it", default="")
    is_prompt: bool = told("whether its versions are prompts, and no models", default=False)
    aliases: tuple[str, ...] = told("its other aliases", default=())
    tags: tuple[tuple[str, str], ...] = told("its tags, by name", default=())


@context
class ModelsPage(Page):
    """List of registered models."""

    template: ClassVar[str] = "models.html"
    section: ClassVar[str] = "Models"

    models: tuple[ModelRow, ...] = told("one row per model, newest first")
    fill: Command = told("command that registers a first model, shown when there is none")
    q: str = told("words the list is filtered by; empty for all", default="")
    n_models: int = told("how many match in all; as many as are shown where that is not told", default=0)
    older_url: str = told("page of those changed before these; empty on the last", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Models"

    @property
    def sentence(self) -> str:
        """How many there are and how many serve as champion."""
        if self.n_models > len(self.models):
            return f"{count(self.n_models)} models, the latest changed first."
        return sentences.models(len(self.models), sum(row.champion is not None for row in self.models))


@context
class VersionRow:
    """One line of a model's versions."""

    version: int = told("number of the version")
    aliases: tuple[str, ...] = told("aliases that point to it now", default=())
    metric: Metric | None = told("the number that matters, with its interval", default=None)
    gate_passed: bool | None = told("the gate's verdict; None when not judged", default=None)
    dataset: Link = told("dataset version it was trained on")
    run: Link = told("run that made it")
    created_at: datetime = told("when it was registered, aware UTC")
    created_by: str = told("who registered it")
    environments: tuple[str, ...] = told("environments it stands in", default=())
    tags: tuple[tuple[str, str], ...] = told("its tags, by name", default=())


@context
class ModelPage(Page):
    """One registered model and its versions."""

    template: ClassVar[str] = "model.html"
    section: ClassVar[str] = "Models"

    name: str = told("name of the registered model")
    task: str = told("binary or regression")
    versions: tuple[VersionRow, ...] = told("its versions, newest first")
    description: str = told("what it is for", default="")
    owner: str = told("who answers for it", default="")
    created_at: datetime | None = told("when it was created, aware UTC", default=None)
    tags: tuple[tuple[str, str], ...] = told("its tags, by name", default=())
    aliases: tuple[Link, ...] = told("its aliases and where they point", default=())
    n_versions: int = told("how many versions there are, shown or not", default=0)
    endpoints: tuple[Link, ...] = told("endpoints that serve it", default=())
    fill: Command = told("what registers a first version, shown when there is none")
    is_prompt: bool = told("whether its versions are prompts, and no models", default=False)

    @property
    def title(self) -> str:
        """Heading of the page."""
        return self.name

    @property
    def sentence(self) -> str:
        """Which version is champion and how good it is."""
        champion = next((row for row in self.versions if "champion" in row.aliases), None)
        return sentences.model(
            max(self.n_versions, len(self.versions)),
            None if champion is None else champion.version,
            None if champion is None else champion.metric,
            tuple(link.text for link in self.endpoints),
        )

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """That it is a prompt, when it is one."""
        return (("prompt", Tone.QUIET),) if self.is_prompt else ()

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Models."""
        return (Link(text="Models", url=urls.MODELS),)


@context
class Slice:
    """The number that matters on one part of the rows."""

    column: str = told("column that cuts the rows")
    value: str = told("value of the column on this part")
    estimate: Estimate = told("the number on this part, with interval and count of rows")


@context
class RocCurve:
    """Receiver operating characteristic on the held-out rows."""

    points: tuple[tuple[float, float], ...] = told("false and true positive rate, ascending, each 0 to 1")
    auc: Estimate = told("area under the curve with its interval")


@context
class Input:
    """One input of a model's signature."""

    name: str = told("name of the column")
    kind: str = told("number or category")
    n_levels: int | None = told("how many levels a category has; None for a number", default=None)
    nullable: bool = told("whether a missing value is allowed", default=True)


@context
class Parity:
    """How close the compiled model is to the one that was trained."""

    passed: bool = told("whether the compiled model may answer instead")
    sentence: str = told("what was compared and the largest difference, in words")
    runtime: str = told("what answers now: onnx or native")


@context
class ModelFile:
    """One file of a model package."""

    name: str = told("name inside the package")
    n_bytes: int = told("size in bytes")
    digest: str = told("sha256 of its content, 64 hex digits")


@context
class VersionPage(Page):
    """One model version with all its evidence."""

    template: ClassVar[str] = "version.html"
    section: ClassVar[str] = "Models"

    name: str = told("name of the registered model")
    version: int = told("number of the version")
    aliases: tuple[str, ...] = told("aliases that point to it now", default=())
    task: str = told("binary or regression")
    created_at: datetime = told("when it was registered, aware UTC")
    created_by: str = told("who registered it")
    package_digest: str = told("digest of the model package, 64 hex digits")
    gate: Gate | None = told("the gate's verdict; None when no gate was asked", default=None)
    gate_url: str = told("where its whole gate report is; empty without one", default="")
    promotion: Action | None = told("the one thing to do; None when there is nothing to promote", default=None)
    metrics: tuple[Metric, ...] = told("metrics on the held-out rows, the one that matters first")
    slices: tuple[Slice, ...] = told("the metric that matters on parts of the rows", default=())
    roc: RocCurve | None = told("its ROC curve; None for a regression", default=None)
    calibration: tuple[CalibrationBin, ...] = told("calibration bins, ascending; empty when none", default=())
    inputs: tuple[Input, ...] = told("inputs of the signature in the model's order")
    output: str = told("what the model answers: probability of late")
    parity: Parity | None = told("parity report of the compiled model", default=None)
    lineage: tuple[ChainLink, ...] = told("the chain from the data to the alias, oldest first")
    files: tuple[ModelFile, ...] = told("files of the package")
    environments: tuple[str, ...] = told("environments it stands in", default=())
    description: str = told("what is said of it", default="")
    tags: tuple[tuple[str, str], ...] = told("its tags, by name", default=())
    facts: tuple[Fact, ...] = told("source, flavours, and what else came with it", default=())
    params: tuple[tuple[str, str], ...] = told("params it was made with", default=())
    tracked: tuple[tuple[str, str], ...] = told("metrics that its run had logged", default=())
    prompt: str = told("the prompt's text; empty for a model", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"{self.name}/{self.version}"

    @property
    def sentence(self) -> str:
        """Whether it passed its gate, how good it is, whether it is champion."""
        if self.prompt:
            return sentences.prompt(self.aliases)
        return sentences.version(self.gate, self.metrics[0] if self.metrics else None, self.aliases)

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """The aliases, then the environments."""
        aliases = tuple((alias, Tone.TIDE) for alias in self.aliases)
        return (*aliases, *((environment, Tone.QUIET) for environment in self.environments))

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Models, then the model."""
        return (
            Link(text="Models", url=urls.MODELS),
            Link(text=self.name, url=urls.model_url(self.name)),
        )
