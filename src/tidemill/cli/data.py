"""tidemill data: list dataset versions, or show one."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import open_session
from tidemill.core import iso

app = typer.Typer()


@app.command()
def data(
    name: Annotated[str | None, typer.Argument(help="A dataset, or a version such as flights@3.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List dataset versions, or show one with its schema and checks."""
    session = open_session(folder, home, project)
    datasets = session.workspace.datasets
    if name is not None and "@" in name:
        version = datasets.get(session.caller, name)
        if json:
            print_json(version.to_json())
            return
        print_facts(
            {
                "dataset": version.reference,
                "digest": version.digest,
                "rows": f"{version.n_rows:,} in {len(version.parts)} parts",
                "window": f"{iso(version.first_event_at)} to {iso(version.last_event_at)}",
                "created": f"{short_time(iso(version.created_at))} by {version.created_by}",
            }
        )
        for mark in version.redactions:
            typer.echo(f"  redacted {mark.n_rows:,} rows on {short_time(mark.at)} by {mark.by}: {mark.why}")
        for check in version.checks:
            typer.echo(f"  check   {check.sentence}")
        for column, dtype in version.schema.items():
            typer.echo(f"  column  {column}: {dtype}")
        return
    if name is not None:
        datasets.get(session.caller, name)
    versions = datasets.list(session.caller, name)
    if json:
        print_json([version.to_json() for version in versions])
        return
    rows = [
        (v.reference, f"{v.n_rows:,}", len(v.parts), len(v.checks), v.digest[:12], short_time(iso(v.created_at)))
        for v in versions
    ]
    print_table(
        ("dataset", "rows", "parts", "checks", "digest", "created"),
        rows,
        "no dataset yet; 'tidemill ingest' commits one",
    )
