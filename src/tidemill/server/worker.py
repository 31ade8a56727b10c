"""The worker: takes queued jobs, one at a time, and runs their pipelines. `python -m tidemill.server.worker`.

While it works on a job a thread keeps its lease alive. A job that was cancelled, or that another worker took over
because this one seemed dead, is left after the step in hand; only the holder of the lease can settle a job. A step that
does not end within ten seconds then is left by ending the process: the supervisor starts another.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import Any

from tidemill import models, tuning
from tidemill.access import Caller
from tidemill.app import open_workspace
from tidemill.bundles import RUN_TAG
from tidemill.code_record import record_code
from tidemill.core import ConflictError, TidemillError, UnavailableError, new_id
from tidemill.pipelines import (
    PIPELINE_RUN,
    PipelineJob,
    PipelineRun,
    RunOptions,
    RunParked,
    RunSkipped,
    caller_of,
)
from tidemill.registry import PENDING
from tidemill.release import Released, log_report, run_and_release
from tidemill.server.deployed_code import CodeInUse, DeployedCode
from tidemill.server.loaded_code import LoadedCode
from tidemill.server.options import add_store_arguments, options_from
from tidemill.storage.queue import Job, Queue, park_job
from tidemill.storage.records import is_shared
from tidemill.storage.stamps import Stamp, stamp_of
from tidemill.workspace import Workspace

LEASE = timedelta(seconds=30)
#: How long a step may go on whose job was lost.
PATIENCE = timedelta(seconds=10)
_HUNG = 3
#: How the line begins that says which code runs use; `tidemill up` looks for it.
RUNS_USE = "runs use "
_LOOK_EVERY_S = 0.05
#: A job may be due, or its lease run out, without anything written.
_LOOK_ANYWAY_S = 0.5


class InterruptedRun(KeyboardInterrupt):
    """A run was told to end before its time."""


class Lease:
    """Keeps a job's lease alive from a thread of its own; `lost` says that the job is another's, or cancelled.

    hung: called from that thread when the lease was lost and is still held `patience` later.
    """

    def __init__(
        self, queue: Queue, job: Job, length: timedelta, patience: timedelta, hung: Callable[[str], None]
    ) -> None:
        self._queue = queue
        self._job = job
        self._length = length
        self._patience = patience
        self._hung = hung
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self.lost = ""

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def check(self) -> None:
        """Extend the lease. Raises InterruptedRun when it is lost."""
        try:
            self._queue.heartbeat(self._job, self._length)
        except ConflictError as error:
            self.lost = str(error)
            raise InterruptedRun from error

    def _keep(self) -> None:
        while not self._end.wait(self._length.total_seconds() / 3):
            try:
                self.check()
            except InterruptedRun:
                if not self._end.wait(self._patience.total_seconds()):
                    self._hung(self.lost)
                return
            except TidemillError:
                continue  # the store is busy, full or away; there are two more tries before the lease ends


class Worker:
    """Works on one job after the other until it is told to stop, or the project's code has changed.

    patience: how long a step may go on whose job was lost; then the process ends, since nothing else ends a step.
    """

    def __init__(self, workspace: Workspace, lease: timedelta = LEASE, patience: timedelta = PATIENCE) -> None:
        self._workspace = workspace
        self._lease = lease
        self._patience = patience
        self._name = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"
        self._code = LoadedCode(workspace.folder)
        self._deployed = DeployedCode(workspace)
        self._said = ""
        self._stop = threading.Event()
        self._running = False

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End `run` soon; a job in hand is given back. Fit to be a signal handler."""
        first = not self._stop.is_set()
        self._stop.set()
        if self._running and first:
            raise InterruptedRun

    def warm_up(self) -> None:
        """Import beside the wait for the first job what it is likely to need."""
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()

    def run(self) -> bool:
        """Take jobs until `stop` is called; True when it ended because it holds code that has changed since."""
        # From job to job: their processes stay warm as long as the code is what they have imported.
        self._workspace.executors.keep()
        try:
            while not self._stop.is_set():
                if self._code.changed():
                    return True
                seen = stamp_of(self._workspace.database)
                if not self.work_once():
                    self._wait(seen)
            return False
        finally:
            self._workspace.executors.close()
            self._workspace.queue.leave(self._name)

    def work_once(self) -> bool:
        """Take a job if there is one, work on it and settle it; tell whether there was one."""
        queue = self._workspace.queue
        try:
            job = queue.claim(self._name, self._lease)
            if job is None:
                return False
            say(f"job {job.id}, attempt {job.attempt}: begun")
            self._workspace.tracking.settle_dead_runs()  # such as that of the worker that had the job before
            with Lease(queue, job, self._lease, self._patience, _end_process) as lease:
                try:
                    self._work(job, lease)
                except KeyboardInterrupt:
                    if lease.lost:
                        raise ConflictError(lease.lost) from None
                    queue.give_back(job, "its worker was stopped")
        except ConflictError as error:
            say(f"left alone: {error}")
        except UnavailableError as error:
            say(str(error))
            return False
        return True

    def _wait(self, seen: Stamp) -> None:
        """Wait until there may be a job. A server's records are asked whether they were written to, no more."""
        until = time.monotonic() + (_LOOK_ANYWAY_S if is_shared(self._workspace.database) else 0)
        while not self._stop.wait(_LOOK_EVERY_S) and time.monotonic() < until:
            if stamp_of(self._workspace.database) != seen:
                return

    def _work(self, job: Job, lease: Lease) -> None:
        queue = self._workspace.queue
        try:
            self._running = True
            result = self._result(job, lease)
        except RunParked as parked:
            self._running = False
            payload, until = {**job.payload, "resume": parked.run_id}, parked.until
            self._workspace.database.write(lambda tx: park_job(tx, job, until, payload))
            say(f"job {job.id}: {parked}")
        except RunSkipped as skipped:
            self._running = False
            told = {"run_id": None, "skipped": str(skipped)}
            self._workspace.database.write(lambda tx: queue.finish(tx, job, told))
            say(f"job {job.id}: {skipped}")
        except TidemillError as error:
            self._running = False
            say(f"job {job.id}: {error}")
            queue.fail(job, str(error), retry=isinstance(error, UnavailableError))
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a project's code may raise anything, and the worker goes on
            self._running = False
            say(f"job {job.id}: {type(error).__name__}: {error}")
            queue.fail(job, f"{type(error).__name__}: {error}", retry=False)
        else:
            self._running = False
            self._workspace.database.write(lambda tx: queue.finish(tx, job, result))
            say(f"job {job.id}: done by run {result['run_id']}")
        finally:
            self._running = False
            self._code.note()

    def _result(self, job: Job, lease: Lease) -> dict[str, Any]:
        if job.kind != PIPELINE_RUN:
            raise TidemillError(f"no worker of this version knows jobs of the kind {job.kind!r}")
        asked, caller = PipelineJob.from_job(job), caller_of(job)
        code = self.code_for(caller.project)
        workspace = self._deployed.workspace_for(code)
        project = self._deployed.load(code)
        tags, began = {**asked.tags, "job_id": job.id, **self._code_tag(caller, code)}, time.perf_counter()
        commit = None if code.bundle is None else code.bundle.commit or ""
        resume = asked.resume if self._goes_on(caller, asked.resume) else ""
        options = RunOptions(
            asked.use_cache,
            lambda _: lease.check(),
            tags,
            lease.check,
            resume=resume,
            park=True,
            commit=commit,
        )
        if asked.release:
            released = run_and_release(workspace, project, caller, asked.pipeline, asked.params, options)
            return _told(released.run, began) | {"releases": _releases(released)}
        pipeline = project.pipeline(asked.pipeline)
        params = project.params(pipeline, workspace.settings, asked.params)
        plan = workspace.pipelines.plan(caller, pipeline, workspace.folder, params, project.folder)
        run = workspace.pipelines.run(caller, plan, workspace.folder, options)
        log_report(workspace, caller, run)
        return _told(run, began)

    def _goes_on(self, caller: Caller, run_id: str) -> bool:
        """Tell whether a run that was parked still waits: somebody may have cancelled it meanwhile."""
        return bool(run_id and self._workspace.tracking.pauses.unended(caller, [run_id]))

    def code_for(self, project: str) -> CodeInUse:
        """Return the code that the next run uses, and say it when it is news."""
        code = self._deployed.now(project)
        if self._said != code.words:
            self._said = code.words
            say(f"{RUNS_USE}{code.words}")
        return code

    def _code_tag(self, caller: Caller, code: CodeInUse) -> dict[str, str]:
        if code.bundle is not None:
            return {RUN_TAG: code.bundle.digest}
        return record_code(self._workspace, caller, say)


