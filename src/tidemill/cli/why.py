"""tidemill why: say what stands behind a prediction, or why a step of a run was executed or reused."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, safe_text, short_time
from tidemill.cli.session import open_session
from tidemill.core import iso
from tidemill.governance import Why
from tidemill.pipelines import MISS, StepWhy

app = typer.Typer(add_completion=False)


@app.command()
def why(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id that came with an answer; or RUN, or RUN/STEP.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say what stands behind a prediction; or why the steps of a run were executed or reused, as RUN or RUN/STEP.

    RUN is the id of a run or its beginning, STEP a step's name or number.
    """
    session = open_session(folder, home, project)
    run, slash, step = id_.partition("/")
    if slash or session.workspace.evidence.is_run(session.caller, run):
        steps = session.workspace.evidence.why_step(session.caller, run, step or None)
        if json:
            print_json(steps)
        else:
            for each in steps:
                print_step(each)
        return
    found = session.workspace.evidence.why(session.caller, id_)
    if json:
        print_json(found)
    else:
        print_why(found)


def print_why(why: Why) -> None:
    """Print the chain, one part after the other."""
    prediction, version = why.prediction, why.version
    value = "NaN" if prediction.value is None else f"{prediction.value:.4f}"
    _part("prediction", prediction.prediction_id)
    _fact("answer", f"{value}, given {short_time(iso(prediction.recorded_at))} by endpoint {prediction.endpoint}")
    _fact("request", _pairs(prediction.row))
    for view, features in prediction.features.items():
        if features is None:
            _fact(view, "nothing known in time")
        else:
            _fact(view, f"{_pairs(features.values)}, known since {short_time(iso(features.event_at))}")
    _part("model", f"{version.reference}, revision {why.revision.revision} of endpoint {prediction.endpoint}")
    _fact("package", version.package_digest)
    _fact("registered", f"{short_time(version.created_at)} by {version.created_by}")
    if why.promotion is not None:
        promotion = why.promotion
        _fact("promoted", f"to {promotion.alias} {short_time(promotion.at)} by {promotion.by}")
    _print_judged(why)
    _print_run(why)
    for step in why.steps:
        came = f"from run {step.reused_from}" if step.reused_from else f"in {step.seconds:.2f} s"
        _fact(f"step {step.position + 1}", f"{step.step} {step.state} {came}")
    for dataset in why.datasets:
        _part("data", f"{dataset.reference}, {dataset.n_rows:,} rows, {len(dataset.checks)} checks passed")
        _fact("digest", dataset.digest)
        for mark in dataset.redactions:
            _fact("redacted", f"{mark.n_rows:,} rows by {mark.by} on {mark.at[:10]}: {mark.why}; retrain without them")
        _fact("window", f"{iso(dataset.first_event_at)[:10]} to {iso(dataset.last_event_at)[:10]}")


def _print_judged(why: Why) -> None:
    if why.verdict is None:
        _part("gate", "none has judged this version")
        return
    _part("gate", f"{'passed' if why.verdict.passed else 'refused'} {short_time(why.verdict.judged_at)}")
    for check in why.verdict.verdict["checks"]:
        _fact("passed" if check["passed"] else "refused", check["sentence"])


def _print_run(why: Why) -> None:
    if why.run is None:
        _part("source", why.version.source or "not told")
        return
    run = why.run.run
    _part("run", f"{run.id}, {run.experiment}, {run.status}")
    _fact("code", run.code_digest or "-")
    _fact("commit", run.commit or "not under version control")
    _fact("params", _pairs(why.run.params))


def print_step(why: StepWhy) -> None:
    """Print why a step was executed or reused: the parts of its key that differ from the nearest run before."""
    _part(f"step {why.position + 1}", f"{why.step}: {why.outcome}, {why.state}")
    if why.reused_from is not None:
        _fact("reused from", f"run {why.reused_from}")
    elif why.compared_with is not None:
        _fact("compared with", f"run {why.compared_with}")
    for difference in why.differences:
        _fact("differs", difference.sentence())
    if why.outcome == MISS and not why.differences:
        _fact("because", why.note.partition("\n")[0])
    for doubt in why.doubts:
        _fact("not reusable", doubt)


def _part(name: str, text: str) -> None:
    typer.echo(f"{typer.style(f'{name:<11}', bold=True)} {safe_text(text)}")


def _fact(name: str, text: str) -> None:
    typer.echo(f"  {typer.style(f'{name:<18}', dim=True)} {safe_text(text)}")


def _pairs(values: dict[str, object] | dict[str, str]) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in values.items()) or "-"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
