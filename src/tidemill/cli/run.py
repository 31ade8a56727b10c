"""tidemill run: run a pipeline, and release what it offers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated

import typer

from tidemill.cli.home import check_home
from tidemill.cli.options import HERE, Executor, Folder, Home, Json, Params, Pin, ProjectName, Workers
from tidemill.cli.output import only_json
from tidemill.core import POOL, STEP_WORKER, UsageError, load_settings
from tidemill.core.started_child import StartedChild, start_child, usable_cpus
from tidemill.project_module import import_project_module

app = typer.Typer(add_completion=False)


@app.command()
def run(
    pipeline: Annotated[str | None, typer.Argument(help="A pipeline; may be left out when there is one.")] = None,
    param: Params = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Execute every step, whatever is known.")] = False,
    executor: Executor = None,
    workers: Workers = 0,
    only: Annotated[str | None, typer.Option("--only", help="One step alone, by name or number; with --from.")] = None,
    from_run: Annotated[str | None, typer.Option("--from", help="The run whose results the one step is given.")] = None,
    pin: Pin = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Run a pipeline; judge, register, promote and deploy its candidate. Exit code 1 when a gate refuses it."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    if (only is None) is not (from_run is None):
        raise UsageError("--only and --from go together: tidemill run --only STEP --from RUN")
    settings = load_settings(folder, home=home.absolute() if home else None, project=project, executor=executor)
    check_home(settings.home)
    # Its process imports the rooms while this one does, on a processor of its own; on the same one it would hold us up.
    started = start_child(STEP_WORKER) if settings.executor == POOL and usable_cpus() > 1 else None
    with only_json(json), _dropped_on_error(started):
        file, module = import_project_module(folder, settings)
    # The rooms are imported only now: a mistake in the user's own code is told before they have loaded.
    rest = import_module("tidemill.cli.run_project")
    where = rest.Where(settings.executor, workers, started)
    how = rest.How(not no_cache, only, from_run, where)
    rest.perform(rest.Asked(pipeline, param or [], how, folder, home, project, json, pin), file, module)


@contextmanager
def _dropped_on_error(started: StartedChild | None) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if started is not None:
            started.drop()
        raise
