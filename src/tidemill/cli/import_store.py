"""tidemill import: bring runs and models here from MLflow: a folder, a database or a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.moved import print_report
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.progress import shown_progress
from tidemill.cli.session import open_session
from tidemill.compat.mlflow_stores import Opening, import_store

app = typer.Typer(add_completion=False)


@app.command(name="import")
def import_(
    source: Annotated[
        str, typer.Argument(help="An mlruns folder, sqlite:///FILE, postgresql://HOST/NAME or http://HOST:PORT.")
    ],
    artifacts: Annotated[
        Path | None, typer.Option("--artifacts", help="The root of the artifacts, when they were moved.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what there is; change nothing.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Bring experiments, runs and models here from MLflow, ids kept, and compare. Run again, it goes on."""
    session = open_session(folder, home, project, create=True)
    with shown_progress() as told:
        opened = Opening(source, artifacts, dry_run=dry_run)
        report = import_store(session.workspace, opened, session.caller, told)
    if json:
        print_json(report)
    else:
        print_report(report)
    if report.different:
        raise typer.Exit(1)
