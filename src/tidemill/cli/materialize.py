"""tidemill materialize: bring feature values online for serving."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import only_json, print_json
from tidemill.cli.session import Session, open_session
from tidemill.core import from_iso, iso, not_found
from tidemill.features import Materialization
from tidemill.pipelines import CodeReader, InputResolver

app = typer.Typer(add_completion=False)


@app.command()
def materialize(
    view: Annotated[str | None, typer.Argument(help="A feature view; without it all of the project.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="What is known by this instant.  [default: now]", show_default=False)
    ] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Ingest the sources and bring the values of their feature views online."""
    session = open_session(folder, home, project, create=True)
    with only_json(json):
        done = _materialize(session, view, until)
    if json:
        print_json(done)
        return
    for one in done:
        typer.echo(f"{one.view}: {one.n_keys:,} keys as known by {iso(one.until)[:19]}Z")


def _materialize(session: Session, view: str | None, until: str | None) -> list[Materialization]:
    declared = session.project()
    if view is not None and view not in declared.feature_views:
        raise not_found("feature view", view, declared.feature_views)
    workspace = session.workspace
    instant = from_iso(until) if until else workspace.clock.now()
    resolver = InputResolver(workspace.datasets, session.caller, declared.folder, CodeReader(declared.folder))
    done = []
    for name, each in declared.feature_views.items():
        if view in {None, name}:
            rows = workspace.datasets.scan(resolver.version(each.source))
            done.append(workspace.features.materialize(session.caller, each, rows, instant))
    return done
