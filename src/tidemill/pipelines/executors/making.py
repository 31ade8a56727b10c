"""Making an executor by its name."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tidemill.core import IN_PROCESS, POOL, RAY, Settings, UsageError, check_executor, load_settings
from tidemill.core.started_child import StartedChild
from tidemill.pipelines.codecs.codec import Codecs
from tidemill.pipelines.executors.code_at_hand import CodeAtHand
from tidemill.pipelines.executors.context import ExecutorContext
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.pool import PoolOptions, ProcessPool
from tidemill.pipelines.executors.port import Executor, LogLine, Outcome, Task
from tidemill.pipelines.executors.quick_steps import QuickSteps
from tidemill.pipelines.executors.ray_cluster import RayExecutor, RayPlace
from tidemill.pipelines.executors.worker_spec import WorkerSpec, imported_files
from tidemill.storage import BlobStore


@dataclass(frozen=True)
class Wiring:
    """What executors need of the rooms above: the settings, the module that their processes run, and the store."""

    settings: Settings
    worker: str
    open_store: Callable[[Settings], tuple[BlobStore, Codecs]]

    @functools.cached_property
    def store(self) -> tuple[BlobStore, Codecs]:
        """Return the store, opened once: to look for plugins takes as long as twenty steps."""
        return self.open_store(self.settings)

    def performer(self, folder: Path) -> Performer:
        """Return what executes calls in this process, of a project whose code is in a folder."""
        return Performer(*self.store, code=CodeAtHand(folder, self.settings.cache_packages))


def make_executor(wiring: Wiring, name: str, context: ExecutorContext) -> Executor:
    """Make an executor of other processes: ``pool``, ``ray``, or ``ray://host:port``. Close it when done.

    Raises UsageError for another name; UnavailableError when Ray is not installed, or the cluster does not answer.
    """
    check_executor(name)
    spec = _spec_of(wiring, context)
    if name == POOL:
        return _pool_of(wiring, spec, context)
    if name == IN_PROCESS:
        raise UsageError("the executor 'in-process' is the runner's own; this makes pool, ray and ray://host:port")
    place = RayPlace("" if name == RAY else name, context.n_workers)
    return RayExecutor(wiring.worker, spec, wiring.store[0], place)


class Executors:
    """Makes the executors of a store by their names. Thread-safe.

    Once a process was given a head start, or `keep` was called, the pool stays warm from run to run until `close`, as
    long as the code stays as it was; else its processes go with the run that they were for.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._lock = threading.Lock()
        self._keeps = False
        self._idle: ProcessPool | None = None
        self._started: StartedChild | None = None

    def __call__(self, name: str, context: ExecutorContext) -> Executor:
        """Make an executor; see `make_executor`."""
        with self._lock:
            keeps = self._keeps
        if name != POOL or not keeps:
            return make_executor(self._wiring, name, context)
        return _Kept(self._pool(context), self._give_back)

    def keep(self, started: StartedChild | None = None) -> None:
        """Keep a pool from run to run; its first process may have been started already."""
        with self._lock:
            self._keeps, self._started = True, started

    def close(self) -> None:
        """End what is kept."""
        with self._lock:
            pool, self._idle, started, self._started = self._idle, None, self._started, None
            self._keeps = False
        if pool is not None:
            pool.close()
        if started is not None:
            started.drop()

    def _pool(self, context: ExecutorContext) -> ProcessPool:
        spec = _spec_of(self._wiring, context)
        with self._lock:
            pool, self._idle, started, self._started = self._idle, None, self._started, None
        if pool is not None and not pool.is_for(spec):
            pool.close()
            pool = None
        if pool is None:
            pool = _pool_of(self._wiring, spec, context)
        if started is not None:
            pool.warm(started)
        return pool

    def _give_back(self, pool: ProcessPool) -> None:
        pool.pause()
        with self._lock:
            if self._keeps and self._idle is None:
                self._idle = pool
                return
        pool.close()


@dataclass
class _Kept:
    """A pool for one run, which is given back at its end."""

    pool: ProcessPool
    give_back: Callable[[ProcessPool], None]
    name: str = POOL
    shares_memory: bool = False

    def slots(self) -> int:
        return self.pool.slots()

    def submit(self, task: Task, on_line: Callable[[LogLine], None]) -> None:
        self.pool.submit(task, on_line)

    def wait(self, timeout_s: float | None = None) -> Sequence[Outcome]:
        return self.pool.wait(timeout_s)

    def cancel(self, task_id: str, grace_s: float = 5.0) -> None:
        self.pool.cancel(task_id, grace_s)

    def close(self) -> None:
        self.give_back(self.pool)


def _spec_of(wiring: Wiring, context: ExecutorContext) -> WorkerSpec:
    folder = context.folder.resolve()
    settings = wiring.settings
    if settings.module and not (folder / settings.module).is_file():
        # A bundle of before the setting was changed: its own says which file is the module.
        settings = replace(settings, module=load_settings(folder, {}).module)
    settings = replace(settings, home=settings.home.absolute())
    return WorkerSpec(folder, settings, imported_files(folder, sys.modules), tuple(filter(None, sys.path)))


def _pool_of(wiring: Wiring, spec: WorkerSpec, context: ExecutorContext) -> ProcessPool:
    performer = functools.cache(functools.partial(wiring.performer, context.folder))
    options = PoolOptions(context.n_workers)
    return ProcessPool(wiring.worker, spec, performer, options, QuickSteps(context.expected_s))
