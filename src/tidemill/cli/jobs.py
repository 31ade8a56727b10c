"""tidemill jobs: list queued work, show one job, cancel it, or try a dead one again."""

from __future__ import annotations

from typing import Annotated

import typer

from tidemill.cli.options import HERE, Folder, Home, Json, ProjectName
from tidemill.cli.output import print_facts, print_json, print_table, short_time
from tidemill.cli.session import open_session
from tidemill.core import UsageError
from tidemill.storage.queue import Job

app = typer.Typer(add_completion=False)


@app.command()
def jobs(
    job_id: Annotated[str | None, typer.Argument(help="A job, to see it whole.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Only queued, leased, done, dead or cancelled ones.")
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Queue the job again; it is dead or cancelled.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel the job; it is queued or under way.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, newest first.")] = 20,
    folder: Folder = HERE,
    home: Home = None,
    project: ProjectName = None,
    json: Json = False,
) -> None:
    """List queued work, newest first, or show one job; dead ones were given up, with the reason."""
    if (retry or cancel) and (job_id is None or (retry and cancel)):
        raise UsageError("--retry and --cancel take one job each: tidemill jobs JOB_ID --retry")
    session = open_session(folder, home, project)
    service = session.workspace.jobs
    if job_id is None:
        _list(service.list(session.caller, state, limit), json=json)
        return
    action = service.retry if retry else service.cancel if cancel else service.get
    job = action(session.caller, job_id)
    if json:
        print_json(job)
        return
    print_facts(
        {
            "job": job.id,
            "kind": job.kind,
            "state": job.state,
            "reason": job.error or "-",
            "attempts": f"{job.attempt} of {job.max_attempts}",
            "worker": job.owner or "-",
            "queued": f"{short_time(job.created_at)} by {job.created_by}",
            "ended": short_time(job.ended_at) if job.ended_at else "-",
            **{name: str(value) for name, value in (job.result or {}).items() if name in {"run_id", "seconds"}},
        }
    )


def _list(found: list[Job], *, json: bool) -> None:
    if json:
        print_json(found)
        return
    rows = [
        (job.id, job.kind, job.state, job.attempt, short_time(job.created_at), job.created_by, job.error or "")
        for job in found
    ]
    print_table(("job", "kind", "state", "attempt", "queued", "by", "reason"), rows, "no such job")
