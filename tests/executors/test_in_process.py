"""The executor of this process: the suite, but for what needs a process of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tidemill.app import open_step_store
from tidemill.core import load_settings
from tidemill.pipelines import Codecs
from tidemill.pipelines.executors import Executor, InProcess
from tidemill.testing import ExecutorsConformance


class TestInProcess(ExecutorsConformance):
    """The suite on this process."""

    isolates = False

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, module: ModuleType) -> Iterator[tuple[Executor, Codecs]]:
        folder = Path(str(module.__file__)).parent
        codecs = open_step_store(folder, load_settings(folder, environ={}))[1]
        executor = InProcess(codecs)
        yield executor, codecs
        executor.close()
