"""tidemill serve: serve a model version, a model file or a folder with an MLmodel file, without a pipeline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.extras import SERVE, check_installed
from tidemill.cli.home import using_home
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.processes import Supervisor
from tidemill.cli.session import Session, open_session
from tidemill.cli.signals import calling, held_back
from tidemill.cli.up import data_plane_of, serving_settings
from tidemill.client import Client
from tidemill.core import Settings, TidemillError, UsageError
from tidemill.outside_models import register_path, serve_version

app = typer.Typer(add_completion=False)
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


@app.command()
def serve(
    what: Annotated[
        str, typer.Argument(help="A version as delay@champion or delay/3, a model file, or a folder with MLmodel.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="The model to register a file under.  [default: the file's name]")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", help="The endpoint to serve it at.  [default: the model's name]")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port of the data plane, when none answers yet. 0 takes a free one.")
    ] = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Only deploy it; a data plane that is up, or comes up later, serves it.")
    ] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Serve a model, and keep a data plane up for it until Ctrl-C when none is up yet."""
    check_installed("tidemill serve", SERVE)
    session = open_session(folder, home, project, create=True)
    reference = _reference(session, what, name)
    revision = serve_version(session.workspace, session.caller, reference, endpoint)
    settings = serving_settings(session.workspace.settings, host, port)
    address = f"http://{settings.host}:{settings.data_plane_port()}"
    place = revision.endpoint if settings.project == "default" else f"{settings.project}/{revision.endpoint}"
    told = {"endpoint": revision.endpoint, "model": revision.reference, "predict": f"{address}/predict/{place}"}
    if json:
        print_json(told | {"revision": revision.revision})
    else:
        typer.echo(f"{revision.reference} is served at {told['predict']}")
    if no_wait or _answers(address):
        return
    _keep_up(settings, json=json)


def _reference(session: Session, what: str, name: str | None) -> str:
    """Return the version that is meant; a file or folder becomes one, unless the newest holds the very same bytes."""
    path = Path(what)
    if not path.exists():
        if name is not None:
            raise UsageError(f"there is no file {what!r} to register as {name!r}")
        if "/" not in what and "@" not in what:
            raise UsageError(f"{what!r} is neither a file nor a version; write delay@champion, delay/3 or model.onnx")
        return what
    model = name or _NO_NAME.sub("-", path.absolute().stem).strip("-.") or "model"
    return register_path(session.workspace, session.caller, path, model).reference


def _answers(address: str) -> bool:
    try:
        with Client(address) as client:
            client.get("/endpoints")
    except TidemillError:
        return False
    return True


def _keep_up(settings: Settings, *, json: bool) -> None:
    supervisor = Supervisor(settings.home / "logs", lambda line: typer.echo(line, err=True))
    with using_home(settings.home), calling(supervisor.request_stop):
        try:
            with held_back():
                supervisor.start([data_plane_of(settings)])
            supervisor.wait_healthy()
            if not json:
                typer.echo("stop with Ctrl-C")
            supervisor.watch()
        finally:
            with calling(supervisor.hurry):
                supervisor.stop()
