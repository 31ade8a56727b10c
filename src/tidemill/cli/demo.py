"""tidemill demo: the whole path on real flights, from files to a served model that can say why."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.example import load_flights
from tidemill.cli.init import start_project
from tidemill.cli.options import Json
from tidemill.cli.output import print_json
from tidemill.cli.session import Session, open_session
from tidemill.cli.story import Story
from tidemill.cli.up import addresses_of, running
from tidemill.core import Settings, UsageError

app = typer.Typer()
_MARKER = ".tidemill-demo"


@app.command()
def demo(
    home: Annotated[Path, typer.Option("--home", help="Folder to work in; made anew each time.")] = Path(
        "tidemill-demo"
    ),
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server, the pages and the endpoint up.")] = False,
    port: Annotated[int, typer.Option("--port", help="Port of the server; 0 takes a free one.")] = 0,
    json: Json = False,
) -> None:
    """Run the whole path on the flights of 2013 out of New York, over real HTTP, and ask one answer why."""
    started = time.perf_counter()
    _start_folder(home)
    flights = load_flights(home)
    session = _session(home, port)
    story = Story(session, flights, quiet=json)
    story.unpack()
    story.train()
    story.train_again()
    workspace = session.workspace
    with running(workspace.settings, str(workspace.folder)) as supervisor:
        story.open(supervisor)
        story.predict_march()
        facts = story.ask_why()
        facts["seconds"] = round(time.perf_counter() - started, 1)
        story.close(facts)
        if json:
            print_json(facts | {"addresses": addresses_of(workspace.settings), "kept": keep})
        if keep:
            story.say_kept(addresses_of(workspace.settings))
            supervisor.watch()


def _start_folder(home: Path) -> None:
    if home.exists() and not (home / _MARKER).is_file():
        if not home.is_dir() or any(home.iterdir()):
            raise UsageError(f"{home} exists and is not a demo's folder; name another with --home")
    elif home.exists():
        shutil.rmtree(home)
    start_project(home)
    (home / _MARKER).write_text("Made by 'tidemill demo', which starts this folder anew each time.\n", "utf-8")
    _commit(home)


def _commit(folder: Path) -> None:
    """Put the project under version control where git is there, so that its runs can name their commit."""
    (folder / ".gitignore").write_text(".tidemill/\ndata/\n__pycache__/\n", "utf-8")
    who = ["-c", "user.name=Tidemill demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "Start from the flights example"]):
        try:
            subprocess.run(["git", "-C", str(folder), *command], capture_output=True, check=True)  # noqa: S607 - the user's git
        except (OSError, subprocess.CalledProcessError):
            return


def _session(home: Path, port: int) -> Session:
    session = open_session(home, create=True)
    first = port or free_port()
    settings: Settings = replace(
        session.workspace.settings, port=first, serving_port=first + 1 if port else free_port()
    )
    return Session(replace(session.workspace, settings=settings), session.caller)


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
