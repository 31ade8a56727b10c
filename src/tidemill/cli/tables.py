"""tidemill tables: list tables, or show one with its versions and rows."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import open_session
from tidemill.core import iso
from tidemill.storage.tables.table_reports import TableReport, describe_table, list_tables

app = typer.Typer(add_completion=False)

_MOST_VERSIONS = 20


@app.command()
def tables(
    name: Annotated[str | None, typer.Argument(help="A table, to see its columns, versions and rows.")] = None,
    version: Annotated[int | None, typer.Option("--version", min=0, help="Show the rows of an older version.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, max=1000, help="How many rows.")] = 10,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List tables, or show one with its columns, versions and rows."""
    stored = open_session(folder, home, project).workspace.tables
    if name is not None:
        report = describe_table(stored, name, version, limit)
        if json:
            print_json(report)
        else:
            _show(report)
        return
    lines = list_tables(stored)
    if json:
        print_json(lines)
        return
    rows = [
        (each.name, each.version, f"{each.n_rows:,}", each.n_columns, short_time(iso(each.changed_at)))
        for each in lines
    ]
    print_table(("table", "version", "rows", "columns", "changed"), rows, "no table yet; workspace.tables makes them")


def _show(report: TableReport) -> None:
    print_facts({"table": report.name, "version": report.version, "rows": f"{report.n_rows:,}"})
    for column, dtype in report.columns.items():
        print_facts({"  column": f"{column}: {dtype}"})
    last = report.versions[-_MOST_VERSIONS:]
    rows = [
        (each.version, short_time(iso(each.at)), each.change, _counts(each.n_added, each.n_removed)) for each in last
    ]
    print_table(("version", "at", "change", "rows"), rows, "")
    if report.rows:
        print_table(tuple(report.columns), [tuple(row.values()) for row in report.rows], "")


def _counts(n_added: int, n_removed: int) -> str:
    return " ".join(
        part for part in (f"+{n_added:,}" if n_added else "", f"-{n_removed:,}" if n_removed else "") if part
    )
