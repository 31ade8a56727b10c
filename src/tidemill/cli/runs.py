"""tidemill runs: list runs, find some, or show one with its steps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.graph import plain_terminal
from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, safe_text, short_time
from tidemill.cli.run_search import Wanted, print_search, split_columns, view_search
from tidemill.cli.session import Session, open_session
from tidemill.pipelines import Seen, StepRun, nodes_of_steps, timeline_of_run
from tidemill.pipelines.drawing import timeline_lines
from tidemill.tracking import Run
from tidemill.tracking.saved_views import ViewSearch
from tidemill.tuning import Study, studies_of

app = typer.Typer(add_completion=False)

Where = Annotated[str, typer.Option("--where", help="Such as \"metrics.auc > 0.7 and tags.team = 'a'\".")]
OrderBy = Annotated[list[str] | None, typer.Option("--order-by", help="Such as 'metrics.auc desc'; may be repeated.")]


@app.command()
def runs(
    run_id: Annotated[str | None, typer.Argument(help="A run, to see its steps.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, max=50_000, help="How many.  [default: 20; all for --export]")
    ] = None,
    where: Where = "",
    order_by: OrderBy = None,
    experiment: Annotated[list[str] | None, typer.Option("--experiment", help="Of these only.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--columns", help="What to show, as metrics.auc,params.depth or tags.")
    ] = None,
    view: Annotated[str | None, typer.Option("--view", help="A saved view, as 'tidemill views' lists them.")] = None,
    count: Annotated[bool, typer.Option("--count", help="Only count them, by experiment.")] = False,
    export: Annotated[Path | None, typer.Option("--export", help="Write them to a .parquet or .csv file.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="CSV with texts as they are, formulas too.")] = False,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List runs, find some, or show one with its steps, params and metrics."""
    session = open_session(folder, home, project)
    if run_id is not None:
        _show(session, run_id, json=json)
        return
    given = ViewSearch(where, tuple(order_by or ()), tuple(experiment or ()), split_columns(columns))
    search = view_search(session, view, given)
    if search != ViewSearch() or count or export is not None:
        print_search(session, search, Wanted(limit, count, export, raw, json))
        return
    found = session.workspace.tracking.list_runs(session.caller, limit=limit or 20)
    if json:
        print_json(found)
        return
    rows = [(run.id, run.experiment, run.status, short_time(run.started_at), run.created_by) for run in found]
    print_table(("run", "experiment", "status", "started", "by"), rows, "no run yet; 'tidemill run' makes one")


def _show(session: Session, run_id: str, *, json: bool) -> None:
    detail = session.workspace.tracking.get_run(session.caller, run_id)
    steps = session.workspace.pipelines.steps(session.caller, run_id)
    studies = studies_of(steps, session.workspace.blobs)
    if json:
        print_json({"run": detail, "steps": steps, "studies": studies})
        return
    run = detail.run
    print_facts(
        {
            "run": run.id,
            "experiment": run.experiment,
            "status": f"{run.status}: {run.error}" if run.error else run.status,
            "started": short_time(run.started_at),
            "code": run.code_digest,
            "commit": run.commit or "not under version control",
            **{key.partition(".")[2]: value for key, value in detail.tags.items() if key.startswith("tidemill.")},
            **{f"param {key}": value for key, value in detail.params.items()},
            **{f"metric {key}": f"{point.value:g}" for key, point in detail.metrics.items()},
        }
    )
    print_steps(steps)
    print_timeline(session, run, steps)
    for study in studies:
        print_study(study)


def print_steps(steps: list[StepRun]) -> None:
    """Print what each step of a run did."""
    rows = [
        (step.position + 1, step.step, step.state, f"{step.seconds:.2f} s", step.note.partition("\n")[0])
        for step in steps
    ]
    print_table(("", "step", "state", "took", "why"), rows, "no step was reached")


def print_timeline(session: Session, run: Run, steps: list[StepRun]) -> None:
    """Print when the steps of a run waited and ran; ``*`` marks those that decided how long it took."""
    recorded = session.workspace.pipelines.graph(session.caller, run.id)
    seen = Seen(ended=run.status not in {"running", "paused"}, now=session.workspace.clock.now())
    line = timeline_of_run(run.started_at, recorded.nodes if recorded else nodes_of_steps(steps), steps, seen)
    for each in timeline_lines(line, ascii_only=plain_terminal()):
        typer.echo(safe_text(each))


def print_study(study: Study) -> None:
    """Print the trials of a tuning; the chosen one is marked."""
    names = tuple(dict.fromkeys(name for trial in study.trials for name in trial.params))
    rows = [
        (
            f"{trial.number}{' *' if trial.number == study.best else ''}",
            *(_setting(trial.params.get(name)) for name in names),
            str(trial.value) if trial.value else trial.state,
            f"{trial.seconds:.2f} s",
            trial.note,
        )
        for trial in study.trials
    ]
    typer.echo(
        f"tuning of {study.step}: {study.n_fit:,} rows learnt from, {study.n_judged:,} of the last {study.holdout} "
        f"judged on; * is the one chosen"
    )
    print_table(("trial", *names, study.metric, "took", "note"), rows, "no trial")


def _setting(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
