"""tidemill reject: say no to a promotion that waits, or to what a run asks."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.approve import answer
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.session import open_session

app = typer.Typer(add_completion=False)


@app.command()
def reject(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A request for a promotion, or a run.")],
    step: Annotated[int | None, typer.Argument(help="The number of a run's question, when it asks several.")] = None,
    note: Annotated[str, typer.Option("--note", help="Why, in words; it is kept with the answer.")] = "",
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say no to a promotion that waits or to what a run asks; what is served goes on."""
    answer(open_session(folder, home, project), (id_, step), (False, note), json=json)
