"""tidemill promote: bring a model version into an environment, or under an alias, through its gate."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, safe_text
from tidemill.cli.session import Session, open_session
from tidemill.core import UsageError
from tidemill.deployment import Promoted, Wish
from tidemill.evaluation import CustomRule
from tidemill.registry import CHAMPION, ModelReference, PromotionRequest, verdict_of

app = typer.Typer(add_completion=False)


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="A model version such as delay/3.")],
    to: Annotated[str, typer.Option("--to", "--alias", help="The environment, or the alias to move.")] = CHAMPION,
    note: Annotated[str, typer.Option("--note", help="For who approves; it is kept with the request.")] = "",
    request: Annotated[str, typer.Option("--request", help="An id of yours: the same again asks once.")] = "",
    break_glass: Annotated[
        str | None, typer.Option("--break-glass", help="Do without gate and approval, for this reason.")
    ] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Ask the gate of an environment for a version, then who must approve; a new champion is also served."""
    if break_glass is not None and not break_glass.strip():
        raise UsageError("--break-glass needs a reason, which is kept: --break-glass 'why it cannot wait for its gate'")
    session = open_session(folder, home, project)
    own = own_rules(session, ModelReference.parse(version).model, to)
    wish = Wish(request, note, (break_glass or "").strip(), own)
    done = session.workspace.promotions.promote(session.caller, version, to, wish)
    tell(session, done, json=json)


def own_rules(session: Session, model: str, environment: str) -> dict[str, CustomRule]:
    """Return the project's own rules by name; its code is loaded only where a policy names one."""
    policy = session.workspace.promotions.requests.policy(session.caller, model, environment)
    if policy is None or all(rule.kind != "custom" for rule in policy.rules):
        return {}
    return session.project().own_rules(policy.endpoint)


def tell(session: Session, done: Promoted, *, json: bool) -> None:
    """Print what came of a wish or an answer; exit with 1 when it was refused."""
    if json:
        print_json({"request": done.request, "promotion": done.promotion, "revisions": done.revisions})
    else:
        _tell_checks(session, done.request)
        _tell(done)
    if done.request is not None and done.request.state == "refused":
        raise typer.Exit(1)


def _tell(done: Promoted) -> None:
    request, moved = done.request, done.promotion
    if request is not None and request.state == "pending":
        who = " or ".join(request.approvers) or "a deployer"
        yes = sum(each.approved for each in request.answers)
        typer.echo(
            f"{request.reference} waits for {who} to approve it for {request.environment} "
            f"({yes} of {request.n_approvals} so far): tidemill approve {request.id}"
        )
    elif moved is None and request is not None:
        typer.echo(f"{request.state}: {request.reference} did not come into {request.environment}")
    elif moved is not None and not moved.changed:
        typer.echo(f"{moved.model}@{moved.alias} is {moved.model}/{moved.version} already")
    elif moved is not None:
        before = f", before {moved.model}/{moved.previous}" if moved.previous else ""
        typer.echo(f"{moved.model}@{moved.alias} is {moved.model}/{moved.version} now{before}")
        if request is not None and request.kind == "break_glass":
            typer.echo(f"its gate was not asked: {safe_text(request.note)}; this stands in the audit trail")
    for revision in done.revisions:
        typer.echo(f"endpoint {revision.endpoint} serves {revision.reference} as revision {revision.revision}")


def _tell_checks(session: Session, request: PromotionRequest | None) -> None:
    if request is None:
        return
    verdict = verdict_of(session.workspace.registry, session.caller, request)
    for check in verdict.verdict["checks"] if verdict else ():
        typer.echo(safe_text(f"  gate  {'passed ' if check['passed'] else 'refused'}  {check['sentence']}"))
