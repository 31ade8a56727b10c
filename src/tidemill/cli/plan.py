"""tidemill plan: say what a run would do, step by step, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, Params, Pin, ProjectName
from tidemill.cli.output import only_json, print_json, print_table
from tidemill.cli.session import open_session, parse_params

app = typer.Typer(add_completion=False)


@app.command()
def plan(
    pipeline: Annotated[str | None, typer.Argument(help="A pipeline; may be left out when there is one.")] = None,
    param: Params = None,
    pin: Pin = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """Say what a run would do and why. The sources' files are ingested; nothing is executed."""
    session = open_session(folder, home, project, create=True, pins=pin)
    with only_json(json):
        declared = session.project()
        asked = declared.pipeline(pipeline)
        params = declared.params(asked, session.workspace.settings, parse_params(param))
        made = session.workspace.pipelines.plan(session.caller, asked, declared.folder, params)
    if json:
        print_json({"pipeline": made.graph.pipeline, "params": made.graph.params, "steps": made.steps})
        return
    rows = [(step.position + 1, step.step, step.action, step.why) for step in made.steps]
    print_table(("", "step", "action", "why"), rows, "the pipeline calls no step")
