"""tidemill artifacts: list, put, get or delete the files that a run keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, safe_text
from tidemill.cli.session import Session, open_session
from tidemill.core import ConflictError, NotFoundError, UsageError
from tidemill.tracking import ArtifactEntry

app = typer.Typer(no_args_is_help=True, help="List, put, get or delete the files that a run keeps.")

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, 'latest', or a logged model's id.")]
_LATEST = "latest"
_COPY_BYTES = 1 << 20


@app.command(name="list")
def list_(
    run: Run,
    path: Annotated[str, typer.Argument(metavar="[FOLDER]", help="A folder of it.")] = "",
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List what a run keeps: its files, and those of a folder."""
    session = open_session(folder, home, project)
    run = _owner(session, run)
    artifacts, after = session.workspace.artifacts, ""
    entries: list[ArtifactEntry] = []
    while True:
        page = artifacts.list(session.caller, run, path, after)
        entries += page.entries
        if not (after := page.after):
            break
    if json:
        print_json([{"path": each.path, "folder": each.is_folder, "size": each.size} for each in entries])
        return
    rows = [(each.path + "/" * each.is_folder, "" if each.size is None else f"{each.size:,}") for each in entries]
    print_table(("path", "bytes"), rows, "nothing is kept there; 'tidemill artifacts put RUN FILE' keeps a file")


@app.command()
def put(
    run: Run,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file, or a folder with all that is in it.")],
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="Where it is kept.  [default: its own name]")] = "",
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Keep a file of this machine, or a folder, with a run."""
    session = open_session(folder, home, project)
    run = _owner(session, run)
    if not file.exists():
        raise UsageError(f"there is no file {str(file)!r}; name one that is there")
    path = path or file.resolve().name
    sources = [file] if file.is_file() else sorted(each for each in file.rglob("*") if each.is_file())
    stored = []
    for source in sources:
        inside = "" if source is file else f"/{source.relative_to(file).as_posix()}"
        stored.append(session.workspace.artifacts.put_file(session.caller, run, path + inside, source))
    if json:
        print_json(stored)
        return
    n_bytes = sum(each.size for each in stored)
    typer.echo(f"{len(stored):,} files with {n_bytes:,} bytes are kept as {safe_text(path)}")


@app.command()
def get(
    run: Run,
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="A file or folder.  [default: all]")] = "",
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where to write it.")] = HERE,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Write a file that a run keeps, or a folder, below a folder of this machine; what is there already stays."""
    session = open_session(folder, home, project)
    run = _owner(session, run)
    written = _written(session, run, path, to)
    if json:
        print_json([str(each) for each in written])
        return
    typer.echo(f"{len(written):,} files are written below {safe_text(str(to))}")


@app.command()
def delete(
    run: Run,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file, or a folder with all that is in it.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Delete a file that a run keeps, or a folder with all that is in it."""
    session = open_session(folder, home, project)
    run = _owner(session, run)
    n_files = session.workspace.artifacts.delete(session.caller, run, path)
    if json:
        print_json({"n_files": n_files})
        return
    typer.echo(f"{n_files:,} files are deleted; their bytes go with the next collections")


def _owner(session: Session, run: str) -> str:
    """Return the id that is meant: ``latest`` is the newest run."""
    if run != _LATEST:
        return run
    newest = session.workspace.tracking.list_runs(session.caller, limit=1)
    if not newest:
        raise NotFoundError("there is no run yet; 'tidemill run' makes one")
    return newest[0].id


def _written(session: Session, run: str, path: str, to: Path) -> list[Path]:
    artifacts, caller = session.workspace.artifacts, session.caller
    files = list(artifacts.walk(caller, run, path)) or ([artifacts.get(caller, run, path)] if path else [])
    if not files:
        raise NotFoundError(f"{run} keeps no files; 'tidemill artifacts list {run}' tells what is there")
    above = len(path.removesuffix("/").rpartition("/")[0])
    written = []
    for file in files:
        target = to / file.path[above:].removeprefix("/")
        if target.exists() or target.is_symlink():
            raise ConflictError(f"{str(target)!r} is there already; it stays: remove it, or name another --to")
        target.parent.mkdir(parents=True, exist_ok=True)
        with artifacts.open_blob(file) as source, target.open("xb") as sink:
            while chunk := source.read(_COPY_BYTES):
                sink.write(chunk)
        written.append(target)
    return written
