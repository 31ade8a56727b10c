"""tidemill webhooks: addresses that are told what happens."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, safe_text, short_time
from tidemill.cli.session import Session, open_session
from tidemill.core import UnavailableError
from tidemill.webhooks import ACTIVE, DISABLED, NewWebhook

app = typer.Typer(no_args_is_help=True, help="Tell addresses what happens: make, change, test, see what was delivered.")

Id = Annotated[str, typer.Argument(metavar="WEBHOOK", help="A webhook's id or name: see 'tidemill webhooks list'.")]


@app.command(name="list")
def list_(folder: Folder = HERE, home: Home = None, project: ProjectName = None, json: Json = False) -> None:
    """List webhooks."""
    session = open_session(folder, home, project)
    found = session.workspace.webhooks.list(session.caller)
    if json:
        print_json(found)
        return
    rows = [(each.id, each.name, each.status, each.url, ", ".join(each.events)) for each in found]
    print_table(
        ("id", "name", "status", "url", "events"), rows, "no webhooks; 'tidemill webhooks add NAME URL' makes one"
    )


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Its name.")],
    url: Annotated[str, typer.Argument(help="The address that is called, https:// or http://.")],
    event: Annotated[
        list[str], typer.Option("--event", "-e", help="run.finished, run.*, registered_model.created, *.")
    ],
    secret: Annotated[
        str | None,
        typer.Option("--secret", envvar="TIDEMILL_WEBHOOK_SECRET", help="What deliveries are signed with."),
    ] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Make a webhook, which is told what happens from now on, while the server is running."""
    session = open_session(folder, home, project)
    made = session.workspace.webhooks.create(session.caller, NewWebhook(name, url, tuple(event), secret))
    if json:
        print_json(made)
        return
    typer.echo(f"webhook {made.id} is told of {', '.join(made.events)}")


@app.command()
def status(
    webhook: Id,
    off: Annotated[bool, typer.Option("--off/--on", help="Tell it nothing more, or tell it again.")] = True,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Switch a webhook off or on; what happens while it is off is not told later."""
    session = open_session(folder, home, project)
    changed = session.workspace.webhooks.update(
        session.caller, _id(session, webhook), status=DISABLED if off else ACTIVE
    )
    if json:
        print_json(changed)
        return
    typer.echo(f"webhook {changed.id} is {changed.status}")


@app.command()
def delete(
    webhook: Id, folder: Folder = HERE, home: Home = None, project: ProjectName = None, json: Json = False
) -> None:
    """Delete a webhook with its history."""
    session = open_session(folder, home, project)
    session.workspace.webhooks.delete(session.caller, _id(session, webhook))
    if json:
        print_json({"deleted": webhook})
        return
    typer.echo(f"webhook {safe_text(webhook)} is deleted")


@app.command()
def deliveries(
    webhook: Id,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, newest first.")] = 20,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Show what a webhook was told and is to be told, newest first."""
    session = open_session(folder, home, project)
    found = session.workspace.webhooks.deliveries(session.caller, _id(session, webhook), limit)
    if json:
        print_json(found)
        return
    rows = [
        (short_time(each.happened_at), each.event, each.state, each.n_attempts, each.answered or "", each.error or "")
        for each in found
    ]
    print_table(("happened", "event", "state", "attempts", "answer", "error"), rows, "nothing yet")


@app.command(name="test")
def call(
    webhook: Id,
    event: Annotated[str | None, typer.Option("--event", "-e", help="Of what.  [default: its first]")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Call a webhook once, now, with an example."""
    session = open_session(folder, home, project)
    result = session.workspace.webhooks.test(session.caller, _id(session, webhook), event)
    if json:
        print_json(result)
        return
    if not result.success:
        raise UnavailableError(result.error or f"the receiver answers {result.answered}: {result.body[:200]}")
    typer.echo(f"the receiver answers {result.answered}")


def _id(session: Session, given: str) -> str:
    """Return the id of the webhook that is meant: by its id, or by its name where only one has it."""
    named = [each.id for each in session.workspace.webhooks.list(session.caller) if each.name == given]
    return named[0] if len(named) == 1 else given
