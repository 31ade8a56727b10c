"""tidemill data: list and show versions of datasets and file sets; commit, compare and check out folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, safe_text, short_time, size_text
from tidemill.cli.progress import shown_progress
from tidemill.cli.session import Session, open_session
from tidemill.core import iso
from tidemill.data import DatasetVersion, Difference, FileSetVersion

_SHOWN = 20


class ShownByName(TyperGroup):
    """A group in which what is no command is the name of something to be shown."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `show` before a name, or before nothing."""
        if "--help" not in args and (not args or args[0] not in self.commands):
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=ShownByName, help="List and show versions of datasets; commit and check out folders.", rich_markup_mode=None
)

Files = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of files.")]


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="A dataset or file set, or a version such as flights@3.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List versions, or show one; `tidemill data NAME` is short for it."""
    session = open_session(folder, home, project)
    if name is not None and "@" in name:
        _show(_find(session, name), json=json)
        return
    if name is not None:
        _find(session, name)
    datasets = session.workspace.datasets.list(session.caller, name)
    file_sets = session.workspace.file_sets.list(session.caller, name)
    if json:
        print_json([v.to_json() for v in datasets] + [v.to_json() for v in file_sets])
        return
    if datasets or not file_sets:
        rows = [
            (v.reference, f"{v.n_rows:,}", len(v.parts), len(v.checks), v.digest[:12], short_time(iso(v.created_at)))
            for v in datasets
        ]
        empty = "no dataset yet; 'tidemill ingest' commits one, 'tidemill data commit NAME FOLDER' a folder of files"
        print_table(("dataset", "rows", "parts", "checks", "digest", "created"), rows, empty)
    if file_sets:
        files = [
            (v.reference, f"{v.n_files:,}", size_text(v.n_bytes), v.digest[:12], short_time(iso(v.created_at)))
            for v in file_sets
        ]
        print_table(("file set", "files", "size", "digest", "created"), files, "")


@app.command()
def commit(
    name: Annotated[str, typer.Argument(help="The file set's name.")],
    files: Files,
    skip_irregular: Annotated[
        bool, typer.Option("--skip-irregular", help="Leave out links to no file, sockets, FIFOs and devices.")
    ] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Commit a folder's files as a version; a file that has not changed costs a look. Broken off, it goes on."""
    session = open_session(folder, home, project, create=True)
    with shown_progress() as told:
        version = session.workspace.file_sets.commit(
            session.caller, name, files, skip_irregular=skip_irregular, told=told
        )
    if json:
        print_json(version.to_json())
        return
    word = "committed" if version.created else "unchanged"
    typer.echo(f"{version.reference} {word}: {version.n_files:,} files, {size_text(version.n_bytes)}")


@app.command()
def status(
    name: Annotated[str, typer.Argument(help="A file set, or a version such as images@3.  [default version: latest]")],
    files: Files,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say how a folder differs from a version; stores nothing."""
    session = open_session(folder, home, project)
    with shown_progress() as told:
        version, found = session.workspace.file_sets.status(session.caller, name, files, told=told)
    _print_difference(found, f"{files} is as {version.reference}", json=json)


@app.command()
def checkout(
    name: Annotated[str, typer.Argument(help="A version such as images@3, or a file set for its latest.")],
    files: Files,
    force: Annotated[bool, typer.Option("--force", help="Overwrite changes that were committed nowhere.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Make a folder's files those of a version, moving only what differs. Broken off, it goes on."""
    session = open_session(folder, home, project)
    with shown_progress() as told:
        version = session.workspace.file_sets.checkout(session.caller, name, files, force=force, told=told)
    if json:
        print_json(version.to_json())
        return
    typer.echo(f"{files} is {version.reference} now: {version.n_files:,} files, {size_text(version.n_bytes)}")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A version such as images@1.")],
    new: Annotated[str, typer.Argument(help="Another, such as images@2.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say how one version of a file set differs from another."""
    session = open_session(folder, home, project)
    found = session.workspace.file_sets.diff(session.caller, old, new)
    _print_difference(found, f"{old} and {new} hold the same files", json=json)


def _find(session: Session, name: str) -> DatasetVersion | FileSetVersion:
    """Return the version of a dataset or file set, whichever has the name. Raises NotFoundError."""
    file_sets = session.workspace.file_sets
    if file_sets.list(session.caller, name.partition("@")[0]):
        return file_sets.get(session.caller, name)
    return session.workspace.datasets.get(session.caller, name)


def _show(version: DatasetVersion | FileSetVersion, *, json: bool) -> None:
    if json:
        print_json(version.to_json())
        return
    created = f"{short_time(iso(version.created_at))} by {version.created_by}"
    if isinstance(version, FileSetVersion):
        files = f"{version.n_files:,}, {size_text(version.n_bytes)}"
        print_facts({"file set": version.reference, "digest": version.digest, "files": files, "created": created})
        return
    print_facts(
        {
            "dataset": version.reference,
            "digest": version.digest,
            "rows": f"{version.n_rows:,} in {len(version.parts)} parts",
            "window": f"{iso(version.first_event_at)} to {iso(version.last_event_at)}",
            "created": created,
        }
    )
    for mark in version.redactions:
        typer.echo(f"  redacted {mark.n_rows:,} rows on {short_time(mark.at)} by {mark.by}: {mark.why}")
    for check in version.checks:
        typer.echo(f"  check   {check.sentence}")
    for column, dtype in version.schema.items():
        typer.echo(f"  column  {column}: {dtype}")


def _print_difference(found: Difference, same: str, *, json: bool) -> None:
    if json:
        print_json({"added": found.added, "changed": found.changed, "removed": found.removed})
        return
    if not found:
        typer.echo(same)
    for word, paths in (("added", found.added), ("changed", found.changed), ("removed", found.removed)):
        for path in paths[:_SHOWN]:
            typer.echo(f"{word:<8} {safe_text(path)}")
        if len(paths) > _SHOWN:
            typer.echo(f"{word:<8} and {len(paths) - _SHOWN:,} more; --json lists all")
