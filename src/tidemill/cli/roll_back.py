"""tidemill roll-back: serve again what an endpoint served before."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.session import open_session

app = typer.Typer(add_completion=False)


@app.command()
def roll_back(
    endpoint: Annotated[str, typer.Argument(help="An endpoint.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Serve again what an endpoint served before, and make that version the champion."""
    session = open_session(folder, home, project)
    revision = session.workspace.deployments.roll_back(session.caller, endpoint)
    if json:
        print_json(revision)
    else:
        typer.echo(f"{endpoint} serves {revision.reference} again, as revision {revision.revision}: {revision.reason}")
