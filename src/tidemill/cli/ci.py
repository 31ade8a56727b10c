"""tidemill ci: check a clean clone, or a bundle, as it would be deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, Params, ProjectName
from tidemill.cli.output import only_json, print_json, safe_text
from tidemill.cli.session import open_session, parse_params
from tidemill.core import UsageError
from tidemill.rehearsal import FAILED, PASSED, SKIPPED, CiCheck, CiOptions, CiReport, check_project

app = typer.Typer(add_completion=False)


@app.command()
def ci(
    bundle: Annotated[
        str | None, typer.Option("--bundle", metavar="DIGEST", help="A stored bundle, in place of the commit.")
    ] = None,
    sample: Annotated[float | None, typer.Option("--sample", help="A share of the rows, as 0.1.")] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", help="About how many rows of the largest source.  [default: 1000]")
    ] = None,
    param: Params = None,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", metavar="FILE", help="Write Markdown.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Check tests, data, steps, pipeline, model and gate on a sample. Exit code 1 when a check fails."""
    for file in (junit, markdown):
        if file is not None and not file.absolute().parent.is_dir():
            raise UsageError(f"{file} cannot be written: there is no folder {file.parent}")
    options = CiOptions(bundle, sample, rows, parse_params(param), _quiet if json else print_check)
    with only_json(json):
        session = open_session(folder, home, project, create=True)
        report = check_project(folder, options, session.workspace.bundles, session.caller)
    _write(report, junit, markdown)
    if json:
        print_json(report.to_json())
    else:
        for note in report.notes:
            typer.echo(f"note: {safe_text(note)}")
        typer.echo(report.sentence())
    if not report.passed:
        raise typer.Exit(1)


def print_check(check: CiCheck) -> None:
    """Print a check as it ends; of one that failed, its details too."""
    color = {PASSED: typer.colors.GREEN, FAILED: typer.colors.RED, SKIPPED: typer.colors.YELLOW}[check.state]
    state = typer.style(f"{check.state:<7}", fg=color)
    name = safe_text(f"{check.group}: {check.name}")
    typer.echo(f"  {state}  {name:<34} {check.seconds:6.2f} s  {safe_text(check.line)}")
    if check.state == FAILED:
        for line in check.details.splitlines()[-40:]:
            typer.echo(f"           {safe_text(line)}")


def _quiet(_: CiCheck) -> None:
    """Say nothing: the JSON at the end holds it all."""


def _write(report: CiReport, junit: Path | None, markdown: Path | None) -> None:
    if junit is not None:
        junit.write_text(report.junit(), "utf-8")
    if markdown is not None:
        markdown.write_text(report.markdown(), "utf-8")
