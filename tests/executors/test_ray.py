"""A local Ray: the suite of executors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from tidemill.app import executors_of, open_step_store
from tidemill.core import load_settings
from tidemill.pipelines import Codecs
from tidemill.pipelines.executors import Executor, ExecutorContext
from tidemill.pipelines.graph.options import Resources, StepOptions
from tidemill.pipelines.keys.code_digest import CodeReader
from tidemill.testing import ExecutorsConformance
from tidemill.testing.executor_steps import Bench, write_project

# Ray's own modules warn of what they use.
pytestmark = pytest.mark.filterwarnings("ignore:::ray", "ignore::ResourceWarning")


def _of_ray() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("RAY_")}


@contextmanager
def opened_ray(module: ModuleType) -> Iterator[tuple[Executor, Codecs]]:
    """Start a Ray of two processors for a project's module; what it set in the environment is gone with it."""
    folder = Path(str(module.__file__)).parent
    settings = load_settings(folder, environ={})
    before = _of_ray()
    executor = executors_of(folder, settings)("ray", ExecutorContext(folder, n_workers=2))
    yield executor, open_step_store(folder, settings)[1]
    executor.close()
    assert _of_ray() == before


@pytest.mark.long
class TestLocalRay(ExecutorsConformance):
    """The suite on one Ray."""

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, module: ModuleType) -> Iterator[tuple[Executor, Codecs]]:
        with opened_ray(module) as opened:
            yield opened


def test_a_local_ray_executes_tells_errors_watches_and_refuses(tmp_path: Path) -> None:
    module = write_project(tmp_path / "project")
    with opened_ray(module) as (executor, codecs):
        bench = Bench(executor, module)
        code = CodeReader(tmp_path / "project").digest(module.peek.function)
        (tmp_path / "undeclared.txt").write_text("rows")
        tasks = [
            bench.give("double", {"x": 21}, code=CodeReader(tmp_path / "project").digest(module.double.function)),
            bench.give("fail", {"x": 3}),
            bench.give("peek", {"path": str(tmp_path / "undeclared.txt")}, code=code),
            bench.give("double", {"x": 1}, StepOptions(resources=Resources(gpus=3))),
        ]
        doubled, failed, peeked, refused = bench.wait_for(*tasks, within_s=120)
    assert (codecs.decode(doubled.outputs[0]), doubled.doubts) == (42, ())
    assert failed.error is not None
    assert 'raise ValueError(f"{x} is no good")' in failed.error.details
    assert [doubt.partition(",")[0] for doubt in peeked.doubts] == [f"it read {tmp_path / 'undeclared.txt'}"]
    assert refused.error is not None
    assert refused.error.message == (
        "step 'double' asks for 3 GPU, and the local Ray has 0: ask for less, or name a cluster as ray://host:10001"
    )
