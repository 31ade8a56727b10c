"""tidemill init: start a project from the flights example."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.encrypting import describe_source, prepare_key
from tidemill.cli.example import example_folder, load_flights
from tidemill.cli.options import Json
from tidemill.cli.output import print_json
from tidemill.cli.own_command import own_command
from tidemill.core import KeySource, TidemillError, UsageError

app = typer.Typer(add_completion=False)
_TOML = '# Places and names only; everything else is declared in the module.\nmodule = "flights.py"\n'


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")] = Path("flights"),
    encrypt: Annotated[
        str,
        typer.Option(
            "--encrypt",
            metavar="SOURCE",
            help="Encrypt the store; its key is in env:NAME, file:PATH (made when it is missing) or command:'...'.",
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Start a project in a folder: the flights example, with its first two months of data when they are installed."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; name a new folder")
    source, made = prepare_key(encrypt, "--encrypt", folder) if encrypt else (KeySource(), None)
    files = start_project(folder, source)
    try:
        n_flights = load_flights(folder).write_months(folder / "data", [1, 2])
        data = f"{n_flights:,} flights of January and February 2013 are in {folder / 'data'}"
    except TidemillError as error:
        data = f"no data yet: {error}"
    if json:
        print_json({"folder": folder, "files": files, "data": data, "encryption": str(source), "new_key": made})
    else:
        command = own_command(folder)
        typer.echo(f"{folder} holds {', '.join(files)}\n{data}")
        if source:
            typer.echo(f"its store will be encrypted, with the key from {source}")
        if made:
            typer.echo(f"a new key is in {made}: keep a copy elsewhere, away from the store; without it all is lost")
        typer.echo(f"go on with: cd {shlex.quote(str(folder))} && {command} run && {command} up")


def start_project(folder: Path, source: KeySource | None = None) -> list[str]:
    """Copy the example into a folder and name its module. Returns the files' names.

    source: where the key of an encrypted store comes from.
    """
    files = project_files()
    if source:
        files["tidemill.toml"] += describe_source(source).replace("] ", "]\n", 1).encode() + b"\n"
    write_project(folder, files)
    return list(files)


def project_files() -> dict[str, bytes]:
    """Return the files of a new project by name."""
    copied = {
        file.name: file.read_bytes() for file in sorted(example_folder().iterdir()) if file.suffix in {".py", ".md"}
    }
    return {"tidemill.toml": _TOML.encode(), **copied}


def write_project(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a project's files into a folder, which is made when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
