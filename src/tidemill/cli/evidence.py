"""tidemill evidence: what gates know of a model version beside its report, and collecting more of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_json, print_table, safe_text, short_time
from tidemill.cli.session import Session, open_session
from tidemill.core import UsageError
from tidemill.evaluation import Collected, Document, Latency, ModelTest

app = typer.Typer(add_completion=False)


@app.command()
def evidence(
    version: Annotated[str, typer.Argument(help="A model version such as delay/3.")],
    latency: Annotated[bool, typer.Option("--latency", help="Measure how long an answer takes, here.")] = False,
    tests: Annotated[bool, typer.Option("--tests", help="Run the project's tests of models on it.")] = False,
    document: Annotated[list[Path] | None, typer.Option("--document", help="Attach a file; may be repeated.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Show what is recorded of a version for its gate; measure, run tests and attach documents first when asked."""
    session = open_session(folder, home, project)
    promotions, caller = session.workspace.promotions, session.caller
    for path in document or ():
        found = path if path.is_absolute() else folder / path
        promotions.attach(caller, version, path.as_posix(), found.read_bytes())
    if latency or tests:
        promotions.collect(caller, version, latency=latency, tests=_tests(session) if tests else ())
    known = promotions.evidence(caller, version)
    if json:
        print_json(known)
        return
    rows = [
        (each.kind, each.name, safe_text(words(each.evidence)), each.collected_by, short_time(each.collected_at))
        for each in known
    ]
    print_table(("kind", "name", "what was found", "by", "at"), rows, "nothing is recorded beside its report")


def words(evidence: Collected) -> str:
    """Say what was found."""
    if isinstance(evidence, Latency):
        shown = ", ".join(f"{name} {each.value:.3g} ms" for name, each in evidence.quantiles.items())
        return f"{shown} on {evidence.rows}, {evidence.machine}"
    if isinstance(evidence, Document):
        return f"{evidence.n_bytes:,} bytes, {evidence.digest[:12]}"
    return evidence.sentence


def _tests(session: Session) -> tuple[ModelTest, ...]:
    found = tuple(session.project().model_tests.values())
    if not found:
        raise UsageError("the project has no test of models; decorate a function of the model @tm.model_test")
    return found
