"""What an import or export came to, for people."""

from __future__ import annotations

from collections import Counter

import typer

from tidemill.cli.output import print_facts, print_table, safe_text, size_text
from tidemill.compat.mlflow_stores import MoveReport

_MOST_LINES, _MOST_OF_A_KIND = 20, 5


def print_report(report: MoveReport) -> None:
    """Print counts, what was compared, and what was left out."""
    kinds = {
        "experiments": report.experiments,
        "runs": report.runs,
        "logged models": report.logged_models,
        "traces": report.traces,
        "registered models": report.registered_models,
        "model versions": report.versions,
        "aliases": report.aliases,
    }
    columns = ("kind", "found") if report.dry_run else ("kind", "found", "new", "there already")
    rows = [
        (name, f"{each.found:,}", *(() if report.dry_run else (f"{each.new:,}", f"{each.there:,}")))
        for name, each in kinds.items()
    ]
    print_table(columns, rows, "")
    what = {"params": f"{report.n_params:,}", "tags": f"{report.n_tags:,}"}
    if not report.dry_run:
        what["points"] = f"{report.n_points:,}"
    what["files"] = f"{report.n_files:,}, {size_text(report.n_bytes)}"
    print_facts(what)
    if report.n_updated:
        typer.echo(f"brought up to date: {report.n_updated:,} runs that were still at work when they came")
    if report.renumbered:
        shown = ", ".join(f"{theirs} is {ours} here" for theirs, ours in list(report.renumbered.items())[:_MOST_LINES])
        typer.echo(f"numbers that were taken: experiment {shown}")
    lines_of: Counter[str] = Counter()
    for line in report.left_out:
        kind = line.what.partition(" ")[0]
        lines_of[kind] += 1
        if lines_of[kind] <= _MOST_OF_A_KIND:
            typer.echo(f"left out or changed: {safe_text(line.what)}: {safe_text(line.why)}")
    n_more = report.n_left_out - sum(min(n, _MOST_OF_A_KIND) for n in lines_of.values())
    if n_more:
        typer.echo(f"and {n_more:,} more; --json lists them")
    if report.dry_run:
        typer.echo("nothing was changed")
        return
    for line in report.different[:_MOST_LINES]:
        typer.echo(f"differs: {safe_text(line.what)}: {safe_text(line.why)}")
    told = f"{len(report.different):,} differences" if report.different else "no difference"
    typer.echo(f"compared {report.verified:,} runs with the source: {told}")
