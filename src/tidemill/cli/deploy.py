"""tidemill deploy: serve a model version at an endpoint."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.session import open_session

app = typer.Typer(add_completion=False)


@app.command()
def deploy(
    endpoint: Annotated[str, typer.Argument(help="An endpoint.")],
    version: Annotated[str, typer.Argument(help="A model version such as delay/3 or delay@champion.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Serve a model version at an endpoint; a running data plane switches within a moment."""
    session = open_session(folder, home, project)
    revision = session.workspace.deployments.deploy(session.caller, endpoint, version)
    if json:
        print_json(revision)
    else:
        typer.echo(f"{endpoint} serves {revision.reference} as revision {revision.revision}")
