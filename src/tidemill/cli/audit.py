"""tidemill audit: list who changed what."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, short_time
from tidemill.cli.session import open_session
from tidemill.storage.events import EventQuery

app = typer.Typer(add_completion=False)


@app.command()
def audit(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, newest first.")] = 20,
    subject: Annotated[str | None, typer.Option("--subject", help="Only of one thing, such as delay/3.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only of kinds that start so, such as model_version.")
    ] = None,
    before: Annotated[int | None, typer.Option("--before", help="Only before this position.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List who changed what, newest first."""
    session = open_session(folder, home, project)
    query = EventQuery(limit=limit, before=before, subject=subject, kind_prefix=kind)
    events = session.workspace.audit.list(session.caller, query)
    if json:
        print_json(events)
        return
    rows = [
        (e.sequence, short_time(e.at), e.actor, e.kind, e.subject, ", ".join(f"{k}={v}" for k, v in e.data.items()))
        for e in events
    ]
    print_table(("", "at", "who", "what", "subject", "with"), rows, "nothing has been changed yet")
