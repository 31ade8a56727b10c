"""tidemill promote: point an alias at a model version."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.session import open_session
from tidemill.registry import CHAMPION

app = typer.Typer(add_completion=False)


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="A model version such as delay/3.")],
    alias: Annotated[str, typer.Option("--alias", help="The alias to move.")] = CHAMPION,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Point an alias at a model version; a new champion is also served at the endpoints of its model."""
    session = open_session(folder, home, project)
    done, revisions = session.workspace.deployments.promote(session.caller, version, alias)
    if json:
        print_json({"promotion": done, "revisions": revisions})
        return
    if not done.changed:
        typer.echo(f"{done.model}@{done.alias} is {done.model}/{done.version} already")
    else:
        before = f", before {done.model}/{done.previous}" if done.previous else ""
        typer.echo(f"{done.model}@{done.alias} is {done.model}/{done.version} now{before}")
    for revision in revisions:
        typer.echo(f"endpoint {revision.endpoint} serves {revision.reference} as revision {revision.revision}")
