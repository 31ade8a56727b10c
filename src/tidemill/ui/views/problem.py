"""The page that says what went wrong and what to do."""

from __future__ import annotations

from typing import ClassVar

from tidemill.ui.context import context, told
from tidemill.ui.values import Command, Link
from tidemill.ui.views.page import Page


@context
class ErrorPage(Page):
    """An answer that is not what was asked for."""

    template: ClassVar[str] = "error.html"
    has_twin: ClassVar[bool] = False

    status: int = told("HTTP status: 404")
    what: str = told("what is wrong, with the value, in one line")
    to_do: str = told("what to do next, in one line; empty when the first line says it", default="")
    links: tuple[Link, ...] = told("pages that may be meant", default=())
    command: Command | None = told("a command that helps", default=None)

    @property
    def title(self) -> str:
        """Heading of the page."""
        names = {
            400: "That was not understood",
            401: "Sign in first",
            403: "Not allowed",
            404: "Not here",
            409: "Something else came first",
            503: "Not ready yet",
        }
        return names.get(self.status, "Something broke" if self.status >= 500 else "That did not work")

    @property
    def sentence(self) -> str:
        """What is wrong."""
        return self.what
