"""tidemill checkout: open a folder with a run's code, changes, params, lock and data versions."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json
from tidemill.cli.session import open_session
from tidemill.workbench import checkout_run

app = typer.Typer(add_completion=False)


@app.command()
def checkout(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run.")],
    into: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="A new folder.  [default: beside the project's]")
    ] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Open a folder with a run's code, changes, params, lock and data versions: a run there finds its steps done."""
    session = open_session(folder, home, project)
    made = checkout_run(session.workspace, session.caller, run_id, into)
    if json:
        print_json(made)
        return
    print_facts(
        {
            "folder": made.folder,
            "code": made.code,
            "data": ", ".join(made.pins.values()) or "nothing was read",
            "params": ", ".join(f"{name}={value}" for name, value in made.params.items()) or "none",
            "lock": made.lock or "the run had none",
        }
    )
    for note in made.notes:
        typer.echo(f"not as it was: {note}")
    typer.echo(f"go on with: cd {shlex.quote(str(made.folder))} && tidemill run {made.pipeline}")
