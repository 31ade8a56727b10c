"""tidemill logs: what the steps of a run wrote."""

from __future__ import annotations

import json as json_text
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, safe_text
from tidemill.cli.session import Session, open_session, run_or_last
from tidemill.core import NotFoundError, UsageError, did_you_mean
from tidemill.pipelines import StepRun, StoredLine

app = typer.Typer(add_completion=False)
_PIECE = 1000
_LOOK_EVERY_S = 0.3
_UNDER_WAY = {"running", "paused"}


@app.command()
def logs(
    run_id: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A run; the last one when it is left out.")
    ] = None,
    step: Annotated[str | None, typer.Argument(help="A step of it, by name or by number.")] = None,
    element: Annotated[int | None, typer.Option("--element", min=0, help="Of a mapped step, the one element.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Show what the steps of a run wrote, and the tracebacks of those that failed."""
    session = open_session(folder, home, project)
    run_id = run_or_last(session, run_id)
    position = _position(session, run_id, step) if step is not None else None
    found = _lines(session, run_id, (position, element), follow=follow)
    if json and not follow:
        steps = session.workspace.pipelines.steps(session.caller, run_id)
        print_json({"run_id": run_id, "lines": list(found), "failures": _failures(steps, position)})
        return
    names: dict[int, str] = {}
    for line in found:
        if json:
            typer.echo(json_text.dumps(asdict(line), ensure_ascii=False))
            continue
        if position is None and line.position not in names:
            names = _names(session, run_id)
        _print(line, "" if position is not None else names.get(line.position, str(line.position + 1)))
    failures = _failures(session.workspace.pipelines.steps(session.caller, run_id), position)
    if json:
        typer.echo(json_text.dumps({"failures": failures}, ensure_ascii=False))
        return
    for failure in failures:
        _print_failure(failure)


def _lines(session: Session, run_id: str, of: tuple[int | None, int | None], *, follow: bool) -> Iterator[StoredLine]:
    after = 0
    while True:
        status = session.workspace.tracking.get_run(session.caller, run_id).run.status
        while True:
            lines = session.workspace.step_logs.lines(session.caller, run_id, *of, after=after, limit=_PIECE)
            yield from lines
            after = lines[-1].seq if lines else after
            if len(lines) < _PIECE:
                break
        if not follow or status not in _UNDER_WAY:
            return
        time.sleep(_LOOK_EVERY_S)


def _names(session: Session, run_id: str) -> dict[int, str]:
    graph = session.workspace.pipelines.graph(session.caller, run_id)
    names = {node.position: node.name for node in graph.nodes} if graph else {}
    return names | {step.position: step.step for step in session.workspace.pipelines.steps(session.caller, run_id)}


def _position(session: Session, run_id: str, step: str) -> int:
    """Return where a step is in its run. Raises NotFoundError, UsageError for a name that several have."""
    names = _names(session, run_id)
    if step.isdigit() and int(step) - 1 in names:
        return int(step) - 1
    found = [position for position, name in sorted(names.items()) if name == step]
    if not found:
        known = list(dict.fromkeys(names.values()))
        raise NotFoundError(
            f"run {run_id} has no step {step!r}.{did_you_mean(step, known)} It has: {', '.join(known) or 'none yet'}"
        )
    if len(found) > 1:
        raise UsageError(
            f"run {run_id} calls {step!r} {len(found)} times; name one by its number: "
            f"{', '.join(str(position + 1) for position in found)}"
        )
    return found[0]


def _failures(steps: Sequence[StepRun], position: int | None) -> list[dict[str, object]]:
    return [
        {"position": step.position, "step": step.step, "state": step.state, "note": step.note}
        for step in steps
        if step.state in {"failed", "caught"} and position in {None, step.position}
    ]


def _print(line: StoredLine, name: str) -> None:
    at = f"[{line.element}]" if line.element is not None else ""
    tried = f" (try {line.attempt})" if line.attempt > 1 else ""
    before = typer.style(f"{safe_text(name)}{at}{tried}  ", dim=True) if name or at or tried else ""
    text = safe_text(line.text.expandtabs())
    typer.echo(before + (text if line.stream == "stdout" else typer.style(text, fg=typer.colors.YELLOW)))


def _print_failure(failure: dict[str, object]) -> None:
    first, _, rest = str(failure["note"]).partition("\n")
    typer.secho(safe_text(first), fg=typer.colors.RED)
    for line in rest.splitlines():
        typer.echo(safe_text(line))
