"""tidemill migrate: bring a store of an older Tidemill up to date."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json
from tidemill.cli.output import print_facts, print_json, print_table, size_text
from tidemill.cli.progress import shown_progress
from tidemill.core import SystemClock, UsageError, load_settings
from tidemill.storage.home_files import RECORDS
from tidemill.storage.migration_plan import Migrated, MigrationPlan, plan_migration, rehearse_migration, run_migration
from tidemill.storage.server_migration import migrate_server, plan_server

app = typer.Typer(add_completion=False)


@app.command()
def migrate(
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do it on a copy that is thrown away, and say how long it takes.")
    ] = False,
    folder: Folder = HERE,
    home: Home = None,
    json: Json = False,
) -> None:
    """Bring a store up to date: a file of records after putting a copy beside it, those in PostgreSQL where they are.

    Opening an older file does the same; older records in PostgreSQL are refused until this was done.
    """
    if plan and dry_run:
        raise UsageError("--plan only says what would be done, --dry-run tries it; give one of them")
    settings = load_settings(folder, home=home.absolute() if home else None)
    records = settings.home.absolute() / RECORDS
    if plan:
        planned = plan_server(settings.records, SystemClock()) if settings.records else plan_migration(records)
        print_json(planned) if json else _print_plan(planned)
        return
    with shown_progress() as told:
        if settings.records:
            done = migrate_server(settings.records, SystemClock(), told, rehearse=dry_run)
        else:
            done = (rehearse_migration if dry_run else run_migration)(records, SystemClock(), told)
    if json:
        print_json(done)
        return
    _print_plan(done.plan)
    if done.plan.steps:
        typer.echo(_said(done))


def _said(done: Migrated) -> str:
    last = done.plan.steps[-1].version
    if done.rehearsed:
        what = "a copy went" if done.plan.copy else "it went"
        return f"{what} to schema {last} in {done.seconds:.1f} s, which was thrown away; the store is as it was"
    kept = f"; {done.plan.copy.name} is what it was" if done.plan.copy else ""
    return f"the store went to schema {last} in {done.seconds:.1f} s{kept}"


def _print_plan(plan: MigrationPlan) -> None:
    if not plan.steps:
        typer.echo(f"{plan.records} has schema {plan.version}, which is the newest: there is nothing to do")
        return
    copy = plan.copy.name if plan.copy else "none is made; pg_dump makes one"
    print_facts({"store": plan.records, "schema": plan.version, "copy": copy, "size": size_text(plan.n_bytes)})
    print_table(("to schema", "which brings"), [(step.version, step.title) for step in plan.steps], "")
