"""tidemill ingest: check the sources' files and commit dataset versions."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import only_json, print_json
from tidemill.cli.session import open_session
from tidemill.core import not_found
from tidemill.pipelines import CodeReader, InputResolver

app = typer.Typer(add_completion=False)


@app.command()
def ingest(
    source: Annotated[str | None, typer.Argument(help="A source; without it all of the project.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Check the sources' files and commit dataset versions; nothing is committed when a check fails."""
    session = open_session(folder, home, project, create=True)
    with only_json(json):
        declared = session.project()
        if source is not None and source not in declared.sources:
            raise not_found("source", source, declared.sources)
        resolver = InputResolver(
            session.workspace.datasets, session.caller, declared.folder, CodeReader(declared.folder)
        )
        chosen = [each for name, each in declared.sources.items() if source in {None, name}]
        versions = [resolver.version(each) for each in chosen]
    if json:
        print_json([version.to_json() for version in versions])
        return
    for version in versions:
        what = "committed" if version.created else "unchanged"
        left_out = f", {version.n_suppressed:,} rows of erased keys left out" if version.n_suppressed else ""
        n_rows, n_checks = version.n_rows_left, len(version.checks)
        typer.echo(f"{version.reference} {what}: {n_rows:,} rows, {n_checks} checks passed{left_out}")
