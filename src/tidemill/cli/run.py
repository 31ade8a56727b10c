"""tidemill run: run a pipeline, and release what it offers."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from tidemill.cli.home import check_home
from tidemill.cli.options import HERE, Folder, Home, Json, Params, Pin, ProjectName
from tidemill.cli.output import only_json
from tidemill.core import UsageError, load_settings
from tidemill.project_module import import_project_module

app = typer.Typer(add_completion=False)


@app.command()
def run(
    pipeline: Annotated[str | None, typer.Argument(help="A pipeline; may be left out when there is one.")] = None,
    param: Params = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Execute every step, whatever is known.")] = False,
    pin: Pin = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Run a pipeline; judge, register, promote and deploy its candidate. Exit code 1 when a gate refuses it."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    settings = load_settings(folder, home=home.absolute() if home else None, project=project)
    check_home(settings.home)
    with only_json(json):
        file, module = import_project_module(folder, settings)
    # The rooms are imported only now: a mistake in the user's own code is told before they have loaded.
    rest = import_module("tidemill.cli.run_project")
    rest.perform(rest.Asked(pipeline, param or [], not no_cache, folder, home, project, json, pin), file, module)
