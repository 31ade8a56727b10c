"""tidemill token: make, list and revoke tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.access import Role
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, short_time
from tidemill.cli.session import open_session

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke tokens.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    role: Annotated[str, typer.Option("--role", help="viewer, labeller, editor, deployer or admin.")] = "viewer",
    valid_for: Annotated[str, typer.Option("--valid-for", help="How long, such as 90d.")] = "90d",
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Make a token and print its secret, which is shown once."""
    session = open_session(folder, home, project, create=True)
    secret = session.workspace.tokens.create(session.caller, name, Role.parse(role), valid_for)
    if json:
        print_json({"name": name, "role": role, "token": secret})
    else:
        typer.echo(secret)


@app.command(name="list")
def list_tokens(folder: Folder = HERE, home: Home = None, project: ProjectName = None, json: Json = False) -> None:
    """List tokens, without their secrets."""
    session = open_session(folder, home, project)
    tokens = session.workspace.tokens.list(session.caller)
    if json:
        print_json(tokens)
        return
    rows = [
        (
            t.name,
            t.role.name.lower(),
            short_time(t.created_at),
            short_time(t.expires_at),
            "yes" if t.revoked_at else "-",
        )
        for t in tokens
    ]
    print_table(
        ("token", "role", "created", "expires", "revoked"), rows, "no token yet; 'tidemill token create' makes one"
    )


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The token to end.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """End a token at once."""
    session = open_session(folder, home, project)
    session.workspace.tokens.revoke(session.caller, name)
    if json:
        print_json({"revoked": name})
    else:
        typer.echo(f"{name} is revoked")