def _warm_up() -> None:
    models.warm_up()
    tuning.warm_up()


def _told(run: PipelineRun, began: float) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "n_steps": len(run.steps),
        "n_executed": run.n_executed(),
        "seconds": round(time.perf_counter() - began, 3),
    }


def _releases(released: Released) -> list[dict[str, Any]]:
    return [
        {
            "endpoint": release.verdict.endpoint,
            "passed": release.verdict.passed,
            "verdict": release.judged.sentence,
            "verdict_id": release.verdict.id,
            "note": release.note,
            "waits_for": next((each.id for each in release.requests if each.state == PENDING), None),
            "version": release.version.reference if release.version else None,
            "revision": release.revision.revision if release.revision else None,
        }
        for release in released.releases
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m tidemill.server.worker", description="Run queued pipelines.")
    add_store_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        options = options_from(given)
        workspace = open_workspace(options.folder, options.settings)
        with suppress(UnavailableError):  # the first job tries again
            workspace.tracking.settle_dead_runs()
        worker = Worker(workspace)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, worker.stop)
        say(f"waiting for jobs, home {options.settings.home}")
        with suppress(TidemillError):  # the first job tells why
            worker.code_for(options.settings.project)
        worker.warm_up()
        stale = worker.run()
    except TidemillError as error:
        say(str(error))
        return error.exit_code
    if stale:
        say("the project's code has changed: starting afresh with it")
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very program again
    return 0


def _end_process(lost: str) -> None:
    say(f"ending, since the step in hand does not: {lost}")
    sys.stdout.flush()
    os._exit(_HUNG)


def say(line: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"tidemill worker: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
