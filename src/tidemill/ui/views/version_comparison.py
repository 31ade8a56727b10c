"""Two versions of a model side by side: what each is, how they were judged, what goes in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Estimate, Link
from tidemill.ui.views.page import Page


@context
class VersionSide:
    """One of the two versions."""

    version: int = told("number of the version")
    aliases: tuple[str, ...] = told("aliases that point at it", default=())
    created_at: datetime = told("when it was registered, aware UTC")
    created_by: str = told("who registered it")
    run: Link = told("the run that made it, leading to its page")
    dataset: Link | None = told("the dataset version it was trained on", default=None)
    passed: bool | None = told("whether its gate let it pass; None when none has judged it")
    gate: str = told("how its gate judged it, in short: passed, 3 of 3 checks")
    package_digest: str = told("digest of its package, 64 hex digits")


@context
class ComparedMetric:
    """A metric of both versions."""

    name: str = told("name as people say it")
    one: Estimate | None = told("of the first version; None where it has none", default=None)
    other: Estimate | None = told("of the second version", default=None)
    way: str = told("which end is better: higher, lower, or empty where that is not known", default="")

    @property
    def difference(self) -> float | None:
        """The second less the first."""
        return None if self.one is None or self.other is None else self.other.value - self.one.value

    @property
    def better(self) -> str:
        """Which is better in words; that they cannot be told apart where their intervals overlap."""
        if self.one is None or self.other is None or not self.way or self.one.value == self.other.value:
            return ""
        other_leads = (self.other.value > self.one.value) == (self.way == "higher")
        if _overlap(self.one, self.other):
            return "within the intervals"
        return "better" if other_leads else "worse"


def _overlap(one: Estimate, other: Estimate) -> bool:
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low <= other.high and other.low <= one.high


@context
class ComparedParam:
    """A param of the two runs."""

    name: str = told("name of the param")
    one: str = told("of the first version's run; empty where it has none")
    other: str = told("of the second version's run")


@context
class VersionsPage(Page):
    """Two versions of a model side by side."""

    template: ClassVar[str] = "versions.html"
    section: ClassVar[str] = "Models"

    name: str = told("name of the model")
    one: VersionSide = told("the first version, the older one")
    other: VersionSide = told("the second version")
    metrics: tuple[ComparedMetric, ...] = told("metrics that either has, the one that matters first")
    params: tuple[ComparedParam, ...] = told("params in which their runs differ")
    inputs_added: tuple[str, ...] = told("inputs that only the second takes", default=())
    inputs_gone: tuple[str, ...] = told("inputs that only the first takes", default=())
    versions: tuple[int, ...] = told("versions that can be chosen, newest first")
    runs_url: str = told("address that compares the two runs with their curves")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return f"{self.name}: {self.one.version} and {self.other.version}"

    @property
    def sentence(self) -> str:
        """What the metric that matters says, and what differs."""
        first = self.metrics[0] if self.metrics else None
        said = f"Version {self.other.version} against version {self.one.version}: "
        if first is None or first.difference is None:
            said += "no metric is known of both"
        elif first.better in {"better", "worse"}:
            said += f"{first.name} is {first.better}"
        else:
            said += f"{first.name} tells them not apart"
        n = len(self.params)
        return f"{said}, {f'{n} params differ' if n > 1 else 'one param differs' if n else 'no param differs'}."

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """Models, then the model."""
        return (Link(text="Models", url=urls.MODELS), Link(text=self.name, url=urls.model_url(self.name)))

    @property
    def sides(self) -> tuple[VersionSide, VersionSide]:
        """Both, the first one first."""
        return (self.one, self.other)
