"""tidemill why: say what stands behind a prediction."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, safe_text, short_time
from tidemill.cli.session import open_session
from tidemill.core import iso
from tidemill.governance import Why

app = typer.Typer(add_completion=False)


@app.command()
def why(
    prediction_id: Annotated[str, typer.Argument(help="The id that came with the answer.")],
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say what stands behind a prediction, from the answer down to the data."""
    session = open_session(folder, home, project)
    found = session.workspace.evidence.why(session.caller, prediction_id)
    if json:
        print_json(found)
    else:
        print_why(found)


def print_why(why: Why) -> None:
    """Print the chain, one part after the other."""
    prediction, version, run = why.prediction, why.version, why.run.run
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
    _part("gate", f"{'passed' if why.verdict.passed else 'refused'} {short_time(why.verdict.judged_at)}")
    for check in why.verdict.verdict["checks"]:
        _fact("passed" if check["passed"] else "refused", check["sentence"])
    _part("run", f"{run.id}, {run.experiment}, {run.status}")
    _fact("code", run.code_digest or "-")
    _fact("commit", run.commit or "not under version control")
    _fact("params", _pairs(why.run.params))
    for step in why.steps:
        came = f"from run {step.reused_from}" if step.reused_from else f"in {step.seconds:.2f} s"
        _fact(f"step {step.position + 1}", f"{step.step} {step.state} {came}")
    for dataset in why.datasets:
        _part("data", f"{dataset.reference}, {dataset.n_rows:,} rows, {len(dataset.checks)} checks passed")
        _fact("digest", dataset.digest)
        for mark in dataset.redactions:
            _fact("redacted", f"{mark.n_rows:,} rows by {mark.by} on {mark.at[:10]}: {mark.why}; retrain without them")
        _fact("window", f"{iso(dataset.first_event_at)[:10]} to {iso(dataset.last_event_at)[:10]}")


def _part(name: str, text: str) -> None:
    typer.echo(f"{typer.style(f'{name:<11}', bold=True)} {safe_text(text)}")


def _fact(name: str, text: str) -> None:
    typer.echo(f"  {typer.style(f'{name:<18}', dim=True)} {safe_text(text)}")


def _pairs(values: dict[str, object] | dict[str, str]) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in values.items()) or "-"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
