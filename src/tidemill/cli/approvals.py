"""tidemill approvals: what waits for an answer, of promotions and of runs; or how past promotions ended."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, safe_text, short_time
from tidemill.cli.session import Session, open_session
from tidemill.pipelines import RunApproval

app = typer.Typer(add_completion=False)
_LOOKED_AT = 200


@app.command()
def approvals(
    model: Annotated[str | None, typer.Argument(help="A model, to see how its promotions ended.")] = None,
    ended: Annotated[bool, typer.Option("--all", help="Show past requests too.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List what waits for an answer; with a model or --all, promotions that were asked for and how they ended."""
    session = open_session(folder, home, project)
    if model is None and not ended:
        list_waiting(session, json=json)
        return
    found = session.workspace.promotions.requests.list_requests(session.caller, None, model)
    if json:
        print_json(found)
        return
    rows = [
        (each.id, each.reference, each.environment, each.state, each.asked_by, short_time(each.asked_at), each.sentence)
        for each in found
    ]
    columns = ("request", "version", "into", "state", "asked by", "asked", "")
    print_table(
        columns, [tuple(safe_text(str(cell)) for cell in row) for row in rows], "no promotion was asked for yet"
    )


def list_waiting(session: Session, *, json: bool) -> None:
    """Print what waits: promotions first, then what runs ask."""
    promotions = session.workspace.promotions.waiting(session.caller)
    asked = waiting(session)
    if json:
        print_json({"promotions": promotions, "runs": asked})
        return
    rows: list[tuple[object, ...]] = [
        (
            each.id,
            "",
            f"promote {each.reference} to {each.environment}?",
            " or ".join(each.approvers) or "deployer",
            short_time(each.expires_at) if each.expires_at else "-",
        )
        for each in promotions
    ]
    rows += [
        (each.run_id, each.position + 1, each.question, each.role, short_time(each.until) if each.until else "-")
        for each in asked
    ]
    columns = ("request or run", "", "question", "who may answer", "until")
    print_table(columns, rows, "no promotion and no run waits for an answer")


def waiting(session: Session) -> list[RunApproval]:
    """Return what the latest runs ask."""
    workspace, caller = session.workspace, session.caller
    runs = workspace.tracking.list_runs(caller, limit=_LOOKED_AT)
    found = [
        asked for run in runs if run.status != "finished" for asked in workspace.pipelines.approvals(caller, run.id)
    ]
    return [asked for asked in found if asked.state == "asked"]
