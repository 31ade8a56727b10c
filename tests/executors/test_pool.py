"""The process pool: the suite of executors, and what is its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tidemill.app import WORKER, executors, open_step_store
from tidemill.core import Settings, load_settings
from tidemill.pipelines import Codecs
from tidemill.pipelines.executors import Executor, ExecutorContext, PoolOptions, ProcessPool
from tidemill.pipelines.executors.performing import Performer
from tidemill.pipelines.executors.quick_steps import QuickSteps
from tidemill.pipelines.executors.worker_spec import WorkerSpec
from tidemill.testing import ExecutorsConformance
from tidemill.testing.executor_steps import Bench, is_alive


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
        executor = executors(settings)("pool", ExecutorContext(folder, n_workers=2))
        yield executor, open_step_store(settings)[1]
        executor.close()

    def test_closing_ends_what_runs(self, module: ModuleType, tmp_path: Path) -> None:
        folder, settings = settings_of(module)
        make = executors(settings)
        self.check_closing(lambda: make("pool", ExecutorContext(folder, n_workers=1)), module, tmp_path / "mark")
