"""Jobs of the kind "run a pipeline": what the server and the loop put into the queue and the worker takes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tidemill.access import Caller, Role
from tidemill.core import DamagedError
from tidemill.storage.queue import Job, NewJob

PIPELINE_RUN = "pipeline_run"


@dataclass(frozen=True)
class PipelineJob:
    """A pipeline to run. `role` is that of the caller who asked, so that a worker may do no more than they.

    tags: given to the run, such as the turn of the loop that it belongs to.
    resume: the paused run that it goes on with.
    """

    pipeline: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    release: bool = True
    use_cache: bool = True
    role: str = "viewer"
    tags: dict[str, str] = field(default_factory=dict)
    resume: str = ""

    def to_job(self, unique_key: str = "") -> NewJob:
        """Return the job to queue. It is tried once more only when a worker dies or something was not reachable."""
        return NewJob(PIPELINE_RUN, msgspec.to_builtins(self), unique_key)

    @classmethod
    def from_job(cls, job: Job) -> PipelineJob:
        """Read a queued job. Raises DamagedError."""
        try:
            return msgspec.convert(job.payload, cls)
        except msgspec.ValidationError as error:
            raise DamagedError(f"job {job.id} cannot be read: {error}") from error


def caller_of(job: Job) -> Caller:
    """Return on whose behalf a job is worked on. Raises DamagedError, UsageError."""
    return Caller(job.created_by, job.project_id, Role.parse(PipelineJob.from_job(job).role))
