"""A local Ray: the suite of executors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tidemill.app import executors_of, open_step_store
from tidemill.core import load_settings
from tidemill.pipelines import Codecs
from tidemill.pipelines.executors import Executor, ExecutorContext
from tidemill.pipelines.options import Resources, StepOptions
from tidemill.testing import ExecutorsConformance
from tidemill.testing.executor_steps import Bench

# Ray's own modules warn of what they use.
pytestmark = pytest.mark.filterwarnings("ignore:::ray", "ignore::ResourceWarning")


def _of_ray() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("RAY_")}


class TestLocalRay(ExecutorsConformance):
    """The suite on one Ray of two processors, started here."""

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, module: ModuleType) -> Iterator[tuple[Executor, Codecs]]:
        folder = Path(str(module.__file__)).parent
        settings = load_settings(folder, environ={})
        before = _of_ray()
        executor = executors_of(folder, settings)("ray", ExecutorContext(folder, n_workers=2))
        yield executor, open_step_store(folder, settings)[1]
        executor.close()
        assert _of_ray() == before

    def test_what_a_local_ray_never_has_room_for_is_refused(self, bench: Bench) -> None:
        error = bench.do("double", {"x": 1}, StepOptions(resources=Resources(gpus=3))).error
        assert error is not None
        assert error.message == (
            "step 'double' asks for 3 GPU, and the local Ray has 0: ask for less, or name a cluster as ray://host:10001"
        )
