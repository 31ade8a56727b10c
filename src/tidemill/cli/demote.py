"""tidemill demote: take a model version out of an environment, or an alias away."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.session import open_session
from tidemill.core import UsageError
from tidemill.registry import ModelReference

app = typer.Typer(add_completion=False)


@app.command()
def demote(
    version: Annotated[str, typer.Argument(help="What stands in an environment, as delay@staging.")],
    note: Annotated[str, typer.Option("--note", help="Why, in words.")] = "",
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Take a version out of an environment, or an alias away; what an endpoint serves is rolled back instead."""
    named = ModelReference.parse(version)
    if named.alias is None:
        raise UsageError(f"{version!r} names no environment; write what stands there, as {named.model}@staging")
    session = open_session(folder, home, project)
    gone = session.workspace.promotions.demote(session.caller, named.model, named.alias, note)
    if json:
        print_json(gone)
    else:
        typer.echo(f"{gone.reference} is {named.alias} no more")
