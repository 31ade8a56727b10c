"""tidemill erase: take an entity out of everything that is kept, and tell what held it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.access import Caller
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import open_session
from tidemill.core import UsageError
from tidemill.erasure import ErasureItem, ErasureReport, Erasures, parse_keys, read_keys

app = typer.Typer(add_completion=False)

_Words = Annotated[list[str] | None, typer.Argument(help="COLUMN=VALUE; several are one composite key.")]
_From = Annotated[Path | None, typer.Option("--from", help="A CSV file with a key a row.")]
_Why = Annotated[str, typer.Option("--why", help="The reason, which is kept; name no key.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what holds it; change nothing.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Erase without asking.")]
_List = Annotated[bool, typer.Option("--list", help="List the requests.")]
_Show = Annotated[str | None, typer.Option("--show", help="Show a request.")]
_Finish = Annotated[bool, typer.Option("--finish", help="Go on with the requests that are not done.")]
_Lift = Annotated[str | None, typer.Option("--lift", help="Let the keys of a request come back.")]
_SHOWN = 20


@app.command()
def erase(
    words: _Words = None,
    from_file: _From = None,
    why: _Why = "",
    dry_run: _DryRun = False,
    yes: _Yes = False,
    list_: _List = False,
    show: _Show = None,
    finish: _Finish = False,
    lift: _Lift = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Erase an entity by its key: rows, online values, logged predictions, labels, cached results; ids stay."""
    asked = [bool(words), from_file is not None, list_, show is not None, finish, lift is not None]
    if sum(asked) != 1:
        raise UsageError("give COLUMN=VALUE or --from FILE, or one of --list, --show, --finish and --lift")
    session = open_session(folder, home, project)
    erasures, caller = session.workspace.erasures, session.caller
    if list_:
        _list(erasures, caller, json=json)
    elif finish:
        done = erasures.finish(caller)
        _tell(done, json=json, none="no erasure waits")
    elif show is not None or lift is not None:
        report = erasures.get(caller, show) if show is not None else erasures.lift(caller, lift or "")
        _tell((report,), json=json)
    else:
        keys = read_keys(from_file) if from_file is not None else parse_keys(words or [])
        if not dry_run and not yes:
            _tell((erasures.plan(caller, keys),), json=False)
            typer.confirm("Erase all of this? It cannot be undone", abort=True)
        report = erasures.plan(caller, keys) if dry_run else erasures.erase(caller, keys, why)
        _tell((report,), json=json)


def _list(erasures: Erasures, caller: Caller, *, json: bool) -> None:
    found = erasures.list(caller)
    if json:
        print_json(found)
        return
    rows = [
        (each.id, each.state, f"{each.n_keys:,}", ", ".join(each.columns), short_time(each.requested_at), _lifted(each))
        for each in found
    ]
    print_table(("erasure", "state", "keys", "of", "requested", "may come back"), rows, "nothing was erased")


def _lifted(report: ErasureReport) -> str:
    return "no" if report.lifted_at is None else f"since {short_time(report.lifted_at)}"


def _tell(reports: tuple[ErasureReport, ...], *, json: bool, none: str = "") -> None:
    if json:
        print_json(reports if len(reports) != 1 else reports[0])
        return
    if not reports:
        typer.echo(none)
    for report in reports:
        facts = {"erasure": report.id or "planned", "state": report.state, "keys": f"{report.n_keys:,}"}
        facts |= {"of": ", ".join(report.columns)}
        facts |= {"why": report.why, "by": report.requested_by} if report.id else {}
        print_facts(facts)
        rows = [row for kind in dict.fromkeys(item.kind for item in report.items) for row in _rows(report, kind)]
        print_table(("held by", "which", "what", "now"), rows, "nothing holds it")
        for line in report.waiting:
            typer.echo(f"waits: {line}; then 'tidemill erase --finish'")
        for line in report.advice:
            typer.echo(f"left to you: {line}")


def _rows(report: ErasureReport, kind: str) -> list[tuple[str, str, str, str]]:
    items = report.of(kind)
    rows = [(kind.replace("_", " "), item.name, _words(item), item.state) for item in items[:_SHOWN]]
    if len(items) > _SHOWN:
        rows.append((kind.replace("_", " "), f"and {len(items) - _SHOWN:,} more", "--json shows all", ""))
    return rows


def _words(item: ErasureItem) -> str:
    named = {
        "n_rows": "rows",
        "n_parts": "parts",
        "n_keys": "keys",
        "n_labels": "labels",
        "n_named": "files are named after a key",
    }
    counts = [f"{item.detail[name]:,} {word}" for name, word in named.items() if name in item.detail]
    told = [str(item.detail[name]) for name in ("step", "model", "endpoint", "made_at", "of") if item.detail.get(name)]
    return ", ".join([*counts, *told])
