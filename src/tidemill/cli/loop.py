"""tidemill loop: how far the loop has come, its turns, what is held back and why, what is due next."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import Session, open_session
from tidemill.core import iso
from tidemill.loop import Progress, Turn

app = typer.Typer(add_completion=False)
_NOTHING = "nothing is watched yet: declare monitors and retrain= at an endpoint, and start 'tidemill up'"


@app.command()
def loop(
    endpoint: Annotated[str | None, typer.Argument(help="An endpoint, to see its turns.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many turns, the latest first.")] = 20,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say how far the loop has come with each endpoint; with one, what it did, and what is due next."""
    session = open_session(folder, home, project)
    progress = session.workspace.loop.progress(session.caller)
    if endpoint is not None:
        _show(session, endpoint, next((each for each in progress if each.endpoint == endpoint), None), limit, json)
    elif json:
        print_json(progress)
    else:
        columns = ("endpoint", "event time", "next due", "running", "said")
        rows = [
            (each.endpoint, _instant(each.watermark), _instant(each.next_due_at), each.n_open, each.said or "-")
            for each in progress
        ]
        print_table(columns, rows, _NOTHING)


def _show(session: Session, endpoint: str, progress: Progress | None, limit: int, json: bool) -> None:
    deployed = session.workspace.deployments.get(session.caller, endpoint)
    turns = session.workspace.loop.turns(session.caller, endpoint, limit)
    if json:
        print_json({"progress": progress, "declared": deployed.declared, "turns": turns})
        return
    retrain = (deployed.declared or {}).get("retrain", [])
    facts: dict[str, object] = {"endpoint": endpoint, "retrains": ", ".join(retrain) or "when asked to"}
    print_facts(facts | (_reached(progress) if progress is not None else {}))
    rows = [(_instant(each.due_at), each.trigger, each.state, _served(each), each.reason) for each in turns]
    print_table(("due", "asked by", "came to", "served", "why"), rows, "no turn yet")
    if turns and turns[0].outcome:
        print_facts({"last": turns[0].outcome})


def _reached(progress: Progress) -> dict[str, object]:
    facts: dict[str, object] = {"event time": _instant(progress.watermark)}
    if not progress.is_declared:
        return {"retrains": "no more"} | facts | {"declared": progress.said}
    facts["next due"] = _instant(progress.next_due_at)
    if progress.said:
        facts["held back" if progress.held_back else "said"] = progress.held_back or progress.said
    return facts


def _served(turn: Turn) -> str:
    return f"{turn.before} -> {turn.after}" if turn.after not in {"", turn.before} else turn.before


def _instant(at: datetime | None) -> str:
    return short_time(iso(at)) if at else "-"
