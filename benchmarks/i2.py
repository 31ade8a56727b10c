"""I2: runs of a running MLflow server arrive by its REST API, against only reading the same from it.

`mlflow server` has RUNS runs of 5 params, 3 metrics of 10 points, 3 tags and a file. The reference is a plain client
that asks for the same in the fewest calls and keeps nothing: pages of 100 runs, the points of a metric of a page of
runs at once, files through the artifact proxy, four connections. Ours is `import_store` into an empty store, which
writes, reads back and compares. Both are processes of their own, one after the other, ROUNDS times; the rate of ours
is that share of the rate of theirs. Starting Python is not counted on either side.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.i1 import moved
from benchmarks.mlflow_bare import wait_for_answer
from benchmarks.ports import free_port
from tests.compat.mlflow_stores import written_by_hand
from tidemill.app import open_workspace
from tidemill.compat.mlflow_stores import import_store
from tidemill.core import load_settings

RUNS = 1_000
ROUNDS = 3
GOAL = 0.8
_STARTED_WITHIN_S = 300.0
_PAGE, _CONNECTIONS, _MOST_POINTS = 100, 4, 25_000


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as place, _mlflow_server(Path(place)) as address:
        _bare(address)
        rounds = [(_ours(Path(place) / "ours", address), _bare(address)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(bare / mine for mine, bare in rounds)
    return {
        "id": "I2",
        "what": f"{RUNS:,} runs imported from a running MLflow server",
        "ours": round(RUNS / ours, 1),
        "unit": "runs/s",
        "against": "a plain client that only reads them",
        "theirs": round(RUNS / theirs, 1),
        "ratio": round(ratio, 2),
        "goal": f">= {GOAL:g} of what the server gives out",
        "holds": ratio >= GOAL,
    }


def read_all(address: str) -> int:
    """Read all runs of a server with their points and files, and return how many there are."""
    found = 0
    with httpx.Client(base_url=address, timeout=60) as http, ThreadPoolExecutor(_CONNECTIONS) as workers:
        experiments = _post(http, "experiments/search", {"max_results": 1000, "view_type": "ALL"})["experiments"]
        for experiment in experiments:
            asked = {"experiment_ids": [experiment["experiment_id"]], "run_view_type": "ALL", "max_results": _PAGE}
            token = ""
            while True:
                page = _post(http, "runs/search", {**asked, "page_token": token} if token else asked)
                runs = page.get("runs", [])
                found += len(runs)
                keys = sorted({each["key"] for run in runs for each in run["data"].get("metrics", ())})
                ids = [run["info"]["run_id"] for run in runs]
                points = [workers.submit(_points, http, ids, key) for key in keys]
                files = [workers.submit(_files, http, run["info"]["artifact_uri"]) for run in runs]
                for each in (*points, *files):
                    each.result()
                token = page.get("next_page_token") or ""
                if not token:
                    break
    return found


def _post(http: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = http.post(f"/api/2.0/mlflow/{path}", json=body).raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def _points(http: httpx.Client, ids: list[str], key: str) -> None:
    query: dict[str, Any] = {"run_id": ids, "metric_key": key, "max_results": _MOST_POINTS}
    http.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", params=query).raise_for_status().json()


def _files(http: httpx.Client, uri: str) -> None:
    root, above = uri.removeprefix("mlflow-artifacts:/"), "/api/2.0/mlflow-artifacts/artifacts"
    listed = http.get(above, params={"path": root}).raise_for_status().json()
    for entry in listed.get("files", ()):
        _ = http.get(f"{above}/{root}/{entry['path'].rsplit('/')[-1]}").raise_for_status().content


def _bare(address: str) -> float:
    return _child(address)


def _ours(folder: Path, address: str) -> float:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return _child(address, str(folder))


def _child(*given: str) -> float:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.i2", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    n_runs, seconds = done.stdout.split()
    if int(n_runs) != RUNS:
        raise RuntimeError(f"{n_runs} runs came of {RUNS}")
    return float(seconds)


def take_all(folder: Path, address: str) -> int:
    """Bring all runs of a server to a new store, and return how many are new."""
    report = import_store(open_workspace(folder, load_settings(folder)), address)
    return 0 if report.different else report.runs.new


@contextmanager
def _mlflow_server(folder: Path) -> Iterator[str]:
    """MLflow's own server, whose database and files were exported to it."""
    source = written_by_hand.mlruns(folder / "mlruns", RUNS, n_params=5, n_metrics=3, n_steps=10)
    moved(folder / "made", "import", str(source))
    moved(folder / "made", "export", f"sqlite:///{folder}/mlflow.db")
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        root = (folder / "mlflow.artifacts").as_uri()
        database.execute("UPDATE runs SET artifact_uri = replace(artifact_uri, ?, 'mlflow-artifacts:')", (root,))
        database.commit()
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "mlflow.artifacts")]
    null = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=null, stderr=null, start_new_session=True) as process:
        try:
            wait_for_answer(port, "/health", _STARTED_WITHIN_S)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, 15)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        began = time.perf_counter()
        n_found = take_all(Path(sys.argv[2]), sys.argv[1]) if len(sys.argv) > 2 else read_all(sys.argv[1])
        print(n_found, time.perf_counter() - began)
    else:
        print(json.dumps(run()))
