"""tidemill env: lock, make and check a project's development environment; compare it with a run's."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, safe_text
from tidemill.cli.session import open_session
from tidemill.core import UsageError
from tidemill.workbench import (
    Differences,
    check_environment,
    compare_with_run,
    make_environment,
    write_devcontainer,
    write_lock,
)

app = typer.Typer(
    no_args_is_help=True, help="Lock, make and check a project's environment, and compare runs'.", rich_markup_mode=None
)


@app.command()
def lock(folder: Folder = HERE, json: Json = False) -> None:
    """Write requirements.lock: exact versions with hashes, from requirements.in, pyproject.toml or requirements.txt."""
    made = write_lock(_existing(folder))
    if json:
        print_json(made)
        return
    typer.echo(f"{made.file.name}: {made.n_packages} packages from {made.asked_in}, by {made.tool}")


@app.command()
def make(folder: Folder = HERE, json: Json = False) -> None:
    """Make .venv hold exactly what the lock names, with a Jupyter kernel when ipykernel is among it."""
    made = make_environment(_existing(folder))
    if json:
        print_json(made)
        return
    typer.echo(f"{made.folder.name}: {made.n_packages} packages, by {made.tool}")
    if made.kernel:
        typer.echo(f"kernel {made.kernel}")


@app.command()
def check(folder: Folder = HERE, json: Json = False) -> None:
    """Compare what is installed with the lock. Exit code 1 when something is missing or of another version."""
    _tell(check_environment(_existing(folder)), "is as the lock says", json=json)


@app.command()
def devcontainer(folder: Folder = HERE, json: Json = False) -> None:
    """Write .devcontainer/devcontainer.json, a container in which the lock is installed."""
    file = write_devcontainer(_existing(folder))
    if json:
        print_json({"file": file})
        return
    typer.echo(str(file))


@app.command()
def diff(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Compare this environment with that of a run. Exit code 1 when something is missing or of another version."""
    session = open_session(folder, home, project)
    _tell(compare_with_run(session.workspace, session.caller, run_id), "is as it was for the run", json=json)


def _existing(folder: Folder) -> Folder:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    return folder


def _tell(found: Differences, same: str, *, json: bool) -> None:
    if json:
        print_json({"same": found.same, **vars(found)})
    else:
        rows = [("missing", name, asked, "-") for name, asked in found.missing.items()]
        rows += [("other", name, asked, there) for name, (asked, there) in found.other.items()]
        rows += [("other", "python", *found.python)] if found.python else []
        rows += [("extra", name, "-", there) for name, there in found.extra.items()]
        if rows:
            print_table(("", "package", "asked for", "here"), rows, "")
        if found.same:
            beside = f", and {len(found.extra)} packages beside it" if found.extra else ""
            typer.echo(f"{safe_text(found.of)} {same}{beside}")
    if not found.same:
        raise typer.Exit(1)
