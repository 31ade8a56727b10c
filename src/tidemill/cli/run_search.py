"""What `tidemill runs` finds: as a table, as JSON, as a number, or as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from tidemill.cli.output import print_json, print_table, short_time
from tidemill.cli.session import Session
from tidemill.tracking import RunDetail, RunQuery, parse_fields
from tidemill.tracking.run_frames import RunTable
from tidemill.tracking.saved_views import ViewSearch
from tidemill.tracking.searching.grammar import read_name


@dataclass(frozen=True)
class Wanted:
    """What is wanted of the runs that are found. export: a file to write; raw: without a guard in CSV."""

    limit: int | None = None
    count: bool = False
    export: Path | None = None
    raw: bool = False
    json: bool = False


def view_search(session: Session, saved: str | None, given: ViewSearch) -> ViewSearch:
    """Return a search, that of a saved view where it is given nothing else. Raises NotFoundError."""
    if saved is None:
        return given
    view = session.workspace.tracking.saved_views.get(session.caller, saved).search
    return ViewSearch(
        given.where or view.where,
        given.order_by or view.order_by,
        given.experiments or view.experiments,
        given.columns or view.columns,
    )


def print_search(session: Session, search: ViewSearch, wanted: Wanted) -> None:
    """Find runs and print them, their number, or that they were written to a file."""
    query = search.query()
    if wanted.count:
        _print_count(session, query, json=wanted.json)
    elif wanted.export is not None:
        table = RunTable(session.workspace.tracking, session.caller, query, wanted.limit)
        count = table.write(wanted.export, raw=wanted.raw)
        if wanted.json:
            print_json({"file": str(wanted.export), "n_runs": count})
        else:
            typer.echo(f"{count:,} runs are in {wanted.export}")
    else:
        _print_page(session, search, query, wanted)


def _print_count(session: Session, query: RunQuery, *, json: bool) -> None:
    numbers = session.workspace.tracking.count_runs(session.caller, query)
    if json:
        print_json({"n_runs": sum(numbers.values()), "experiments": numbers})
    else:
        print_table(("experiment", "runs"), list(numbers.items()), "no run is so")


def _print_page(session: Session, search: ViewSearch, query: RunQuery, wanted: Wanted) -> None:
    columns = tuple(dict.fromkeys([*search.columns, *_compared(query)]))
    if not wanted.json:
        query = replace(query, shown=parse_fields(columns))
    page = session.workspace.tracking.search_runs(session.caller, replace(query, limit=wanted.limit or 20))
    if wanted.json:
        print_json(page)
        return
    shown = query.shown
    keys = [(kind, key) for kind in ("metrics", "params", "tags") for key in _keys(page.runs, kind, shown)]
    rows = [
        (
            detail.run.id,
            detail.run.experiment,
            detail.run.status,
            short_time(detail.run.started_at),
            *(_cell(detail, kind, key) for kind, key in keys),
        )
        for detail in page.runs
    ]
    heads = [key if kind == "metrics" else f"{kind}.{key}" for kind, key in keys]
    print_table(("run", "experiment", "status", "started", *heads), rows, "no run is so")


def _compared(query: RunQuery) -> Iterator[str]:
    """Yield the columns of the metrics and params that a search is about."""
    names = [(each.of, each.key) for each in query.where] + [(each.of, each.key) for each in query.order_by]
    for of, key in names:
        if of in {"metrics", "params"}:
            yield f"{of}.`{key.replace('`', '``')}`"


def _keys(runs: list[RunDetail], kind: str, shown: object) -> list[str]:
    named = getattr(shown, kind)
    return list(named) if named is not None else sorted({key for run in runs for key in getattr(run, kind)})


def _cell(detail: RunDetail, kind: str, key: str) -> str:
    if kind == "metrics":
        return f"{detail.metrics[key].value:g}" if key in detail.metrics else "-"
    return str(getattr(detail, kind).get(key, "-"))


def split_columns(given: list[str] | None) -> tuple[str, ...]:
    """Return columns that may be given several at once, separated by commas; a key with a comma stands alone.

    >>> split_columns(["metrics.auc,params.depth", "tags.`a,b`"])
    ('metrics.auc', 'params.depth', 'tags.`a,b`')
    """
    parts: list[str] = []
    for text in given or ():
        alone = "`" in text or '"' in text
        parts += [text] if alone else [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        read_name(part)
    return tuple(parts)
