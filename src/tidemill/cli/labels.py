"""tidemill labels: how many predictions of an endpoint have a label, and what waits in quarantine."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import open_session
from tidemill.feedback import LabelSummary, QuarantinedLabel

app = typer.Typer(add_completion=False)


@app.command()
def labels(
    endpoint: Annotated[str, typer.Argument(help="An endpoint.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many in quarantine, newest first.")] = 20,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Show how many predictions of an endpoint have a label, week by week, and what waits in quarantine."""
    session = open_session(folder, home, project)
    session.workspace.deployments.get(session.caller, endpoint)
    summary = session.workspace.feedback.summary(session.caller, endpoint)
    waiting = session.workspace.feedback.quarantine(session.caller, endpoint, limit)
    if json:
        print_json({"summary": summary, "quarantine": waiting})
        return
    _print_summary(summary)
    if waiting:
        typer.echo("")
        _print_quarantine(waiting)


def _print_summary(summary: LabelSummary) -> None:
    last = summary.last_recorded_at
    print_facts(
        {
            "endpoint": summary.endpoint,
            "predictions": f"{summary.n_predictions:,}",
            "with a label": f"{summary.n_labelled:,}{_share(summary.n_labelled, summary.n_predictions)}",
            "corrected": f"{summary.n_corrected:,}",
            "in quarantine": f"{sum(summary.quarantined.values()):,}",
            "of unknown predictions": f"{summary.n_unknown:,}",
            "last label": short_time(last) if last else "-",
        }
    )
    rows = [
        (
            f"{week.starts_at:%Y-%m-%d}",
            f"{week.n_predictions:,}",
            f"{week.n_labelled:,}",
            _share(week.n_labelled, week.n_predictions).strip(),
        )
        for week in summary.coverage
    ]
    typer.echo("")
    print_table(("week of", "predictions", "labels", "coverage"), rows, "nothing was predicted yet")


def _print_quarantine(waiting: list[QuarantinedLabel]) -> None:
    rows = [
        (
            each.prediction_id,
            each.label,
            short_time(each.event_at) if each.event_at else None,
            each.reason,
            each.given_by,
        )
        for each in waiting
    ]
    print_table(("prediction", "label", "known at", "reason", "by"), rows, "")
    typer.echo("a label counts as soon as its prediction appears; another value needs 'tidemill label FILE --correct'")


def _share(n: int, of: int) -> str:
    return f"  {n / of:.1%}" if of else ""
