"""What can be done to a run, whatever the door: cancelling it, running the same again, answering what it asks."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tidemill.access import Role
from tidemill.core import ConflictError, Event, ForbiddenError, NotFoundError
from tidemill.pipelines import PipelineJob, RunApproval
from tidemill.server.roles import Call
from tidemill.storage.records import Transaction
from tidemill.tracking import RunDetail

GOES_ON = frozenset({"running", "paused"})
JOB_TAG = "job_id"
_LOOKED_AT = 200


def cancel_run(call: Call, run_id: str) -> None:
    """Ask a run to end, and cancel its job where it has one. Raises ConflictError."""
    detail = call.rooms.tracking.get_run(call.caller, run_id)
    if detail.run.status not in GOES_ON:
        raise ConflictError(f"run {run_id} has ended: it is {detail.run.status}; there is nothing to cancel")
    call.rooms.pipelines.cancel(call.caller, run_id)
    job_id = detail.tags.get(JOB_TAG)
    if job_id:
        with suppress(NotFoundError, ConflictError):
            call.rooms.jobs.cancel(call.caller, job_id)


def answer_run(call: Call, run_id: str, position: int, approved: bool, note: str) -> None:
    """Answer what a run asks at a position. Raises NotFoundError, ForbiddenError, ConflictError."""
    call.rooms.pipelines.answer(call.caller, run_id, position, approved, note)


def asked_of_runs(call: Call) -> list[RunApproval]:
    """Return what the latest runs ask people."""
    runs = call.rooms.tracking.list_runs(call.caller, limit=_LOOKED_AT)
    found = [
        asked
        for run in runs
        if run.status != "finished"
        for asked in call.rooms.pipelines.approvals(call.caller, run.id)
    ]
    return [asked for asked in found if asked.state == "asked"]


def run_again(call: Call, run_id: str) -> str:
    """Queue a run with the same pipeline and params, and return the job's id. Raises NotFoundError, ForbiddenError."""
    return queue_job(call, asked_before(call, call.rooms.tracking.get_run(call.caller, run_id)))


def queue_job(call: Call, asked: PipelineJob) -> str:
    """Queue a run of a pipeline in the caller's name. Raises ForbiddenError for a release below the deployer's role."""
    caller = call.caller
    if asked.release and caller.role < Role.DEPLOYER:
        raise ForbiddenError(
            f"{caller.name} is {caller.role.name.lower()} in {caller.project!r}; a run that releases what it offers "
            "needs deployer"
        )

    def store(tx: Transaction) -> str:
        id_ = call.rooms.queue.enqueue(tx, caller.project, caller.name, asked.to_job())
        tx.emit(
            caller.name, caller.project, Event("job.queued", id_, {"kind": "pipeline_run", "pipeline": asked.pipeline})
        )
        return id_

    return call.rooms.database.write(store)


def asked_before(call: Call, detail: RunDetail) -> PipelineJob:
    """Return what asks for a run like this one: as its job had it, else from its params as they are recorded."""
    may_release = call.caller.role >= Role.DEPLOYER
    role = call.caller.role.name.lower()
    job_id = detail.tags.get(JOB_TAG)
    if job_id:
        with suppress(NotFoundError):
            before = PipelineJob.from_job(call.rooms.jobs.get(call.caller, job_id))
            release = before.release and may_release
            return PipelineJob(detail.run.experiment, before.params, release, before.use_cache, role)
    params = {name: typed(text) for name, text in detail.params.items()}
    return PipelineJob(detail.run.experiment, params, may_release, role=role)


def typed(text: str) -> Any:
    """Return a param as it was before it was recorded as text, for numbers, true and false.

    >>> typed("3"), typed("0.1"), typed("true"), typed("flights")
    (3, 0.1, True, 'flights')
    """
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text
