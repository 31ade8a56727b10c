"""tidemill plan: say what a run would do, why, how long and at what cost; and afterwards, what came of it."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, Params, Pin, ProjectName
from tidemill.cli.output import only_json, print_json, print_table, size_text
from tidemill.cli.session import Session, open_session, parse_params
from tidemill.core import UsageError, is_id
from tidemill.pipelines import Forecast, PlanCheck, StepForecast

app = typer.Typer(add_completion=False)
#: Not 1, which says that it failed, nor 2, which says that it was asked wrongly.
WOULD_RUN = 3


@app.command()
def plan(
    pipeline: Annotated[
        str | None, typer.Argument(help="A pipeline; may be left out when there is one. With --check: or a run.")
    ] = None,
    param: Params = None,
    pin: Pin = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare what was planned with what came: of a run, or of the last.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help=f"Exit with {WOULD_RUN} when a step would run, or came otherwise.")
    ] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say what a run would do and why. The sources' files are ingested; nothing is executed."""
    session = open_session(folder, home, project, create=True, pins=pin)
    if check:
        if param:
            raise UsageError("--check compares a run with its own plan; leave out --param")
        found = _check(session, pipeline)
        if json:
            print_json(found.to_json())
        else:
            print_check(found)
        differs = found.n_otherwise > 0
    else:
        foretold = _foretell(session, pipeline, param, json=json)
        if json:
            print_json(foretold.to_json())
        else:
            print_forecast(foretold)
        differs = foretold.totals.n_run + foretold.totals.n_unknown > 0
    if exit_code and differs:
        raise typer.Exit(WOULD_RUN)


def _foretell(session: Session, pipeline: str | None, param: list[str] | None, *, json: bool) -> Forecast:
    with only_json(json):
        declared = session.project()
        asked = declared.pipeline(pipeline)
        params = declared.params(asked, session.workspace.settings, parse_params(param))
        made = session.workspace.pipelines.plan(session.caller, asked, declared.folder, params)
    return session.workspace.run_records.forecast(session.caller, made)


def _check(session: Session, asked: str | None) -> PlanCheck:
    if asked is not None and is_id(asked):
        session.workspace.tracking.get_run(session.caller, asked)
        return session.workspace.run_records.check_plan(session.caller, asked)
    return session.workspace.run_records.check_plan(session.caller, pipeline=asked)


def print_forecast(foretold: Forecast) -> None:
    """Print what is foretold: a step a line, and all together."""
    with_cost = any(step.cost is not None for step in foretold.steps)
    columns = ("", "step", "action", "takes", "writes", *(("costs",) if with_cost else ()), "why")
    rows = [
        (
            step.position + 1,
            "/".join([*step.path, step.step]),
            step.action,
            *_expected(step),
            *((_cost(step),) if with_cost else ()),
            step.why,
        )
        for step in foretold.steps
    ]
    print_table(columns, rows, "the pipeline calls no step")
    if rows:
        typer.echo(_sentence(foretold))


def _expected(step: StepForecast) -> tuple[str, str]:
    if step.action == "reuse":
        return "-", "-"
    seconds = "unknown" if step.seconds is None else f"{step.seconds:.2f} s"
    return seconds, "unknown" if step.bytes is None else size_text(step.bytes)


def _cost(step: StepForecast) -> str:
    if step.action == "reuse":
        return "-"
    if step.cost is None:
        return "-" if step.n_samples else "unknown"
    return f"{step.cost:.3g}"


def _sentence(foretold: Forecast) -> str:
    totals = foretold.totals
    if not totals.n_run + totals.n_unknown:
        return f"nothing would run: all {totals.n_reuse} steps are as they were"
    told = f"{totals.n_run} would run, {totals.n_unknown} may run, {totals.n_reuse} reused"
    if totals.n_without_history < totals.n_run + totals.n_unknown:
        told += f"; {totals.seconds:.2f} s one after the other, {totals.parallel_seconds:.2f} s at once at best"
        told += f", {size_text(totals.bytes)} written"
        if totals.cost is not None:
            told += f", {totals.cost:.3g} {foretold.currency}".rstrip()
    if totals.n_without_history:
        told += f"; of {totals.n_without_history} nothing is known: they have not run before"
    return told


def print_check(found: PlanCheck) -> None:
    """Print what was planned beside what came."""
    rows = [
        (
            step.position + 1,
            "/".join([*step.path, step.step]),
            step.action,
            step.state or "not reached",
            "" if step.as_planned else "otherwise",
            None if step.expected_seconds is None else f"{step.expected_seconds:.2f} s",
            None if step.seconds is None else f"{step.seconds:.2f} s",
            step.why,
        )
        for step in found.steps
    ]
    print_table(("", "step", "planned", "came", "", "expected", "took", "why"), rows, "the run's plan holds no step")
    as_planned = f"{len(found.steps) - found.n_otherwise} of {len(found.steps)} steps as planned"
    typer.echo(
        f"run {found.run_id}: {as_planned}; {found.expected_seconds:.2f} s expected, {found.seconds:.2f} s taken"
    )
