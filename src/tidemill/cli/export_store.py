"""tidemill export: take runs and models to MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.moved import print_report
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.progress import shown_progress
from tidemill.cli.session import open_session
from tidemill.compat.mlflow_stores import Leaving, export_store

app = typer.Typer(add_completion=False)


@app.command(name="export")
def export(
    target: Annotated[
        str, typer.Argument(help="A folder for mlruns, sqlite:///FILE, postgresql://HOST/NAME or http://HOST:PORT.")
    ],
    artifacts: Annotated[
        Path | None,
        typer.Option("--artifacts", help="The folder for the files of a database.  [default: beside its file]"),
    ] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Take experiments, runs and models to MLflow, ids kept where it can, and compare. Run again, it goes on."""
    session = open_session(folder, home, project)
    with shown_progress() as told:
        report = export_store(session.workspace, Leaving(target, artifacts), session.caller, told)
    if json:
        print_json(report)
    else:
        print_report(report)
    if report.different:
        raise typer.Exit(1)
