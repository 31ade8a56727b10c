"""The process pool: the suite of executors, and what is its own."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tidemill.app import executors_of, open_step_store
from tidemill.core import STEP_WORKER, Settings, load_settings
from tidemill.pipelines import Codecs, step
from tidemill.pipelines.executors import Executor, ExecutorContext, PoolOptions, ProcessPool
from tidemill.pipelines.executors.call import packed_call
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.port import Task
from tidemill.pipelines.executors.quick_steps import QuickSteps
from tidemill.pipelines.executors.worker_spec import WorkerSpec
from tidemill.pipelines.graph.options import StepOptions
from tidemill.storage import BlobStore
from tidemill.testing import ExecutorsConformance
from tidemill.testing.executor_steps import Bench, is_alive, within, write_project

KILLED = """
import os, signal, sys
from pathlib import Path
from tidemill.app import executors_of
from tidemill.core import load_settings
from tidemill.pipelines.executors import ExecutorContext
from tidemill.testing.executor_steps import Bench, write_project
folder, mark = Path(sys.argv[1]), sys.argv[2]
module = write_project(folder)
executor = executors_of(folder, load_settings(folder, environ={}))("pool", ExecutorContext(folder))
bench = Bench(executor, module)
bench.give("sleep_stubbornly", {"seconds": 60, "path": mark})
bench.wait_until(lambda: os.path.exists(mark) and bool(Path(mark).read_text()))
os.kill(os.getpid(), signal.SIGKILL)
"""


def settings_of(module: ModuleType) -> tuple[Path, Settings]:
    """Return the folder of a project's module, and its settings."""
    folder = Path(str(module.__file__)).parent
    return folder, load_settings(folder, environ={})


class TestPool(ExecutorsConformance):
    """The suite on a pool of two processes."""

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, module: ModuleType) -> Iterator[tuple[Executor, Codecs]]:
        folder, settings = settings_of(module)
        executor = executors_of(folder, settings)("pool", ExecutorContext(folder, n_workers=2))
        yield executor, open_step_store(folder, settings)[1]
        executor.close()

    @pytest.mark.long
    def test_closing_ends_what_runs(self, module: ModuleType, tmp_path: Path) -> None:
        folder, settings = settings_of(module)
        make = executors_of(folder, settings)
        self.check_closing(lambda: make("pool", ExecutorContext(folder, n_workers=1)), module, tmp_path / "mark")


def pool_of(module: ModuleType, options: PoolOptions, expected_s: float | None = None) -> ProcessPool:
    """Return a pool of a project, with what is known of how long its steps take."""
    folder, settings = settings_of(module)
    spec = WorkerSpec(folder, replace(settings, home=settings.home.absolute()))
    quick = QuickSteps(lambda _step: expected_s)
    return ProcessPool(STEP_WORKER, spec, lambda: Performer(*open_step_store(folder, settings)), options, quick)


@pytest.mark.long
def test_processes_die_with_a_killed_parent(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    command = [sys.executable, "-c", KILLED, str(tmp_path / "project"), str(mark)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid = int(mark.read_text())
    deadline = time.monotonic() + 30
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_known_to_be_quick_is_executed_here(tmp_path: Path) -> None:
    executor = pool_of(write_project(tmp_path / "project"), PoolOptions(), 0.0002)
    bench = Bench(executor, write_project(tmp_path / "project"))
    written = bench.give("write", {"n": 1})
    assert bench.wait_for(written)[0].usage.pid == os.getpid()
    assert bench.text_of(written) == ["line 0", "unfinished"]
    assert executor.pids() == []
    executor.close()


def test_twenty_steps_of_which_nothing_is_known_and_that_do_nothing_start_one_process(tmp_path: Path) -> None:
    module = write_project(tmp_path / "project")
    bench = Bench(pool_of(module, PoolOptions(n_workers=2)), module)
    tasks = [bench.give("double", {"x": number}) for number in range(20)]
    pids = {outcome.usage.pid for outcome in bench.wait_for(*tasks)}
    assert len(pids - {os.getpid()}) == 1
    bench.executor.close()


@pytest.mark.long
def test_what_is_bounded_is_executed_elsewhere_and_large_processes_are_replaced(tmp_path: Path) -> None:
    module = write_project(tmp_path / "project")
    bench = Bench(pool_of(module, PoolOptions(n_workers=1, recycle_bytes=1), 0.0002), module)
    pids = [bench.do("double", {"x": 1}, within(60)).usage.pid for _ in range(2)]
    assert len({*pids, os.getpid()}) == 3
    bench.executor.close()
    assert not any(map(is_alive, pids))


@pytest.mark.long
def test_code_that_was_edited_meanwhile_is_refused(tmp_path: Path) -> None:
    module = write_project(tmp_path / "project")
    folder, settings = settings_of(module)
    executor = executors_of(folder, settings)("pool", ExecutorContext(folder))
    file = Path(str(module.__file__))
    file.write_text(file.read_text() + "\n# edited\n")
    bench = Bench(executor, module)
    error = bench.do("double", {"x": 1}).error
    executor.close()
    assert error is not None
    assert (error.kind, error.message[:62]) == (
        "refused",
        "conformance_project.py has changed since this run was planned:"[:62],
    )


def test_a_step_of_a_notebook_is_refused(tmp_path: Path) -> None:
    module = write_project(tmp_path / "project")
    pool = Bench(pool_of(module, PoolOptions()), module)

    def cell(x: int) -> int:
        return x

    cell.__module__ = "__main__"
    error = pool.do(step(cell), {"x": 1}).error
    assert error is not None
    assert error.message == (
        "step 'cell' is defined in a notebook or script (__main__): move it to a module, or run with --executor "
        "in-process"
    )


class _Full:
    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)

    def put(self, data: bytes) -> str:
        raise OSError(errno.ENOSPC, f"No space left on device for {len(data)} bytes")


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    module = write_project(tmp_path / "project")
    folder, settings = settings_of(module)
    blobs, codecs = open_step_store(folder, settings)
    codecs._blobs = _Full(blobs)
    task = Task("1", "run", 0, module.double, {"x": "a" * 3000}, {}, ("result",), StepOptions())
    error = Performer(blobs, codecs).perform(packed_call(task)).error
    assert error is not None
    assert error.message == (
        "step 'double': its output 'result', a str, was not kept: the disk of the store is full; nothing of it was "
        "left there: free some space and run again"
    )
    assert not blobs.list()
