"""tidemill model: describe, tag, place, rename and delete models and versions; register files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, safe_text
from tidemill.cli.session import open_session
from tidemill.core import UsageError
from tidemill.outside_models import register_path

app = typer.Typer(
    no_args_is_help=True, help="Describe, tag, place, rename and delete models and versions; register files."
)
Which = Annotated[str, typer.Argument(metavar="MODEL", help="A model, or a version such as delay/3 or delay@champion.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="A version such as delay/3 or delay@champion.")]
Name = Annotated[str, typer.Argument(metavar="MODEL", help="A model.")]


@app.command()
def register(
    path: Annotated[Path, typer.Argument(help="A .onnx file, a LightGBM text file, or a folder with an MLmodel file.")],
    name: Annotated[str, typer.Option("--name", help="The model to register it under; made when there is none.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Register a file or folder as the next version of a model."""
    session = open_session(folder, home, project, create=True)
    version = register_path(session.workspace, session.caller, path, name)
    _tell(version, f"registered {version.reference}", json=json)


@app.command()
def describe(
    which: Which,
    text: Annotated[str | None, typer.Argument(help="What is said of it.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Who answers for the model.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say what a model or a version is for, and who answers for it."""
    if text is None and owner is None:
        raise UsageError("give a text, or a model's owner with --owner")
    session = open_session(folder, home, project)
    catalogue = session.workspace.registry.catalogue
    if _is_version(which):
        if owner is not None or text is None:
            raise UsageError(f"{which} is a version; the owner is that of its model")
        _tell(catalogue.update_version(session.caller, which, text), f"described {which}", json=json)
    else:
        _tell(catalogue.update_model(session.caller, which, text, owner), f"described {which}", json=json)


@app.command()
def tag(
    which: Which,
    pair: Annotated[str, typer.Argument(metavar="KEY=VALUE", help="The tag; with --remove only its key.")],
    remove: Annotated[bool, typer.Option("--remove", help="Remove the tag.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Set a tag of a model or a version, or remove it."""
    key, found, given = pair.partition("=")
    if not found and not remove:
        raise UsageError(f"{pair!r} is no tag; write it as key=value, or remove it with --remove")
    value = None if remove else given
    session = open_session(folder, home, project)
    if _is_version(which):
        session.workspace.registry.catalogue.tag_version(session.caller, which, key, value)
    else:
        session.workspace.registry.catalogue.tag_model(session.caller, which, key, value)
    _tell({"key": key, "value": value}, f"{which} has {'no' if remove else 'the'} tag {key}", json=json)


@app.command()
def alias(
    version: Version,
    alias: Annotated[str, typer.Argument(help="The alias.")],
    remove: Annotated[bool, typer.Option("--remove", help="Let it point at nothing.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Point an alias at a version, or remove it from its model; the champion is also served."""
    session = open_session(folder, home, project)
    rooms = session.workspace
    if remove:
        model = version.partition("/")[0].rpartition("@")[0] or version.partition("/")[0]
        gone = rooms.registry.environments.remove_alias(session.caller, model, alias)
        _tell({"removed": gone}, f"{model}@{alias} points at nothing", json=json)
        return
    promotion = rooms.registry.promote(session.caller, version, alias)
    rooms.deployments.follow(session.caller, promotion)
    _tell(promotion, f"{promotion.model}@{alias} is {promotion.model}/{promotion.version}", json=json)


@app.command()
def place(
    version: Version,
    environment: Annotated[str, typer.Argument(help="An environment, such as staging or production.")],
    alone: Annotated[bool, typer.Option("--alone", help="The other versions leave it.")] = False,
    leave: Annotated[bool, typer.Option("--leave", help="The version leaves it.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Let a version stand in an environment, or leave it."""
    session = open_session(folder, home, project)
    rooms = session.workspace.registry.environments
    if leave:
        placed = rooms.leave(session.caller, version, environment)
    else:
        placed = rooms.place(session.caller, version, environment, alone=alone)
    _tell(placed, f"{placed.reference} stands in {', '.join(placed.environments) or 'no environment'}", json=json)


@app.command()
def rename(
    name: Name,
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Give a model that was never served another name."""
    session = open_session(folder, home, project)
    renamed = session.workspace.registry.catalogue.rename_model(session.caller, name, new_name)
    _tell(renamed, f"{name} is {renamed.name} now", json=json)


@app.command()
def delete(
    which: Which, folder: Folder = HERE, home: Home = None, project: ProjectName = None, json: Json = False
) -> None:
    """Delete a version, or a model with its versions; what answers, or has an alias, stays."""
    session = open_session(folder, home, project)
    if _is_version(which):
        session.workspace.registry.catalogue.delete_version(session.caller, which)
    else:
        session.workspace.registry.catalogue.delete_model(session.caller, which)
    _tell({"deleted": which}, f"deleted {which}", json=json)


def _is_version(which: str) -> bool:
    return "/" in which or "@" in which


def _tell(done: object, line: str, *, json: bool) -> None:
    if json:
        print_json(done)
    else:
        typer.echo(safe_text(line))
