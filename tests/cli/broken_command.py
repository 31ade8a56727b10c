"""A command with a mistake in it, for the command line's last net."""

from __future__ import annotations

import typer

from tidemill.cli.options import Json

app = typer.Typer()


@app.command()
def broken(json: Json = False) -> None:
    """Fail as no command should."""
    raise ZeroDivisionError("a mistake of\nours")
