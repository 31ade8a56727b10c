"""tidemill models: list models, or show one or one of its versions."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import Session, open_session

app = typer.Typer(add_completion=False)


@app.command()
def models(
    name: Annotated[str | None, typer.Argument(help="A model, or a version such as delay/3 or delay@champion.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List models, or show one or one of its versions."""
    session = open_session(folder, home, project)
    if name is None:
        _list(session, json=json)
    elif "/" in name or "@" in name:
        _show_version(session, name, json=json)
    else:
        _show_model(session, name, json=json)


def _list(session: Session, *, json: bool) -> None:
    found = session.workspace.registry.list_models(session.caller)
    if json:
        print_json(found)
        return
    rows = [
        (model.name, model.latest_version, _aliases(model.aliases), short_time(model.created_at)) for model in found
    ]
    print_table(("model", "versions", "aliases", "created"), rows, "no model yet; 'tidemill run' registers one")


def _show_model(session: Session, name: str, *, json: bool) -> None:
    versions = session.workspace.registry.list_versions(session.caller, name)
    if json:
        print_json(versions)
        return
    rows = [
        (v.reference, " ".join(v.aliases) or "-", v.run_id, v.package_digest[:12], short_time(v.created_at))
        for v in versions
    ]
    print_table(("version", "aliases", "run", "package", "created"), rows, "")


def _show_version(session: Session, reference: str, *, json: bool) -> None:
    registry = session.workspace.registry
    version = registry.get(session.caller, reference)
    verdict = registry.find_verdict(session.caller, version)
    report = registry.find_report(version)
    metrics = report.metrics if report else {}
    if json:
        print_json({"version": version, "verdict": verdict, "metrics": metrics})
        return
    facts: dict[str, object] = {
        "version": version.reference,
        "aliases": " ".join(version.aliases) or "-",
        "run": version.run_id,
        "package": version.package_digest,
        "created": f"{short_time(version.created_at)} by {version.created_by}",
    }
    facts |= {metric: f"{e.value:.4f} (95 % {e.low:.4f} to {e.high:.4f})" for metric, e in metrics.items()}
    print_facts(facts)
    for check in verdict.verdict["checks"] if verdict else ():
        typer.echo(f"  gate  {check['sentence']}")


def _aliases(aliases: dict[str, int]) -> str:
    return ", ".join(f"{alias} -> {version}" for alias, version in aliases.items()) or "-"
