"""tidemill approve: answer what a run asks, or list what runs ask."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, short_time
from tidemill.cli.session import Session, open_session
from tidemill.core import UsageError, not_found
from tidemill.pipelines import RunApproval

app = typer.Typer(add_completion=False)
_LOOKED_AT = 200


@app.command()
def approve(
    run_id: Annotated[str | None, typer.Argument(help="A run; without one what waits is listed.")] = None,
    step: Annotated[int | None, typer.Argument(help="The number of the question; needed when it asks several.")] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no.")] = False,
    note: Annotated[str, typer.Option("--note", help="Why, in words; it is kept with the answer.")] = "",
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say yes to what a run asks, or no with --refuse; without a run, list what waits for an answer."""
    session = open_session(folder, home, project)
    if run_id is None:
        _list(waiting(session), json=json)
        return
    asked = _question(session, run_id, step)
    answered = session.workspace.pipelines.answer(session.caller, run_id, asked.position, not refuse, note)
    if json:
        print_json(answered)
        return
    typer.echo(f"{answered.state}: {answered.question}")
    typer.echo("the run goes on; one whose process has ended goes on when it is run again")


def waiting(session: Session) -> list[RunApproval]:
    """Return what the latest runs ask."""
    workspace, caller = session.workspace, session.caller
    runs = workspace.tracking.list_runs(caller, limit=_LOOKED_AT)
    found = [
        asked for run in runs if run.status != "finished" for asked in workspace.pipelines.approvals(caller, run.id)
    ]
    return [asked for asked in found if asked.state == "asked"]


def _list(asked: list[RunApproval], *, json: bool) -> None:
    if json:
        print_json(asked)
        return
    rows = [
        (each.run_id, each.position + 1, each.question, each.role, short_time(each.until) if each.until else "-")
        for each in asked
    ]
    print_table(("run", "", "question", "who may answer", "until"), rows, "no run waits for an answer")


def _question(session: Session, run_id: str, step: int | None) -> RunApproval:
    session.workspace.tracking.get_run(session.caller, run_id)
    asked = session.workspace.pipelines.approvals(session.caller, run_id)
    open_ = [each for each in asked if each.state == "asked"] or asked
    if step is not None:
        found = next((each for each in asked if each.position == step - 1), None)
        if found is None:
            raise not_found("question", str(step), [str(each.position + 1) for each in asked])
        return found
    if not open_:
        raise UsageError(f"run {run_id} asks nothing; 'tidemill approve' lists what waits")
    if len(open_) > 1:
        numbers = ", ".join(f"{each.position + 1} ({each.question})" for each in open_)
        raise UsageError(f"run {run_id} asks {len(open_)} questions; name one by its number: {numbers}")
    return open_[0]
