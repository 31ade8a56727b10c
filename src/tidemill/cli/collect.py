"""tidemill collect: let go what retention does not keep, and blobs that no record names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table
from tidemill.cli.session import open_session
from tidemill.core import parse_duration
from tidemill.retention import Retained, StoragePlan, TableShare
from tidemill.storage.blobs.collection import CollectionPlan, Share

app = typer.Typer(add_completion=False)


@app.command()
def collect(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; change nothing.")] = False,
    grace: Annotated[str, typer.Option("--grace", help="How young something is that is left alone.")] = "1d",
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Let go what retention does not keep, then blobs that no record names: set aside first, deleted a grace later."""
    age = parse_duration(grace, of="--grace")
    session = open_session(folder, home, project)
    collector = session.workspace.collector
    plan = collector.plan(session.caller, age) if dry_run else collector.collect(session.caller, age)
    if json:
        print_json(plan)
        return
    _print(plan, dry_run=dry_run)


def _print(plan: StoragePlan, *, dry_run: bool) -> None:
    goes = "would go" if dry_run else "went"
    if plan.retention:
        rows = [(each.kind, len(each.ids), _kept(each), each.rule, _some(each.ids)) for each in plan.retention]
        print_table(("kind", goes, "kept", "rule", "which"), rows, "")
        typer.echo("")
    print_table(
        ("blobs", "n", "bytes", "of or because"),
        [*_blob_rows(plan.blobs, dry_run=dry_run), *_table_rows(plan.tables, dry_run=dry_run)],
        plan.not_collected or "no blobs are stored",
    )
    if plan.blobs.n_torn:
        typer.echo(f"removed {plan.blobs.n_torn:,} half-written files that killed processes left")
    if not plan.retention:
        typer.echo("no [retention] in tidemill.toml: every run, version and prediction is kept")


def _blob_rows(blobs: CollectionPlan, *, dry_run: bool) -> list[tuple[str, str, str, str]]:
    aside, deleted = ("would be set aside", "would be deleted") if dry_run else ("set aside", "deleted")
    rows = [_row("kept", share, owner) for owner, share in sorted(blobs.kept.items())]
    rows += [_row("would be let go", share, f"{owner}, by retention") for owner, share in sorted(blobs.let_go.items())]
    rows += [_row("left alone", share, reason) for reason, share in sorted(blobs.spared.items())]
    rows += [_row(aside, blobs.aside, "no record names it")] if blobs.aside.n_blobs else []
    removed = "would be removed" if dry_run else "removed"
    rows += [_row(removed, share, f"abandoned: {owner}") for owner, share in sorted(blobs.abandoned.items())]
    rows += [_row(deleted, blobs.deleted, "set aside, and nobody asked for it")] if blobs.deleted.n_blobs else []
    return rows


def _table_rows(tables: Sequence[TableShare], *, dry_run: bool) -> list[tuple[str, str, str, str]]:
    removed = "would be removed" if dry_run else "removed"
    return [
        ("left alone", "-", "-", f"table {each.name}: {each.why_not}")
        if each.why_not
        else (removed, f"{each.n_files:,}", f"{each.n_bytes:,}", f"table {each.name}: {each.n_versions:,} old versions")
        for each in tables
    ]


def _row(what: str, share: Share, words: str) -> tuple[str, str, str, str]:
    return what, f"{share.n_blobs:,}", f"{share.n_bytes:,}", words


def _kept(line: Retained) -> str:
    return "-" if line.n_kept is None else f"{line.n_kept:,}"


def _some(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3:,} more" if len(ids) > 3 else "")
