"""tidemill up: server, pages, worker and data plane in one command."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.processes import Child, Supervisor
from tidemill.core import Settings, UsageError, load_settings

app = typer.Typer()


@app.command()
def up(
    folder: Folder = HERE,
    home: Home = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port of the server; the data plane takes the next.")
    ] = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Start server, pages, worker and data plane, each watched; stop all with Ctrl-C."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    home_given = home.absolute() if home else None
    settings = load_settings(folder, home=home_given, host=host, port=port, project=project)
    with running(settings, folder) as supervisor:
        addresses = addresses_of(settings)
        if json:
            print_json({"event": "ready", **addresses, "pids": supervisor.pids()})
        else:
            for name, address in addresses.items():
                typer.echo(f"{name:<10}  {address}")
            typer.echo("stop with Ctrl-C")
        supervisor.watch()
    if not json:
        typer.echo("stopped")


@contextmanager
def running(settings: Settings, folder: str | object) -> Iterator[Supervisor]:
    """Start the children, yield their supervisor once they are healthy, and stop them on the way out."""
    supervisor = Supervisor(settings.home / "logs", lambda line: typer.echo(line, err=True))
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: supervisor.request_stop())
    try:
        supervisor.start(children_of(settings, str(folder)))
        supervisor.wait_ready()
        yield supervisor
    finally:
        supervisor.stop()


def children_of(settings: Settings, folder: str) -> list[Child]:
    """Return the processes that make up a running Tidemill."""
    home = str(settings.home.absolute())
    shared = ["--folder", folder, "--home", home, "--project", settings.project]
    server = [*shared, "--host", settings.host, "--port", str(settings.port)]
    serving = ["--home", home, "--host", settings.host, "--port", str(settings.data_plane_port())]
    for name in settings.allowed_hosts:
        serving += ["--allow-host", name]
    return [
        Child("server", "tidemill.server", server, settings.host, settings.port),
        Child("serving", "tidemill.serving", serving, settings.host, settings.data_plane_port()),
        Child("worker", "tidemill.server.worker", shared),
    ]


def addresses_of(settings: Settings) -> dict[str, str]:
    """Return what can be opened where."""
    pages = f"http://{settings.host}:{settings.port}"
    return {
        "pages": pages,
        "api": f"{pages}/api",
        "predict": f"http://{settings.host}:{settings.data_plane_port()}/predict/ENDPOINT",
    }
