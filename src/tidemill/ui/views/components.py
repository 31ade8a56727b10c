"""The catalogue of components."""

from __future__ import annotations

from typing import ClassVar

from tidemill.ui import sentences
from tidemill.ui.context import context, told
from tidemill.ui.views.page import Page


@context
class ComponentRow:
    """One step or pipeline that can be used."""

    name: str = told("name of the component")
    kind: str = told("step or pipeline")
    package: str = told("distribution that it comes from")
    version: str = told("its version, else that of the distribution")
    docs: str = told("what its docstring says, without the example")
    inputs: tuple[str, ...] = told("what it takes: name, type and default of each")
    outputs: tuple[str, ...] = told("what it returns: name and type of each")
    example: str = told("the example in its docstring; empty for none")
    take: str = told("the Python that imports it")


@context
class ComponentsPage(Page):
    """Steps and pipelines of Tidemill and of installed packages."""

    template: ClassVar[str] = "components.html"
    section: ClassVar[str] = "Components"

    components: tuple[ComponentRow, ...] = told("one row per component")
    q: str = told("words the list is filtered by; empty for all", default="")

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Components"

    @property
    def sentence(self) -> str:
        """How many there are, of how many packages."""
        return sentences.components(len(self.components), len({row.package for row in self.components}))
