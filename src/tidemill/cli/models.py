"""tidemill models: list models, or show one or one of its versions."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import Session, open_session
from tidemill.core import UsageError
from tidemill.registry import RegistryQuery, find_report, find_verdict

app = typer.Typer(add_completion=False)
_MOST_LISTED = 1000


@app.command()
def models(
    name: Annotated[str | None, typer.Argument(help="A model, or a version such as delay/3 or delay@champion.")] = None,
    where: Annotated[
        str | None, typer.Option("--where", help="Only models such as: name LIKE 'del%' AND tags.team = 'a'.")
    ] = None,
    order_by: Annotated[
        list[str] | None, typer.Option("--order-by", help="As: last_updated_timestamp DESC; may be repeated.")
    ] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List models, or show one or one of its versions."""
    session = open_session(folder, home, project)
    if name is None:
        _list(session, RegistryQuery(where or "", tuple(order_by or ()), _MOST_LISTED), json=json)
    elif where or order_by:
        raise UsageError("--where and --order-by search all models; leave the name out")
    elif "/" in name or "@" in name:
        _show_version(session, name, json=json)
    else:
        _show_model(session, name, json=json)


def _list(session: Session, query: RegistryQuery, *, json: bool) -> None:
    found = session.workspace.registry.search.models(session.caller, query).models
    if json:
        print_json(found)
        return
    rows = [
        (model.name, model.n_versions, _aliases(model.aliases), model.owner, short_time(model.created_at))
        for model in found
    ]
    print_table(
        ("model", "versions", "aliases", "owner", "created"), rows, "no model yet; 'tidemill run' registers one"
    )


def _show_model(session: Session, name: str, *, json: bool) -> None:
    registry = session.workspace.registry
    versions, model = registry.list_versions(session.caller, name), registry.catalogue.get_model(session.caller, name)
    if json:
        print_json(versions)
        return
    told = {"about": model.description, "tags": _pairs(model.tags)}
    print_facts({key: value for key, value in told.items() if value})
    rows = [
        (
            v.reference,
            " ".join((*v.aliases, *v.environments)) or "-",
            v.run_id or "-",
            v.package_digest[:12] or "-",
            short_time(v.created_at),
        )
        for v in versions
    ]
    print_table(("version", "aliases", "run", "package", "created"), rows, "no version yet")


def _show_version(session: Session, reference: str, *, json: bool) -> None:
    registry = session.workspace.registry
    version = registry.get(session.caller, reference)
    verdict = find_verdict(registry, session.caller, version)
    report = find_report(registry, version)
    metrics = report.metrics if report else {}
    if json:
        print_json({"version": version, "verdict": verdict, "metrics": metrics})
        return
    facts: dict[str, object] = {
        "version": version.reference,
        "aliases": " ".join(version.aliases) or "-",
        "environments": " ".join(version.environments),
        "about": version.description,
        "tags": _pairs(version.tags),
        "source": version.source,
        "flavours": ", ".join(version.facts.get("flavors", ())),
        "run": version.run_id,
        "package": version.package_digest,
        "created": f"{short_time(version.created_at)} by {version.user_id or version.created_by}",
    }
    facts = {name: value for name, value in facts.items() if value}
    facts |= {f"param {key}": value for key, value in version.facts.get("params", {}).items()}
    facts |= {f"metric {key}": f"{value:g}" for key, value in version.facts.get("metrics", {}).items()}
    facts |= {metric: f"{e.value:.4f} (95 % {e.low:.4f} to {e.high:.4f})" for metric, e in metrics.items()}
    print_facts(facts)
    for check in verdict.verdict["checks"] if verdict else ():
        typer.echo(f"  gate  {check['sentence']}")


def _pairs(tags: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in tags.items())


def _aliases(aliases: dict[str, int]) -> str:
    return ", ".join(f"{alias} -> {version}" for alias, version in aliases.items()) or "-"
