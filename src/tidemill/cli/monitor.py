"""tidemill monitor: show what the monitors of an endpoint found, window by window."""

from __future__ import annotations

from datetime import time
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table
from tidemill.cli.session import Session, open_session
from tidemill.core import UsageError, from_iso, iso
from tidemill.evaluation import Estimate
from tidemill.monitoring import ColumnDrift, DriftResult, PerformanceResult, WindowRecord

app = typer.Typer(add_completion=False)
_MOST_COLUMNS = 3


@app.command()
def monitor(
    endpoint: Annotated[str | None, typer.Argument(help="An endpoint; the only one by default.")] = None,
    window: Annotated[str | None, typer.Option("--window", help="A window's start, to see all of it.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many windows, newest first.")] = 20,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Show what was found in each window: the metric served, never retrained, coverage, drift."""
    session = open_session(folder, home, project)
    name = session.workspace.deployments.get(session.caller, endpoint or _only(session)).name
    if window is not None:
        _show(_of_window(session, name, window), json=json)
        return
    records = session.workspace.monitoring.windows(session.caller, name, None, 2 * limit)
    if json:
        print_json([record.to_json() for record in records])
        return
    by_start: dict[str, list[WindowRecord]] = {}
    for record in records:
        by_start.setdefault(_days(record), []).append(record)
    shown = [_row(days, found) for days, found in list(by_start.items())[:limit]]
    columns = ("window", "rows", "metric served", "never retrained", "labelled", "version", "drift")
    print_table(columns, shown, f"no window of {name} is over yet; 'tidemill up' looks when one is")


def _only(session: Session) -> str:
    names = [each.name for each in session.workspace.deployments.list_endpoints(session.caller)]
    if len(names) != 1:
        raise UsageError(f"name an endpoint; there is: {', '.join(names) or 'none yet, tidemill run deploys one'}")
    return names[0]


def _of_window(session: Session, endpoint: str, window: str) -> list[WindowRecord]:
    starts_at = from_iso(window)
    monitoring = session.workspace.monitoring
    known = monitoring.windows(session.caller, endpoint, None, 1000)
    found = [record for record in known if record.starts_at == starts_at]
    return found or [monitoring.window(session.caller, endpoint, "drift", starts_at)]


def _row(days: str, records: list[WindowRecord]) -> tuple[object, ...]:
    performance = next((each for each in records if isinstance(each.result, PerformanceResult)), None)
    drifted = next((each for each in records if isinstance(each.result, DriftResult)), None)
    record = performance or records[0]
    served, never = "labels are waited for", "-"
    if performance is not None and isinstance(performance.result, PerformanceResult):
        result = performance.result
        served = f"{result.metric} {_interval(result.served)}" if result.served else performance.verdict
        never = f"{result.never_retrained.value:.3f}" if result.never_retrained else "-"
    coverage = "-" if record.coverage is None else f"{record.coverage:.0%}"
    version = record.version + ("" if record.whole or not record.version else " and others")
    return days, f"{record.n_rows:,}", served, never, coverage, version or "-", _drift(drifted)


def _drift(record: WindowRecord | None) -> str:
    if record is None or not isinstance(record.result, DriftResult):
        return "-"
    drifted = [column for column in record.result.columns if column.drifted]
    named = ", ".join(f"{each.column} {each.psi:.2f}" for each in drifted[:_MOST_COLUMNS])
    more = f" and {len(drifted) - _MOST_COLUMNS} more" if len(drifted) > _MOST_COLUMNS else ""
    return f"{record.verdict}: {named}{more}" if drifted else record.verdict


def _show(records: list[WindowRecord], *, json: bool) -> None:
    if json:
        print_json([record.to_json() for record in records])
        return
    first = records[0]
    print_facts(
        {
            "endpoint": first.endpoint,
            "window": f"{iso(first.starts_at)} to {iso(first.ends_at)}",
            "answered by": ", ".join(f"{name} {n:,}" for name, n in first.versions.items()) or "nobody",
        }
    )
    for record in sorted(records, key=lambda each: each.monitor, reverse=True):
        typer.echo()
        if isinstance(record.result, PerformanceResult):
            print_facts(_performance_facts(record, record.result))
        else:
            print_facts({"drift": _with_reason(record.verdict, record.result.reason), "rows": f"{record.n_rows:,}"})
            columns = ("column", "", "psi", "limit", "usual", "ks", "missing", "before", "")
            print_table(columns, [_column(each) for each in record.result.columns], "no column was compared")


def _performance_facts(record: WindowRecord, result: PerformanceResult) -> dict[str, object]:
    coverage = "-" if record.coverage is None else f"{record.coverage:.1%}"
    return {
        "performance": _with_reason(record.verdict, result.reason),
        "rows": f"{record.n_rows:,}, {record.n_labelled:,} of them labelled ({coverage})",
        result.metric: _interval(result.served) if result.served else "-",
        "never retrained": f"{_interval(result.never_retrained)} by {result.first_version}"
        if result.never_retrained
        else "-",
        "on its holdout": _interval(result.reference) if result.reference else "-",
        "revised": f"{record.n_revised} times since rows or labels came late" if record.n_revised else "never",
    }


def _column(column: ColumnDrift) -> tuple[object, ...]:
    numbers = [
        None if value is None else f"{value:.3f}" for value in (column.psi, column.limit, column.usual, column.ks)
    ]
    missing = (f"{column.null_ratio:.1%}", f"{column.null_ratio_before:.1%}")
    return (column.column, column.role, *numbers, *missing, "drifted" if column.drifted else "")


def _interval(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _with_reason(verdict: str, reason: str) -> str:
    return f"{verdict}: {reason}" if reason else verdict


def _days(record: WindowRecord) -> str:
    return iso(record.starts_at)[: 10 if record.starts_at.time() == time.min else 16]
