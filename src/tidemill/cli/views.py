"""tidemill views: keep searches of runs under names."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.run_search import split_columns
from tidemill.cli.session import open_session
from tidemill.tracking.saved_views import SavedView, ViewSearch, as_json

app = typer.Typer(no_args_is_help=True, help="Keep searches of runs under names; 'tidemill runs --view NAME' uses one.")

Name = Annotated[str, typer.Argument(help="Name of the view.")]


@app.command(name="list")
def list_views(folder: Folder = HERE, home: Home = None, project: ProjectName = None, json: Json = False) -> None:
    """List views."""
    session = open_session(folder, home, project)
    views = session.workspace.tracking.saved_views.list(session.caller)
    if json:
        print_json([as_json(view) for view in views])
        return
    rows = [(view.name, view.search.where or "-", view.created_by, short_time(view.created_at)) for view in views]
    print_table(("view", "where", "by", "created"), rows, "no view yet; 'tidemill views create' makes one")


@app.command()
def create(
    name: Name,
    where: Annotated[str, typer.Option("--where", help="A filter, as of 'tidemill runs'.")] = "",
    order_by: Annotated[list[str] | None, typer.Option("--order-by", help="An order; may be repeated.")] = None,
    experiment: Annotated[list[str] | None, typer.Option("--experiment", help="Of these only.")] = None,
    columns: Annotated[list[str] | None, typer.Option("--columns", help="As metrics.auc,params.depth.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Keep a search under a name."""
    session = open_session(folder, home, project)
    search = ViewSearch(where, tuple(order_by or ()), tuple(experiment or ()), split_columns(columns))
    _print(session.workspace.tracking.saved_views.create(session.caller, name, search), json=json)


@app.command()
def show(name: Name, folder: Folder = HERE, home: Home = None, project: ProjectName = None, json: Json = False) -> None:
    """Show a view."""
    session = open_session(folder, home, project)
    _print(session.workspace.tracking.saved_views.get(session.caller, name), json=json)


@app.command()
def delete(
    name: Name, folder: Folder = HERE, home: Home = None, project: ProjectName = None, json: Json = False
) -> None:
    """Forget a view."""
    session = open_session(folder, home, project)
    session.workspace.tracking.saved_views.delete(session.caller, name)
    if json:
        print_json({"deleted": name})
    else:
        typer.echo(f"the view {name} is gone")


def _print(view: SavedView, *, json: bool) -> None:
    if json:
        print_json(as_json(view))
        return
    search = view.search
    facts = {
        "where": search.where,
        "order by": ", ".join(search.order_by),
        "experiments": ", ".join(search.experiments),
    }
    print_facts({"view": view.name, **facts, "columns": ", ".join(search.columns), "by": view.created_by})
