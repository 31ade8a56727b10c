"""Making an executor by its name."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from tidemill.core import Settings, UsageError
from tidemill.pipelines.codecs import Codecs
from tidemill.pipelines.executors.context import ExecutorContext
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.pool import PoolOptions, ProcessPool
from tidemill.pipelines.executors.port import Executor
from tidemill.pipelines.executors.quick_steps import QuickSteps
from tidemill.pipelines.executors.ray_cluster import RayExecutor, RayPlace
from tidemill.pipelines.executors.worker_spec import WorkerSpec, imported_files
from tidemill.storage import BlobStore

IN_PROCESS, POOL, RAY = "in-process", "pool", "ray"


@dataclass(frozen=True)
class Wiring:
    """What executors need of the rooms above: the settings, the module that their processes run, and the store."""

    settings: Settings
    worker: str
    open_store: Callable[[Settings], tuple[BlobStore, Codecs]]

    def performer(self) -> Performer:
        """Return what executes calls in this process."""
        return Performer(*self.open_store(self.settings))


def check_executor(name: str) -> str:
    """Return the name of an executor. Raises UsageError for one that is none.

    >>> check_executor("ray://127.0.0.1:10001")
    'ray://127.0.0.1:10001'
    """
    host, found, port = name.removeprefix("ray://").rpartition(":")
    if name in {IN_PROCESS, POOL, RAY} or (name.startswith("ray://") and found and host and port.isdigit()):
        return name
    raise UsageError(f"{name!r} is no executor; it takes in-process, pool, ray, or an address as ray://host:10001")


def make_executor(wiring: Wiring, name: str, context: ExecutorContext) -> Executor:
    """Make an executor of other processes: ``pool``, ``ray``, or ``ray://host:port``. Close it when done.

    Raises UsageError for another name; UnavailableError when Ray is not installed, or the cluster does not answer.
    """
    check_executor(name)
    folder = context.folder.resolve()
    files = imported_files(folder, sys.modules)
    spec = WorkerSpec(folder, _absolute(wiring.settings), files, tuple(place for place in sys.path if place))
    if name == POOL:
        performer = functools.cache(wiring.performer)
        options = PoolOptions(context.n_workers)
        return ProcessPool(wiring.worker, spec, performer, options, QuickSteps(context.expected_s))
    if name == IN_PROCESS:
        raise UsageError("the executor 'in-process' is the runner's own; this makes pool, ray and ray://host:port")
    place = RayPlace("" if name == RAY else name, context.n_workers)
    return RayExecutor(wiring.worker, spec, wiring.open_store(wiring.settings)[0], place)


def _absolute(settings: Settings) -> Settings:
    return replace(settings, home=settings.home.absolute())
