"""Two Ray nodes on loopback: a worker and then a node are killed in the middle of steps."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tidemill.app import open_step_store
from tidemill.core import STEP_WORKER, Settings, load_settings
from tidemill.pipelines import Codecs
from tidemill.pipelines.executors import Executor, RayExecutor
from tidemill.pipelines.executors.ray_cluster import RayPlace, token_of_this_process
from tidemill.pipelines.executors.worker_spec import WorkerSpec, imported_files
from tidemill.testing import ExecutorsConformance
from tidemill.testing.executor_steps import Bench, write_project

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:::ray", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head and a node of two processors each, with a token, as a cluster has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", token_of_this_process())
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "1")
        from ray.cluster_utils import Cluster

        found: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
        patch.setenv("RAY_ADDRESS", found.address)
        yield found
        found.shutdown()


def executor_of(module: ModuleType) -> tuple[RayExecutor, Codecs]:
    """Return an executor on the cluster whose data travels through Ray's object store."""
    folder = Path(str(module.__file__)).parent
    settings: Settings = load_settings(folder, environ={})
    blobs, codecs = open_step_store(folder, settings)
    spec = WorkerSpec(folder, settings, imported_files(folder, {"project": module}))
    return RayExecutor(STEP_WORKER, spec, blobs, RayPlace(carries=True)), codecs


class TestRayCluster(ExecutorsConformance):
    """The suite on a cluster whose workers do not reach the store."""

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, module: ModuleType, cluster: Any) -> Iterator[tuple[Executor, Codecs]]:  # noqa: ARG003
        executor, codecs = executor_of(module)
        yield executor, codecs
        executor.close()


def test_killed_workers_and_nodes_lose_tasks_that_are_tried_again(cluster: Any, tmp_path: Path) -> None:
    module = write_project(tmp_path / "project")
    node = cluster.add_node(num_cpus=2)
    cluster.wait_for_nodes()
    executor, codecs = executor_of(module)
    bench = Bench(executor, module)
    inputs = [codecs.encode("result", np.arange(1000.0) * number) for number in range(8)]
    waiting = {_give(bench, tmp_path, number, rows): number for number, rows in enumerate(inputs)}
    found: dict[int, float] = {}
    lost: list[str] = []

    def gather() -> int:
        for task_id in [each for each in waiting if each in bench.outcomes]:
            number, outcome = waiting.pop(task_id), bench.outcomes[task_id]
            if outcome.error is None:
                found[number] = codecs.decode(outcome.outputs[0])
                continue
            assert outcome.error.kind == "lost", outcome.error
            lost.append(outcome.error.message)
            waiting[_give(bench, tmp_path, number, inputs[number])] = number
        return len(found)

    bench.wait_until(lambda: len(_running(tmp_path)) >= 2)
    os.kill(_running(tmp_path)[0], signal.SIGKILL)
    bench.wait_until(lambda: gather() >= 0 and len(lost) == 1)
    cluster.remove_node(node, allow_graceful=False)
    bench.wait_until(lambda: gather() == 8, 300)
    executor.close()
    assert found == {number: float(np.arange(1000.0).sum()) * number for number in range(8)}
    assert len(lost) >= 2
    assert all("\n" not in message for message in lost)


def _give(bench: Bench, folder: Path, number: int, rows: Any) -> str:
    mark = folder / f"pid-{number}-{bench.n_given}"
    return bench.give("slow_sum", {"rows": rows, "path": str(mark)})


def _running(folder: Path) -> list[int]:
    return [int(text) for file in sorted(folder.glob("pid-*")) if (text := file.read_text())]
