"""tidemill approve: say yes to a promotion that waits, or to what a run asks; without an id, list what waits."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.approvals import list_waiting
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json
from tidemill.cli.promote import own_rules, tell
from tidemill.cli.session import Session, open_session
from tidemill.core import NotFoundError, UsageError, not_found
from tidemill.pipelines import RunApproval
from tidemill.registry import PromotionRequest

app = typer.Typer(add_completion=False)


@app.command()
def approve(
    id_: Annotated[
        str | None, typer.Argument(metavar="ID", help="A request for a promotion, or a run; without, what waits.")
    ] = None,
    step: Annotated[int | None, typer.Argument(help="The number of a run's question, when it asks several.")] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no.")] = False,
    note: Annotated[str, typer.Option("--note", help="Why, in words; it is kept with the answer.")] = "",
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say yes to a promotion that waits or to what a run asks, or no with --refuse; without an id, list what waits."""
    session = open_session(folder, home, project)
    if id_ is None:
        list_waiting(session, json=json)
        return
    answer(session, (id_, step), (not refuse, note), json=json)


def answer(session: Session, to: tuple[str, int | None], said: tuple[bool, str], *, json: bool) -> None:
    """Answer a request for a promotion, or a question of a run. to: the id, and a question's number."""
    (id_, step), (approved, note) = to, said
    request = _request(session, id_)
    if request is None:
        _answer_run(session, _question(session, id_, step), said, json=json)
        return
    promotions, caller = session.workspace.promotions, session.caller
    if approved:
        own = own_rules(session, request.model, request.environment)
        tell(session, promotions.approve(caller, id_, note, own), json=json)
        return
    ended = promotions.reject(caller, id_, note).request
    if json:
        print_json(ended)
    else:
        typer.echo(f"rejected: {request.reference} does not come into {request.environment}")


def _answer_run(session: Session, asked: RunApproval, said: tuple[bool, str], *, json: bool) -> None:
    approved, note = said
    answered = session.workspace.pipelines.answer(session.caller, asked.run_id, asked.position, approved, note)
    if json:
        print_json(answered)
        return
    typer.echo(f"{answered.state}: {answered.question}")
    typer.echo("the run goes on; one whose process has ended goes on when it is run again")


def _request(session: Session, id_: str) -> PromotionRequest | None:
    try:
        return session.workspace.promotions.requests.get(session.caller, id_)
    except NotFoundError:
        return None


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
        raise UsageError(f"run {run_id} asks nothing; 'tidemill approvals' lists what waits")
    if len(open_) > 1:
        numbers = ", ".join(f"{each.position + 1} ({each.question})" for each in open_)
        raise UsageError(f"run {run_id} asks {len(open_)} questions; name one by its number: {numbers}")
    return open_[0]
