"""tidemill bundles: list bundles of code and where they are deployed, or show one."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.bundles import Bundle, BundleDeployment
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time, size_text
from tidemill.cli.session import Session, open_session
from tidemill.core import environment_names, shares_store

app = typer.Typer(add_completion=False)


@app.command()
def bundles(
    digest: Annotated[str | None, typer.Argument(help="A bundle, to see its files, checks and deployments.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Print what was not committed when it was stored.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, newest first.")] = 20,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List bundles, newest first, and what each environment of this store uses; or show one."""
    session = open_session(folder, home, project)
    if digest is not None:
        _show(session, session.workspace.bundles.get(session.caller, digest), diff=diff, json=json)
        return
    found = session.workspace.bundles.list(session.caller, limit)
    used = environments(session)
    if json:
        listed = [summary_json(session, bundle, used) for bundle in found]
        print_json({"bundles": listed, "environments": used})
        return
    rows = [
        (
            bundle.short,
            len(bundle.files),
            size_text(bundle.manifest.n_bytes),
            commit_words(bundle),
            checked(session, bundle),
            ", ".join(name for name, at in used.items() if at is not None and at.digest == bundle.digest) or "-",
            short_time(bundle.created_at),
            bundle.created_by,
        )
        for bundle in found
    ]
    columns = ("bundle", "files", "size", "commit", "ci", "deployed to", "stored", "by")
    print_table(columns, rows, "no bundle yet; 'tidemill package' makes one, and so does 'tidemill run'")
    for name, at in used.items():
        typer.echo(f"{name}: {'runs use the working tree' if at is None else f'runs use bundle {at.digest[:12]}'}")


def environments(session: Session) -> dict[str, BundleDeployment | None]:
    """Return what is deployed to each environment that keeps its things in the session's store."""
    workspace = session.workspace
    named = environment_names(workspace.folder)
    shared = [name for name in named if shares_store(workspace.folder, workspace.settings.env, name)]
    return {name: workspace.bundles.deployed(session.caller, name) for name in shared}


def summary_json(session: Session, bundle: Bundle, used: dict[str, BundleDeployment | None]) -> dict[str, object]:
    """Return a bundle as JSON, without its files."""
    manifest = bundle.manifest
    return {
        "digest": bundle.digest,
        "module": manifest.module,
        "pipelines": manifest.pipelines,
        "python": manifest.python,
        "lock": {"kind": manifest.lock.kind, "digest": manifest.lock.digest},
        "n_files": len(bundle.files),
        "n_bytes": manifest.n_bytes,
        "commit": bundle.commit,
        "diff_digest": bundle.diff_digest,
        "ci": checked(session, bundle),
        "deployed_to": [name for name, at in used.items() if at is not None and at.digest == bundle.digest],
        "created_at": bundle.created_at,
        "created_by": bundle.created_by,
    }


def checked(session: Session, bundle: Bundle) -> str:
    """Return in a word what came of the check that decides whether a bundle can be deployed."""
    last = next(
        (each for each in session.workspace.bundles.checks(session.caller, bundle.digest) if each.name == "ci"), None
    )
    return "not run" if last is None else "passed" if last.passed else "failed"


def commit_words(bundle: Bundle) -> str:
    """Return the commit in short, and whether files differed from it."""
    return f"{bundle.commit[:12]}{' with changes' if bundle.diff_digest else ''}" if bundle.commit else "-"


def _show(session: Session, bundle: Bundle, *, diff: bool, json: bool) -> None:
    service, used = session.workspace.bundles, environments(session)
    checks = service.checks(session.caller, bundle.digest)
    deployments = [each for each in service.deployments(session.caller) if each.digest == bundle.digest]
    text = session.workspace.blobs.get(bundle.diff_digest).decode() if diff and bundle.diff_digest else ""
    if json:
        files = [{"path": f.path, "digest": f.digest, "size": f.size, "executable": f.executable} for f in bundle.files]
        told = {"files": files, "checks": checks, "deployments": deployments, "diff": text}
        print_json(summary_json(session, bundle, used) | told)
        return
    if diff:
        typer.echo(text or "nothing differed from the commit")
        return
    print_facts(
        {
            "bundle": bundle.digest,
            "pipelines": ", ".join(bundle.manifest.pipelines) or "-",
            "python": f"{bundle.manifest.python}, made with {bundle.made_with}",
            "lock": bundle.lock.kind,
            "commit": commit_words(bundle),
            "stored": f"{short_time(bundle.created_at)} by {bundle.created_by}",
        }
    )
    print_table(
        ("file", "size", "digest"), [(f.path, size_text(f.size), f.digest[:12]) for f in bundle.files], "no file"
    )
    rows = [(each.name, "passed" if each.passed else "failed", short_time(each.at), each.by) for each in checks]
    print_table(("check", "", "at", "by"), rows, "no check has run on it; 'tidemill ci' runs one")
    places = [
        (each.environment, each.number, each.how, each.override or "-", short_time(each.at), each.by)
        for each in deployments
    ]
    print_table(("environment", "number", "how", "override", "at", "by"), places, "it was never deployed")
