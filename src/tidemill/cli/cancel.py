"""tidemill cancel: tell a run to end."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.session import open_session

app = typer.Typer(add_completion=False)


@app.command()
def cancel(
    run_id: Annotated[str, typer.Argument(help="A run that is at work or waits.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Tell a run to end; what its steps have made is kept, and running it again goes on from there."""
    session = open_session(folder, home, project)
    session.workspace.pipelines.cancel(session.caller, run_id)
    if json:
        print_json({"run_id": run_id, "cancelled": True})
        return
    typer.echo(f"run {run_id} is told to end; running it again goes on from there")
