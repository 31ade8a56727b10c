"""tidemill predictions: list the last predictions of an endpoint."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, short_time
from tidemill.cli.session import open_session
from tidemill.core import iso

app = typer.Typer(add_completion=False)


@app.command()
def predictions(
    endpoint: Annotated[str, typer.Argument(help="An endpoint.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, newest first.")] = 10,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List the last predictions of an endpoint, newest first."""
    session = open_session(folder, home, project)
    session.workspace.deployments.get(session.caller, endpoint)
    found = session.workspace.predictions.recent(session.caller, endpoint, limit)
    if json:
        print_json(found)
        return
    rows = [
        (each.prediction_id, short_time(iso(each.recorded_at)), _number(each.value), each.model, each.key)
        for each in found
    ]
    print_table(
        ("prediction", "answered", "value", "model", "key"), rows, f"endpoint {endpoint} has answered nothing yet"
    )


def _number(value: float | None) -> str:
    return "NaN" if value is None else f"{value:.4f}"
