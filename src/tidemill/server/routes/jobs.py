"""Work for the worker: queueing a run of a pipeline, listing, looking, cancelling, retrying."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from tidemill.access import Role
from tidemill.core import Event, ForbiddenError, UsageError
from tidemill.pipelines import PipelineJob
from tidemill.server.answers import Json, json_body
from tidemill.server.roles import Editor, Viewer
from tidemill.server.routes.route import Limit, Route
from tidemill.storage.records import Transaction

_LONGEST_KEY = 300


@dataclass(frozen=True)
class RunAsked:
    """A pipeline to run; its candidate is released unless `release` is false.

    unique_key: the same key gives the same job, however often it is sent.
    """

    pipeline: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    release: bool = True
    use_cache: bool = True
    unique_key: str = ""


def queue_run(call: Editor, asked: Annotated[RunAsked, json_body(RunAsked)]) -> Json:
    """Queue a run and return the job's id."""
    caller = call.caller
    if asked.release and caller.role < Role.DEPLOYER:
        raise ForbiddenError(
            f"{caller.name} is {caller.role.name.lower()} in {caller.project!r}; releasing what a run offers needs "
            'deployer: send "release": false to only run it'
        )
    if len(asked.unique_key) > _LONGEST_KEY:
        raise UsageError(f"the field 'unique_key' has {len(asked.unique_key)} characters; at most {_LONGEST_KEY}")
    role = caller.role.name.lower()
    job = PipelineJob(asked.pipeline, asked.params, asked.release, asked.use_cache, role).to_job(asked.unique_key)

    def store(tx: Transaction) -> str:
        id_ = call.rooms.queue.enqueue(tx, caller.project, caller.name, job)
        tx.emit(caller.name, caller.project, Event("job.queued", id_, {"kind": job.kind, "pipeline": asked.pipeline}))
        return id_

    return Json({"job_id": call.rooms.database.write(store)}, status_code=202)


def get_job(call: Viewer, job_id: str) -> Json:
    """Return a job: queued, leased, done with its result, dead with its error, or cancelled."""
    return Json(call.rooms.jobs.get(call.caller, job_id))


def list_jobs(call: Viewer, state: str | None = None, limit: Limit = 50) -> Json:
    """Return jobs, newest first; `state=dead` are those that were given up, with the reason as their error."""
    return Json({"jobs": call.rooms.jobs.list(call.caller, state, limit)})


def cancel_job(call: Editor, job_id: str) -> Json:
    """Cancel a job that has not ended; one that is worked on stops after its present step."""
    return Json(call.rooms.jobs.cancel(call.caller, job_id))


def retry_job(call: Editor, job_id: str) -> Json:
    """Queue a dead or cancelled job again; a run that releases what it offers needs a deployer."""
    return Json(call.rooms.jobs.retry(call.caller, job_id))


ROUTES = (
    Route("POST", "/api/runs", queue_run),
    Route("GET", "/api/jobs", list_jobs),
    Route("GET", "/api/jobs/{job_id}", get_job),
    Route("POST", "/api/jobs/{job_id}/cancel", cancel_job),
    Route("POST", "/api/jobs/{job_id}/retry", retry_job),
)
