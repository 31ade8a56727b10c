"""tidemill bundle: deploy a bundle of code to an environment, promote it, roll it back, unpack it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.bundles import WORKING_TREE, BundleDeployment, copy_bundle
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, safe_text
from tidemill.cli.session import Session, open_session
from tidemill.core import NotFoundError, did_you_mean, environment_names, load_settings, shares_store

app = typer.Typer(no_args_is_help=True, help="Deploy a bundle of code to an environment, promote it, roll it back.")

Digest = Annotated[str, typer.Argument(help="A bundle, by the beginning of its digest: see 'tidemill bundles'.")]
Override = Annotated[
    str | None,
    typer.Option("--override", metavar="REASON", help="Why a bundle is deployed that did not pass; it is audited."),
]


@app.command()
def deploy(
    digest: Digest,
    to: Annotated[str, typer.Option("--to", metavar="ENV", help="The environment, such as staging.")],
    override: Override = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Let scheduled and triggered runs of an environment use a bundle; 'working-tree' lets them use the folder again.

    A bundle that did not pass 'tidemill ci' is refused, unless there is a reason to override.
    """
    check_environment(folder, to)
    session = open_session(folder, home, project)
    target = session_of(folder, home, project, to, session)
    if target is not session and digest != WORKING_TREE:
        digest = _bring(session, target, digest)
    done = target.workspace.bundles.deploy(target.caller, digest, to, override=override)
    _tell(done, json=json)


@app.command()
def promote(
    from_: Annotated[str, typer.Argument(metavar="FROM", help="The environment that uses the bundle.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="The environment that shall use it.")],
    override: Override = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Deploy to one environment what is deployed to another; it is copied first when each has a store of its own."""
    check_environment(folder, from_)
    check_environment(folder, to)
    source = open_session(folder, home, project, env=from_)
    target = session_of(folder, home, project, to, source)
    with target.workspace.in_flight.mark():
        done = source.workspace.bundles.promote(
            source.caller, from_, to, target=target.workspace.bundles, override=override
        )
    _tell(done, json=json)


@app.command(name="roll-back")
def roll_back(
    environment: Annotated[str, typer.Argument(metavar="ENV", help="The environment.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Deploy again what was deployed to an environment before; once more goes further back."""
    check_environment(folder, environment)
    session = open_session(folder, home, project, env=environment)
    _tell(session.workspace.bundles.roll_back(session.caller, environment), json=json)


@app.command()
def unpack(
    digest: Digest,
    into: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that is missing or empty.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Write a bundle's files into a folder: all of them, each checked, or none."""
    session = open_session(folder, home, project)
    bundle = session.workspace.bundles.get(session.caller, digest)
    made = session.workspace.bundles.unpack(session.caller, bundle, into)
    if json:
        print_json({"digest": bundle.digest, "folder": made, "n_files": len(bundle.files)})
    else:
        typer.echo(f"{made} holds the {len(bundle.files)} files of bundle {bundle.short}")


def check_environment(folder: Path, name: str) -> None:
    """Do nothing for an environment of the project. Raises NotFoundError."""
    known = environment_names(folder)
    if name not in known:
        raise NotFoundError(
            f"tidemill.toml has no environment {name!r}.{did_you_mean(name, known)} There is: {', '.join(known)}; "
            f"add a table [environments.{name[:100]}]"
        )


def session_of(folder: Path, home: Path | None, project: str | None, env: str, session: Session) -> Session:
    """Return the session of an environment: the given one when it has the same store."""
    if shares_store(folder, session.workspace.settings.env, env):
        return session
    own = load_settings(folder, env=env).home
    given = None if own != session.workspace.home else home
    return open_session(folder, given, project, create=True, env=env)


def _bring(session: Session, target: Session, digest: str) -> str:
    """Bring a bundle to the target's store, with the checks that have run on it since; one that only it has is there.

    The digest may be the beginning of one, or `latest`: which bundle that is, this store says.
    """
    try:
        bundle = session.workspace.bundles.get(session.caller, digest)
    except NotFoundError:
        return target.workspace.bundles.get(target.caller, digest).digest
    with target.workspace.in_flight.mark():
        copy_bundle(target.caller, bundle, session.workspace.bundles.side, target.workspace.bundles.side)
    return bundle.digest


def _tell(done: BundleDeployment, *, json: bool) -> None:
    if json:
        print_json(done)
        return
    if not done.digest:
        typer.echo(f"runs of {done.environment} use the working tree again")
        return
    origin = f" from {done.from_environment}" if done.from_environment else ""
    typer.echo(f"runs of {done.environment} use bundle {done.digest[:12]}: {done.how}{origin}, number {done.number}")
    if done.override:
        typer.echo(f"it did not pass 'tidemill ci'; the audit trail keeps the reason: {safe_text(done.override)}")
