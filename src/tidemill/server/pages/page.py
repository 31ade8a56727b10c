"""Serving a page: one context, shown as HTML and told as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from fastapi import Depends
from fastapi.responses import HTMLResponse

from tidemill.server.answers import Json
from tidemill.server.routes.route import Route
from tidemill.ui import render, urls
from tidemill.ui.views import Page

_ONLY_SHOWN = ("frame", "python", "cli")


class Pages(NamedTuple):
    """A room's pages: contexts by path, and the routes that are no page of their own."""

    contexts: tuple[tuple[str, Callable[..., Page]], ...] = ()
    routes: tuple[Route, ...] = ()

    def all_routes(self) -> tuple[Route, ...]:
        """Return the routes of a room; a twin comes before its page, whose last name would take it in."""
        pages = [route for path, build in self.contexts for route in page_routes(path, build)]
        return (*self.routes, *pages)


def page_routes(path: str, build: Callable[..., Page]) -> tuple[Route, Route]:
    """Return the routes of a page's twin and of the page itself; `build` is called as a dependency."""
    built = Depends(build)

    def twin(page: Any = built) -> Json:
        return Json(page_json(page))

    def shown(page: Any = built) -> HTMLResponse:
        return HTMLResponse(render(page))

    return Route("GET", urls.json_url(path), twin), Route("GET", path, shown)


def page_json(page: Page) -> dict[str, Any]:
    """Return what a page shows as JSON values, its title and sentence first."""
    shown: dict[str, Any] = msgspec.to_builtins(page, str_keys=True)
    facts = {name: value for name, value in shown.items() if name not in _ONLY_SHOWN}
    told = {"title": page.title, "sentence": page.sentence, "project": page.frame.project, "made_at": page.frame.now}
    return told | facts
