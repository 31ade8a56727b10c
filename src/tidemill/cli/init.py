"""tidemill init: start a project from the flights example."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.example import example_folder, load_flights
from tidemill.cli.options import Json
from tidemill.cli.output import print_json
from tidemill.core import TidemillError, UsageError

app = typer.Typer()
_TOML = '# Places and names only; everything else is declared in the module.\nmodule = "flights.py"\n'


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")] = Path("flights"),
    json: Json = False,
) -> None:
    """Start a project in a folder: the flights example, with its first two months of data when they are installed."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; name a new folder")
    files = start_project(folder)
    try:
        n_flights = load_flights(folder).write_months(folder / "data", [1, 2])
        data = f"{n_flights:,} flights of January and February 2013 are in {folder / 'data'}"
    except TidemillError as error:
        data = f"no data yet: {error}"
    if json:
        print_json({"folder": folder, "files": files, "data": data})
    else:
        typer.echo(f"{folder} holds {', '.join(files)}\n{data}\ngo on with: cd {folder} && tidemill run && tidemill up")


def start_project(folder: Path) -> list[str]:
    """Copy the example into a folder and name its module. Returns the files' names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tidemill.toml").write_text(_TOML, "utf-8")
    copied = []
    for file in sorted(example_folder().iterdir()):
        if file.suffix in {".py", ".md"}:
            shutil.copyfile(file, folder / file.name)
            copied.append(file.name)
    return ["tidemill.toml", *copied]
