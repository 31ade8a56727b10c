"""tidemill retrain: begin a turn of the loop by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.session import open_session

app = typer.Typer(add_completion=False)


@app.command()
def retrain(
    endpoint: Annotated[str, typer.Argument(help="An endpoint.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Begin a turn of the loop at once: a worker retrains, the gate judges, the better version serves."""
    session = open_session(folder, home, project)
    turn = session.workspace.loop.retrain(session.caller, endpoint)
    if json:
        print_json(turn)
        return
    typer.echo(f"turn {turn.id} of {endpoint} begun; the worker of 'tidemill up' runs it")
    typer.echo(f"'tidemill loop {endpoint}' says what came of it")
