"""tidemill endpoints: list endpoints, or show one with its revisions."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import open_session

app = typer.Typer(add_completion=False)


@app.command()
def endpoints(
    name: Annotated[str | None, typer.Argument(help="An endpoint, to see its revisions.")] = None,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List endpoints, or show one with its revisions."""
    session = open_session(folder, home, project)
    deployments = session.workspace.deployments
    if name is None:
        found = deployments.list_endpoints(session.caller)
        if json:
            print_json(found)
            return
        rows = [(each.name, each.model, each.revision, each.log, short_time(each.created_at)) for each in found]
        print_table(
            ("endpoint", "model", "revision", "log", "created"), rows, "no endpoint yet; 'tidemill run' deploys one"
        )
        return
    endpoint = deployments.get(session.caller, name)
    revisions = deployments.list_revisions(session.caller, name)
    if json:
        print_json({"endpoint": endpoint, "revisions": revisions})
        return
    predict = f"http://{session.workspace.settings.host}:{session.workspace.settings.data_plane_port()}/predict/{name}"
    print_facts({"endpoint": name, "about": endpoint.description or "-", "predict at": predict})
    lines = [(r.revision, r.reference, r.reason, short_time(r.created_at), r.created_by) for r in revisions]
    print_table(("revision", "model", "reason", "created", "by"), lines, "")
