"""tidemill steps: what steps of runs did, took and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time, size_text
from tidemill.cli.session import Session, open_session, run_or_last
from tidemill.core import UsageError, iso, parse_duration
from tidemill.pipelines import OutputPreview, RunTotals, StepQuery, StepRun

app = typer.Typer(add_completion=False)


@app.command()
def steps(
    run_id: Annotated[str | None, typer.Argument(metavar="RUN", help="Of this run only.")] = None,
    step: Annotated[str | None, typer.Option("--step", help="Of this name only.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Such as executed, reused or failed.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Begun so long ago at most, as 7d, or since an instant.")
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", help="Show what a step of RUN, or of the last run, returned: NUMBER/NAME.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, newest first.")] = 100,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Show what steps of runs did, what they took and what that cost, newest first."""
    session = open_session(folder, home, project)
    records = session.workspace.run_records
    if output is not None:
        _show_output(session, run_id, output, json=json)
        return
    if run_id is not None:
        session.workspace.tracking.get_run(session.caller, run_id)
    query = StepQuery(step, state, _instant(session, since), run_id, limit)
    found = records.find_steps(session.caller, query)
    totals = records.totals(session.caller, run_id) if run_id is not None else None
    if json:
        print_json({"steps": found} | ({"totals": totals} if totals else {}))
        return
    if run_id is not None:
        found = sorted(found, key=lambda each: each.position)
    print_table(COLUMNS, [_row(each) for each in found], "no step is so")
    if totals is not None:
        print_totals(totals)


COLUMNS = ("run", "", "step", "state", "started", "took", "cpu", "memory", "wrote", "cost", "why")


def _row(step: StepRun) -> tuple[object, ...]:
    sizes = [output.get("size_bytes") for output in step.outputs]
    return (
        step.run_id[:8],
        step.position + 1,
        step.step if step.n_elements is None else f"{step.step} x{step.n_elements:,}",
        step.state,
        short_time(step.started_at),
        f"{step.seconds:.2f} s",
        None if step.cpu_seconds is None else f"{step.cpu_seconds:.2f} s",
        None if step.peak_memory_bytes is None else size_text(step.peak_memory_bytes),
        None if None in sizes or not sizes else size_text(sum(size or 0 for size in sizes)),
        None if step.cost is None else f"{step.cost:.3g}",
        step.note.partition("\n")[0],
    )


def print_totals(totals: RunTotals) -> None:
    """Print what a run took: what was not measured is not told."""
    told = [f"{totals.n_executed} of {totals.n_steps} steps executed in {totals.seconds:.2f} s"]
    if totals.cpu_seconds is not None:
        told.append(f"{totals.cpu_seconds:.2f} s of CPU")
    if totals.peak_memory_bytes is not None:
        told.append(f"{size_text(totals.peak_memory_bytes)} of memory at most")
    if totals.cost is not None:
        told.append(f"{totals.cost:.3g} {totals.currency}")
    typer.echo(", ".join(told))


def _show_output(session: Session, run_id: str | None, asked: str, *, json: bool) -> None:
    number, found, name = asked.partition("/")
    if not found or not number.isdigit():
        raise UsageError(f"--output is {asked!r}; name it as NUMBER/NAME, such as 1/result")
    run_id = run_or_last(session, run_id)
    preview = session.workspace.run_records.preview(session.caller, run_id, int(number) - 1, name)
    if json:
        print_json(preview)
        return
    print_preview(preview)


def print_preview(preview: OutputPreview) -> None:
    """Print a look at an output."""
    size = None if preview.size_bytes is None else size_text(preview.size_bytes)
    facts = {"output": preview.name, "kept as": preview.codec, "size": size, "what": preview.summary}
    print_facts({**facts, **preview.facts} | ({"note": preview.note} if preview.note else {}))
    if preview.kind == "table":
        columns: Sequence[str] = (
            [f"{column.name}" for column in preview.columns[: len(preview.rows[0])]] if preview.rows else ()
        )
        print_table(columns, preview.rows, "no rows")
        if preview.cut:
            typer.echo(f"the first {len(preview.rows)} of {preview.n_rows or 0:,} rows")
    elif preview.text:
        typer.echo("\n".join(line for line in preview.text.splitlines() if line.isprintable() or not line))


def _instant(session: Session, since: str | None) -> str | None:
    """Return since when: an instant as it is, or a duration back from now. Raises UsageError."""
    if since is None or "T" in since or "-" in since:
        return since
    return iso(session.workspace.clock.now() - parse_duration(since))
