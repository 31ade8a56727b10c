"""Taking the table of runs along: as files, as Python, as a command, as a saved view."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse

from tidemill.access import Role
from tidemill.core import UsageError
from tidemill.server.answers import form_lists
from tidemill.server.pages.run_address import RunsAsked
from tidemill.server.pages.run_cells import kind_of
from tidemill.server.roles import Call, Editor
from tidemill.tracking.saved_views import SavedView, ViewSearch
from tidemill.ui import views

SAVE_URL, FORGET_URL = "/runs/views", "/runs/views/delete"


def exports(asked: RunsAsked) -> tuple[views.Link, ...]:
    """Return the runs that match as files, with all columns that are logged and shown."""
    query = [("where", asked.where)] if asked.where else []
    query += [("order_by", asked.order)] if asked.order else []
    query += [("experiment", name) for name in asked.experiments]
    query += [("fields", column) for column in _logged(asked)]
    return tuple(
        views.Link(text=name, url=f"/api/runs/export?{urlencode([('format', kind), *query])}")
        for name, kind in (("CSV", "csv"), ("Parquet", "parquet"))
    )


def python(call: Call, asked: RunsAsked) -> str:
    """Return Python that gives the runs that match as a frame."""
    arguments = [repr(asked.where)] if asked.where else []
    arguments += [f"order_by={asked.order!r}"] if asked.order else []
    arguments += [f"experiments={list(asked.experiments)!r}"] if asked.experiments else []
    arguments += [f"fields={_logged(asked)!r}"] if _logged(asked) else []
    arguments.append(f"url={str(call.request.base_url).rstrip('/')!r}")
    return f"import tidemill as tm\n\nprint(tm.search_runs({', '.join(arguments)}))"


def cli(asked: RunsAsked) -> str:
    """Return the command that lists the runs that match."""
    words = ["tidemill", "runs"]
    words += ["--where", asked.where] if asked.where else []
    words += ["--order-by", asked.order] if asked.order else []
    for name in asked.experiments:
        words += ["--experiment", name]
    words += ["--columns", ",".join(_logged(asked))] if _logged(asked) else []
    return shlex.join(words)


def saved(call: Call, asked: RunsAsked) -> tuple[views.SavedView, ...]:
    """Return the saved views, each with the address that shows it."""
    return tuple(_view(each, asked) for each in call.rooms.tracking.saved_views.list(call.caller))


def save_url(call: Call) -> str:
    """Return where a view is saved; empty for who may not."""
    return SAVE_URL if call.caller.role >= Role.EDITOR else ""


def save(call: Editor, form: Annotated[dict[str, list[str]], form_lists()]) -> RedirectResponse:
    """Save what the table shows under a name, and show it."""
    name = "".join(form.get("name", [])[:1]).strip()
    if not name:
        raise UsageError("a view has a name; type one")
    asked = _asked(form)
    orders = (asked.order,) if asked.order else ()
    search = ViewSearch(asked.where, orders, asked.experiments, tuple(_logged(asked)))
    call.rooms.tracking.saved_views.create(call.caller, name, search)
    return RedirectResponse(asked.url(), status_code=303)


def forget(call: Editor, form: Annotated[dict[str, list[str]], form_lists()]) -> RedirectResponse:
    """Delete a saved view, and show the runs that the page showed."""
    asked = _asked(form)
    call.rooms.tracking.saved_views.delete(call.caller, "".join(form.get("name", [])[:1]))
    return RedirectResponse(asked.url(), status_code=303)


def _asked(form: Mapping[str, Sequence[str]]) -> RunsAsked:
    """Return what the page showed that a form was sent from."""
    return RunsAsked(
        tuple(form.get("experiment", ())),
        "".join(form.get("filter", [])[:1]),
        "".join(form.get("order", [])[:1]),
        tuple(form.get("column", ())),
    )


def _view(view: SavedView, asked: RunsAsked) -> views.SavedView:
    order = view.search.order_by[0] if view.search.order_by else ""
    columns = ("name", "experiment", "status", "started", *view.search.columns) if view.search.columns else ()
    shown = RunsAsked(view.search.experiments, view.search.where, order, columns)
    same = (shown.experiments, shown.where, shown.order) == (asked.experiments, asked.where, asked.order)
    return views.SavedView(
        name=view.name,
        url=shown.url(),
        is_shown=same and _logged(shown) == _logged(asked),
    )


def _logged(asked: RunsAsked) -> list[str]:
    return [column for column in asked.columns if kind_of(column)[0]]
