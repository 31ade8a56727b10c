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

app = typer.Typer()


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
    """Bring a store up to date, after putting a copy of its records beside them. Opening it does the same."""
    if plan and dry_run:
        raise UsageError("--plan only says what would be done, --dry-run tries it; give one of them")
    records = load_settings(folder, home=home.absolute() if home else None).home.absolute() / RECORDS
    if plan:
        planned = plan_migration(records)
        print_json(planned) if json else _print_plan(planned)
        return
    with shown_progress() as told:
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
        return f"a copy went to schema {last} in {done.seconds:.1f} s and was thrown away; the store is as it was"
    return f"the store went to schema {last} in {done.seconds:.1f} s; {done.plan.copy.name} is what it was"


def _print_plan(plan: MigrationPlan) -> None:
    if not plan.steps:
        typer.echo(f"{plan.records} has schema {plan.version}, which is the newest: there is nothing to do")
        return
    print_facts({"store": plan.records, "schema": plan.version, "copy": f"{plan.copy.name}, {size_text(plan.n_bytes)}"})
    print_table(("to schema", "which brings"), [(step.version, step.title) for step in plan.steps], "")
