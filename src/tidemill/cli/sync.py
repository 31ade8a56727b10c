"""tidemill sync: bring what waits in journals to the store, or the servers, that it was logged to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Home, Json
from tidemill.cli.output import print_json, print_table, safe_text
from tidemill.core import UsageError, load_settings
from tidemill.recording import sync as sync_journals

app = typer.Typer(add_completion=False)


@app.command()
def sync(
    folder: Annotated[Path, typer.Argument(help="The folder that was logged in (default: this one).")] = HERE,
    home: Home = None,
    json: Json = False,
) -> None:
    """Bring what waits in a folder's journals to where it was logged to; what is there already is not added again."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the one that was logged in, which has a .tidemill in it")
    report = sync_journals(load_settings(folder, home=home.absolute() if home else None))
    if json:
        print_json(report)
    else:
        for line in report.said:
            typer.echo(safe_text(line), err=True)
        if report.n_journals:
            runs = ", ".join(report.runs[:3]) + (f" and {len(report.runs) - 3:,} more" if len(report.runs) > 3 else "")
            typer.echo(f"brought {report.n_points:,} points and {report.n_files:,} files of {runs}")
        if report.waiting:
            print_table(("still waits", "because"), list(report.waiting.items()), "")
        elif not report.n_journals:
            typer.echo("nothing waits")
        if report.n_in_use:
            typer.echo(f"{report.n_in_use:,} journals are of processes at work, which bring them by themselves")
    if report.waiting:
        raise typer.Exit(1)
