"""Thousands of models: lists, searches, pages and writes in a store of a million runs, beside their bounds.

    python -m benchmarks.thousands [SHARE] [sqlite|postgres]

SHARE is how much of 10,000 models, 100,000 versions, 1,000,000 runs and 100,000,000 points is filled in, such as 0.01.
A store is filled by rows (see `filled`), a server answers over HTTP, and each request is made seven times. Told are the
median milliseconds of each with the bound it has, and how much memory the server came to hold meanwhile. Bounds are
those of T5, 200 ms for a page, whatever the size; they are scaled by the fixed loop of P3.

Not in the report of the others: whole, it takes minutes and 10 GB.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from benchmarks.filled import BIG, Size, fill, model_name
from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from benchmarks.served import Requests, median_ms, served
from tests.postgres import running_server
from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.workspace import Workspace

WHOLE = Size(1_000_000, 5, 20, 10_000, 10)
PAGE_MS, WRITE_MS = 200.0, 50.0
GROWTH_MIB = 200.0
MLFLOW = "/api/2.0/mlflow"


class Line(NamedTuple):
    """One thing measured: milliseconds, and the most that it may take on the machine of reference."""

    what: str
    ms: float
    bound_ms: float


def of_share(share: float) -> Size:
    """Return so large a part of the whole."""
    return Size(max(500, int(WHOLE.runs * share)), WHOLE.metrics, WHOLE.points, max(20, int(WHOLE.models * share)), 10)


def run(size: Size, backend: str = "sqlite") -> dict[str, Any]:
    """Measure and return the lines, what the fill took, and how much the process grew."""
    with ExitStack() as stack:
        url = stack.enter_context(running_server()).fresh() if backend == "postgres" else ""
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(home=folder / "home", records=url)
        workspace = open_workspace(folder, settings)
        began = time.perf_counter()
        ids = fill(workspace, url or str(folder / "home" / "records.db"), size)
        took = time.perf_counter() - began
        requests = stack.enter_context(served(workspace, settings))
        requests.get("/runs")
        before, slower, lines = _rss_mib(), [], []
        for what, ask, bound in _asked(workspace, requests, ids, size):
            slower.append(calibration_ms() / CALIBRATION_MS)
            lines.append(Line(what, median_ms(ask), bound))
        grown = _rss_mib() - before
        workspace.database.close()
    scale = max(1.0, statistics.median(slower))
    return {
        "backend": backend,
        "runs": size.runs,
        "models": size.models,
        "versions": size.models * size.versions,
        "points": size.n_points,
        "fill_s": round(took, 1),
        "grown_mib": round(grown, 1),
        "slower_than_reference": round(scale, 2),
        "lines": lines,
        "late": [each.what for each in lines if each.ms > each.bound_ms * scale],
        "holds": grown <= GROWTH_MIB and all(each.ms <= each.bound_ms * scale for each in lines),
    }


def table(result: dict[str, Any]) -> str:
    """Return what was measured as a table."""
    head = (
        f"{result['backend']}: {result['runs']:,} runs, {result['points']:,} points, {result['models']:,} models, "
        f"{result['versions']:,} versions; filled in {result['fill_s']:,} s; the server grew by "
        f"{result['grown_mib']} MiB; "
        f"this machine takes {result['slower_than_reference']} times as long as that of reference"
    )
    scale = result["slower_than_reference"]
    lines = [
        f"{each.what:<48} {each.ms:9.1f} ms {each.ms / scale:9.1f} scaled  <= {each.bound_ms:g}"
        f"{'' if each.ms <= each.bound_ms * scale else '   LATE'}"
        for each in result["lines"]
    ]
    return "\n".join([head, *lines])


def _asked(
    workspace: Workspace, requests: Requests, ids: list[str], size: Size
) -> Iterator[tuple[str, Callable[[], object], float]]:
    """Yield what is asked, how, and its bound."""
    yield from ((what, ask, PAGE_MS) for what, ask in _of_registry(requests, size))
    yield from ((what, ask, PAGE_MS) for what, ask in _of_runs(requests, ids))
    number = workspace.tracking.experiments.get_named(local_caller(), BIG).number
    yield from ((what, ask, PAGE_MS) for what, ask in _of_mlflow(requests, ids, size, number))
    yield from ((what, ask, WRITE_MS) for what, ask in _writes(requests, number))


def _get(requests: Requests, path: str, **asked: Any) -> Callable[[], object]:
    return partial(requests.get, f"{path}?{urlencode(asked, doseq=True)}" if asked else path)


def _of_registry(requests: Requests, size: Size) -> Iterator[tuple[str, Callable[[], object]]]:
    name = model_name(size.models // 2)
    yield "models: the page", _get(requests, "/models")
    yield "models: the page, by a word", _get(requests, "/models", q=name[-3:])
    yield "models: the page of one", _get(requests, f"/models/{name}")
    yield "models: the page of a version", _get(requests, f"/models/{name}/3")
    yield "models: one by the API", _get(requests, f"/api/models/{name}")
    search = "/api/search/models"
    yield "models: searched by name", _get(requests, search, where=f"name LIKE '%{name[-2:]}'")
    yield "models: searched by tag", _get(requests, search, where="tags.team = 'team-7'")
    yield "models: by last change", _get(requests, search, order_by="last_updated_timestamp DESC")
    search = "/api/search/model-versions"
    yield "versions: newest first", _get(requests, search)
    yield "versions: of a model", _get(requests, search, where=f"name = '{name}'")
    yield "versions: by a usual tag", _get(requests, search, where="tags.stage = 'usual'")
    yield "versions: by a rare tag", _get(requests, search, where="tags.stage = 'rare'")
    yield "versions: by name", _get(requests, search, order_by="name ASC")
    yield "the first page", _get(requests, "/")


def _of_runs(requests: Requests, ids: list[str]) -> Iterator[tuple[str, Callable[[], object]]]:
    middle, last = ids[len(ids) // 2], ids[-2:]
    yield "experiments: the page", _get(requests, "/experiments")
    yield "runs: the page", _get(requests, "/runs")
    yield "runs: the page of an experiment", _get(requests, "/runs", experiment="other-7")
    yield "runs: the page of the largest experiment", _get(requests, "/runs", experiment=BIG)
    yield "runs: the page, by a metric", _get(requests, "/runs", order="metrics.auc DESC")
    yield "runs: the page of one", _get(requests, f"/runs/{middle}")
    yield "runs: compared", _get(requests, "/compare", run=[*last, *ids[:8]])
    yield "runs: keys to complete", _get(requests, "/api/run-keys", prefix="metrics.m")
    shown = {"limit": 100, "fields": ["metrics", "params", "tags"]}
    metric = {"where": "metrics.auc > 0.7", "order_by": "metrics.loss DESC"}
    yield "runs: newest", _get(requests, "/api/runs", **shown)
    yield "runs: by a metric, ordered by a metric", _get(requests, "/api/runs", **shown, **metric)
    yield "... in an experiment", _get(requests, "/api/runs", **shown, **metric, experiment="other-7")
    yield "... in the largest experiment", _get(requests, "/api/runs", **shown, **metric, experiment=BIG)
    yield "runs: by a param, newest first", _get(requests, "/api/runs", **shown, where="params.kind = 'a'")
    rare = "params.depth = '7' AND metrics.auc > 0.999"
    yield "runs: by a param and a metric", _get(requests, "/api/runs", **shown, where=rare)
    yield "runs: by a rare tag", _get(requests, "/api/runs", **shown, where="tags.team = 'rare'")
    yield "runs: counted", _get(requests, "/api/runs/count")
    yield "runs: counted in an experiment", _get(requests, "/api/runs/count", experiment="other-7")
    yield "runs: counted by a rare metric", _get(requests, "/api/runs/count", where="metrics.auc > 0.9995")
    yield "metrics: a curve of each of 100 runs", _get(requests, "/api/metrics/history", run=ids[:100], key="auc")


def _of_mlflow(
    requests: Requests, ids: list[str], size: Size, number: int
) -> Iterator[tuple[str, Callable[[], object]]]:
    def search(**asked: Any) -> Callable[[], object]:
        return partial(requests.post, f"{MLFLOW}/runs/search", {"max_results": 100, **asked})

    of = {"experiment_ids": [str(number)]}
    some = {"experiment_ids": [str(at) for at in range(number, number + 20)]}
    metric = {"filter": "metrics.auc > 0.7", "order_by": ["metrics.loss DESC"]}
    yield "MLflow: runs, newest", search(**of)
    yield "MLflow: runs by a metric", search(**of, **metric)
    yield "MLflow: runs of 20 experiments by a metric", search(**some, **metric)
    yield "MLflow: a run", _get(requests, f"{MLFLOW}/runs/get", run_id=ids[7])
    history = {"run_id": ids[7], "metric_key": "auc"}
    yield "MLflow: a history", _get(requests, f"{MLFLOW}/metrics/get-history", **history)
    yield "MLflow: experiments", _get(requests, f"{MLFLOW}/experiments/search", max_results=100)
    models = f"{MLFLOW}/registered-models"
    no_prompts = "tag.`mlflow.prompt.is_prompt` != 'true'"
    yield "MLflow: models", _get(requests, f"{models}/search", filter=no_prompts)
    name = model_name(size.models // 2)
    yield "MLflow: models by name", _get(requests, f"{models}/search", filter=f"name ILIKE '%{name[-3:]}%'")
    yield "MLflow: a model by alias", _get(requests, f"{models}/alias", name=name, alias="champion")
    yield "MLflow: versions", _get(requests, f"{MLFLOW}/model-versions/search", max_results=100)
    by_run = {"max_results": 100, "filter": f"run_id = '{ids[3]}'"}
    yield "MLflow: versions of a run", _get(requests, f"{MLFLOW}/model-versions/search", **by_run)


def _writes(requests: Requests, number: int) -> Iterator[tuple[str, Callable[[], object]]]:
    made = json.loads(requests.post(f"{MLFLOW}/runs/create", {"experiment_id": str(number)}))
    run_id = made["run"]["info"]["run_id"]
    steps = iter(range(10**9))

    def log() -> object:
        at = next(steps)
        points = [{"key": f"m{key}", "value": at / 7, "timestamp": at, "step": at} for key in range(100)]
        return requests.post(f"{MLFLOW}/runs/log-batch", {"run_id": run_id, "metrics": points})

    def begin() -> object:
        return requests.post(f"{MLFLOW}/runs/create", {"experiment_id": str(number)})

    def register() -> object:
        name = f"new-{next(steps)}"
        requests.post(f"{MLFLOW}/registered-models/create", {"name": name})
        source = {"name": name, "source": f"runs:/{run_id}/model", "run_id": run_id}
        return requests.post(f"{MLFLOW}/model-versions/create", source)

    yield "write: a batch of 100 points", log
    yield "write: a run begun", begin
    yield "write: a model registered with a version", register


def _rss_mib() -> float:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    held = True
    for backend in sys.argv[2:] or ("sqlite", "postgres"):
        result = run(of_share(share), backend)
        print(table(result), flush=True)
        held = held and result["holds"]
    sys.exit(0 if held else 1)
