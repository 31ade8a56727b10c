"""tidemill up: server, pages, worker, scheduler and data plane in one command."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.extras import SERVE, check_installed
from tidemill.cli.home import check_home, using_home
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.processes import EVERYWHERE, Child, Supervisor, free_port
from tidemill.cli.signals import calling, held_back
from tidemill.core import Settings, UsageError, load_settings
from tidemill.storage.encryption.key_file import is_encrypted, open_home_keys

app = typer.Typer(add_completion=False)

#: How the worker's line begins that says which code runs use; and how long it is waited for.
RUNS_USE = "tidemill worker: runs use "
_WORKER_WITHIN_S = 10.0


@app.command()
def up(
    folder: Folder = HERE,
    home: Home = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port of the server; the data plane takes the next. 0 takes free ones.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="A name under which others may call; may be repeated.")
    ] = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Start server, pages, worker, scheduler and data plane, each watched; stop all with Ctrl-C."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name the project's folder with --folder")
    check_installed("tidemill up", SERVE)
    home_given = home.absolute() if home else None
    settings = _settled(load_settings(folder, home=home_given, host=host, port=port, project=project), allow_host or [])
    told = _untold if json else functools.partial(_tell_addresses, settings)
    with running(settings, folder, told) as supervisor, calling(supervisor.request_stop):
        used = supervisor.said("worker", RUNS_USE, _WORKER_WITHIN_S)
        if json:
            print_json({"event": "ready", **addresses_of(settings), "runs_use": used, "pids": supervisor.pids()})
        else:
            typer.echo(f"{'runs use':<10}  {used or settings.home / 'logs'}")
            typer.echo("stop with Ctrl-C")
        supervisor.watch()
    if not json:
        typer.echo("stopped")


def _untold() -> None:
    pass


def _tell_addresses(settings: Settings) -> None:
    for name, address in addresses_of(settings).items():
        typer.echo(f"{name:<10}  {address}")
    if settings.host in EVERYWHERE:
        typer.echo(f"from other machines: {_names_for_others(settings)}")


@contextmanager
def running(settings: Settings, folder: Path, healthy: Callable[[], None] = _untold) -> Iterator[Supervisor]:
    """Start the children, yield their supervisor once they are up, and stop them on the way out.

    What answers is started first; healthy: called when it says that it lives. What works behind it comes then.
    The home is marked as in use meanwhile. Raises UsageError when it or a port cannot be used.
    """
    check_home(settings.home)
    if settings.encryption and not is_encrypted(settings.home):
        # The data plane opens no records: the keys have to be there before it.
        from tidemill.app import open_workspace

        open_workspace(Path(folder), settings).database.close()
    open_home_keys(settings.home, settings.encryption)
    supervisor = Supervisor(settings.home / "logs", lambda line: typer.echo(line, err=True))
    with using_home(settings.home):
        try:
            children = children_of(settings, str(folder))
            with held_back():
                supervisor.start([child for child in children if child.port is not None])
            supervisor.wait_healthy()
            healthy()
            with held_back():
                supervisor.start([child for child in children if child.port is None])
            supervisor.wait_loaded()
            yield supervisor
        finally:
            with calling(supervisor.hurry):
                supervisor.stop()


def children_of(settings: Settings, folder: str) -> list[Child]:
    """Return the processes that make up a running Tidemill."""
    home = str(settings.home.absolute())
    shared = ["--folder", folder, "--home", home, "--project", settings.project]
    server = [*shared, "--host", settings.host, "--port", str(settings.port)]
    environ = {
        "TIDEMILL_SERVING_PORT": str(settings.data_plane_port()),
        "TIDEMILL_ALLOWED_HOSTS": ",".join(settings.allowed_hosts),
        "TIDEMILL_ENV": settings.env,
    }
    # Not an argument: it may hold a password, and arguments are seen by everyone on the machine.
    environ |= _online_and_keys(settings)
    # Freed memory goes back soon: a training now and then is no reason to hold its peak for ever.
    thrifty = {
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": "1000000",
        "MALLOC_TRIM_THRESHOLD_": "1000000",
        "_RJEM_MALLOC_CONF": "dirty_decay_ms:1000,muzzy_decay_ms:0,narenas:2",
    }
    environ |= {name: os.environ.get(name, value) for name, value in thrifty.items()}
    if settings.clock != Path():
        environ["TIDEMILL_CLOCK"] = str(settings.clock.absolute())
    return [
        Child("server", "tidemill.server", server, settings.host, settings.port, environ, loaded_at="/ready"),
        data_plane_of(settings),
        Child("worker", "tidemill.server.worker", shared, environ=environ),
        Child("scheduler", "tidemill.server.scheduler", shared, environ=environ),
    ]


def data_plane_of(settings: Settings) -> Child:
    """Return the process that answers predictions."""
    port = settings.data_plane_port()
    serving = ["--home", str(settings.home.absolute()), "--host", settings.host, "--port", str(port)]
    for name in settings.allowed_hosts:
        serving += ["--allow-host", name]
    if settings.clock != Path():
        serving += ["--clock", str(settings.clock.absolute())]
    return Child("serving", "tidemill.serving", serving, settings.host, port, _online_and_keys(settings))


def serving_settings(settings: Settings, host: str | None, port: int | None) -> Settings:
    """Return the settings for a data plane alone, on a host and a port if they are given; 0 is a free one."""
    found = _settled(replace(settings, host=host or settings.host), [])
    if port is None:
        return found
    return replace(found, serving_port=port or free_port())


def _online_and_keys(settings: Settings) -> dict[str, str]:
    encryption = {"TIDEMILL_ENCRYPTION": str(settings.encryption)} if settings.encryption else {}
    return {"TIDEMILL_ONLINE": settings.online, **encryption}


def addresses_of(settings: Settings) -> dict[str, str]:
    """Return what can be opened where, from this machine."""
    host = _in_url(EVERYWHERE.get(settings.host, settings.host))
    pages = f"http://{host}:{settings.port}"
    return {
        "pages": pages,
        "api": f"{pages}/api",
        "predict": f"http://{host}:{settings.data_plane_port()}/predict/ENDPOINT",
    }


def with_ports(settings: Settings) -> Settings:
    """Return the settings with free ports in the place of a port 0."""
    if settings.port:
        return settings
    return replace(settings, port=free_port(), serving_port=settings.serving_port or free_port())


def _settled(settings: Settings, allow_host: list[str]) -> Settings:
    """Return the settings with their ports chosen, and with all the names that others may call."""
    host = settings.host.strip("[]")
    names = [*settings.allowed_hosts, *(_in_url(name.strip("[]")) for name in allow_host)]
    if host not in EVERYWHERE:
        names.append(_in_url(host))  # whoever asks to listen on an address may call it
    return with_ports(replace(settings, host=host, allowed_hosts=tuple(dict.fromkeys(names))))


def _names_for_others(settings: Settings) -> str:
    if settings.allowed_hosts:
        return f"port {settings.port} and {settings.data_plane_port()} of {', '.join(settings.allowed_hosts)}"
    return "nobody may call; allow the names or addresses they use with --allow-host, or allowed_hosts in tidemill.toml"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
