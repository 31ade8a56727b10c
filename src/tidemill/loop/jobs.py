"""Jobs as people see them: listed, looked at, cancelled, and tried again after they were given up."""

from __future__ import annotations

from tidemill.access import Caller, Role, require
from tidemill.core import ConflictError, Event, ForbiddenError
from tidemill.loop.service import TURN_TAG
from tidemill.pipelines import PIPELINE_RUN, PipelineJob
from tidemill.storage.queue import Job, Queue
from tidemill.storage.records import Database, Transaction


class Jobs:
    """The jobs of the caller's project. Thread-safe."""

    def __init__(self, database: Database, queue: Queue) -> None:
        self._database = database
        self._queue = queue

    def list(self, caller: Caller, state: str | None = None, limit: int = 50) -> list[Job]:
        """Return jobs, newest first; `state`: queued, leased, done, dead or cancelled. Raises UsageError."""
        require(caller, Role.VIEWER)
        return self._queue.list_jobs(caller.project, state, limit)

    def get(self, caller: Caller, id_: str) -> Job:
        """Return a job. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        return self._queue.get(caller.project, id_)

    def cancel(self, caller: Caller, id_: str) -> Job:
        """Cancel a job that has not ended, and return it. Raises NotFoundError, ConflictError."""
        require(caller, Role.EDITOR)

        def cancel(tx: Transaction) -> None:
            self._queue.cancel(tx, caller.project, id_)
            tx.emit(caller.name, caller.project, Event("job.cancelled", id_))

        self._database.write(cancel)
        return self._queue.get(caller.project, id_)

    def retry(self, caller: Caller, id_: str) -> Job:
        """Queue a dead or cancelled job again, in the name of whom it was queued by, and return it.

        Raises NotFoundError; ConflictError for a job that is under way or done, or that a turn of the loop was settled
        by; ForbiddenError below the editor's role, and below the deployer's for a run that releases.
        """
        require(caller, Role.EDITOR)
        job = self._queue.get(caller.project, id_)
        if job.kind == PIPELINE_RUN:
            asked = PipelineJob.from_job(job)
            if TURN_TAG in asked.tags:
                raise ConflictError(f"job {id_} was a turn of the loop, which is settled; begin another by retraining")
            if asked.release and caller.role < Role.DEPLOYER:
                raise ForbiddenError(
                    f"{caller.name} is {caller.role.name.lower()} in {caller.project!r}; retrying a run that releases "
                    "what it offers needs deployer"
                )

        def again(tx: Transaction) -> None:
            self._queue.retry(tx, caller.project, id_)
            tx.emit(caller.name, caller.project, Event("job.retried", id_, {"error": job.error}))

        self._database.write(again)
        return self._queue.get(caller.project, id_)
