"""tidemill encryption: show the keys of an encrypted store, and rotate them without a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.encrypting import describe_source, key_source
from tidemill.cli.options import HERE, Folder, Home, Json
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import open_session
from tidemill.storage.store_keys import EncryptionStatus

app = typer.Typer(invoke_without_command=True, help="Show the keys of an encrypted store, and rotate them.")


@app.callback()
def show(context: typer.Context, folder: Folder = HERE, home: Home = None, json: Json = False) -> None:
    """Say whether the store is encrypted, with which keys, and whether a rotation is under way."""
    if context.invoked_subcommand is not None:
        return
    session = open_session(folder, home)
    status = session.workspace.encryption.status(session.caller)
    if json:
        print_json({"encrypted": status is not None, "status": status})
        return
    if status is None:
        typer.echo("the store is not encrypted")
        return
    _print(status)


@app.command()
def rotate(
    to: Annotated[
        str, typer.Option("--to", help="Where the new master key is: env:NAME, file:PATH or command:'...'.")
    ] = "",
    folder: Folder = HERE,
    home: Home = None,
    json: Json = False,
) -> None:
    """Seal what is written from now on with a new data key; with --to, wrap all keys by a new master key too."""
    session = open_session(folder, home)
    new = key_source(to, "--to", Path()) if to else None
    status = session.workspace.encryption.rotate(session.caller, new)
    if json:
        print_json(status)
        return
    typer.echo(f"what is written from now on is sealed with the data key {status.current}")
    if new is not None:
        typer.echo(
            f"go on with: write {describe_source(new)} into tidemill.toml, start again what runs, one by one, and"
        )
        typer.echo("'tidemill encryption finish'; until then the older master key opens the store as well")


@app.command()
def finish(folder: Folder = HERE, home: Home = None, json: Json = False) -> None:
    """Let only the newest master key open the store: the end of a rotation."""
    session = open_session(folder, home)
    status = session.workspace.encryption.finish(session.caller)
    if json:
        print_json(status)
    else:
        typer.echo(f"only the master key {status.masters[-1]} opens the store now")


def _print(status: EncryptionStatus) -> None:
    print_facts(
        {
            "store": status.store,
            "master keys": " and ".join(status.masters)
            + ("; a rotation is not finished" if len(status.masters) > 1 else ""),
        }
    )
    rows = [(id_, short_time(at), "now" if id_ == status.current else "-") for id_, at in status.keys]
    print_table(("data key", "made", "seals"), rows, "")
