"""What every page has: the frame around it, a title, one sentence, a way up, a way to take it along."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from tidemill.ui import urls
from tidemill.ui.context import context, told
from tidemill.ui.values import Link, Tone


@context
class Frame:
    """What the server knows on every request, whatever the page."""

    project: str = told("project whose rows are shown")
    caller: str = told("name of the signed-in caller")
    path: str = told("address of this page, path and query; its .json twin is derived from it")
    now: datetime = told("the moment the page was made, aware UTC; dates are told relative to it")
    version: str = told("version of Tidemill, shown at the foot", default="")
    is_admin: bool = told("whether the caller may do what only admins may", default=False)
    can_sign_out: bool = told("whether the caller signed in with a token and may sign out", default=False)


@context
class Page:
    """Base of every page context inside the frame."""

    template: ClassVar[str]
    section: ClassVar[str] = ""
    has_twin: ClassVar[bool] = True

    frame: Frame = told("the frame around the page")
    python: str = told("Python that gives what the page shows; empty hides its button", default="")
    cli: str = told("command that prints what the page shows; empty hides its button", default="")

    @property
    def title(self) -> str:
        """Heading of the page and name of the browser's tab."""
        raise NotImplementedError

    @property
    def sentence(self) -> str:
        """The first thing said: is it all right?"""
        raise NotImplementedError

    @property
    def chips(self) -> tuple[tuple[str, Tone], ...]:
        """Words shown as chips after the title, each with its tone."""
        return ()

    @property
    def crumbs(self) -> tuple[Link, ...]:
        """The way up, outermost first, without the page itself."""
        return ()

    @property
    def json_url(self) -> str:
        """Address of the same content as JSON."""
        return urls.json_url(self.frame.path)
