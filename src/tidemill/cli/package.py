"""tidemill package: make a bundle of the project's code."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.bundles import BundleDraft, make_draft
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, safe_text, size_text
from tidemill.cli.session import open_session
from tidemill.core import UsageError, load_settings

app = typer.Typer(add_completion=False)


@app.command()
def package(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go in; store nothing.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Make a bundle of the project's code: show the exact files, then store them under one digest."""
    settings = load_settings(folder, home=home.absolute() if home else None, project=project)
    draft = make_draft(folder, settings)
    if not draft.manifest.module:
        raise UsageError(
            f"{folder.absolute()} holds no project that can be packaged: no one Python file there imports tidemill; "
            "try 'tidemill init', or name the file as module in tidemill.toml"
        )
    if not json:
        print_draft(draft)
    stored = None
    if not dry_run:
        session = open_session(folder, home, project, create=True)
        with session.workspace.in_flight.mark():
            stored = session.workspace.bundles.store(session.caller, draft)
    if json:
        print_json(draft_json(draft) | {"stored": stored is not None})
    elif stored is None:
        typer.echo(f"bundle {draft.digest[:12]} would be stored; leave out --dry-run to store it")
    else:
        typer.echo(f"bundle {stored.short} is stored; 'tidemill bundle deploy {stored.short} --to ENV' deploys it")


def print_draft(draft: BundleDraft) -> None:
    """Print the files of a draft, what is left out and why, and what it stands on."""
    manifest, source = draft.manifest, draft.source()
    print_table(
        ("file", "size", ""),
        [(file.path, size_text(file.size), "executable" if file.executable else "") for file in manifest.files],
        "no file",
    )
    for each in draft.left_out:
        typer.echo(f"{typer.style('left out', dim=True)}  {safe_text(each.path)}: {safe_text(each.why)}")
    changed = f", and {source.diff.count('diff --git ')} files with uncommitted changes" if source.diff else ""
    print_facts(
        {
            "files": f"{len(manifest.files):,}, {size_text(manifest.n_bytes)}",
            "pipelines": ", ".join(manifest.pipelines) or "-",
            "python": manifest.python,
            "lock": manifest.lock.kind if manifest.lock.kind != "installed" else "the versions that are installed",
            "commit": f"{source.commit[:12]}{changed}" if source.commit else "outside a repository",
        }
    )


def draft_json(draft: BundleDraft) -> dict[str, object]:
    """Return a draft as JSON."""
    manifest, source = draft.manifest, draft.source()
    return {
        "digest": draft.digest,
        "module": manifest.module,
        "pipelines": manifest.pipelines,
        "python": manifest.python,
        "lock": {"kind": manifest.lock.kind, "digest": manifest.lock.digest},
        "commit": source.commit,
        "uncommitted": bool(source.diff),
        "files": [
            {"path": each.path, "digest": each.digest, "size": each.size, "executable": each.executable}
            for each in manifest.files
        ],
        "left_out": draft.left_out,
    }
