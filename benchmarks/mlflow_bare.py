"""What T1, T2 and T4 measure against: a server that only commits, and the stock mlflow client that drives both.

`python -m benchmarks.mlflow_bare serve FOLDER` answers every POST with an empty object once its body is committed to a
bare SQLite table (write-ahead log, synchronous FULL). `python -m benchmarks.mlflow_bare drive WHAT COUNT` runs the
client against MLFLOW_TRACKING_URI, in a process of its own, and prints the seconds it took.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import urlopen

_WITHIN_S = 60
_RUN = {
    "run_id": "f" * 32,
    "run_uuid": "f" * 32,
    "experiment_id": "0",
    "status": "RUNNING",
    "lifecycle_stage": "active",
}
_ANSWERS = {"/runs/create": {"run": {"info": _RUN, "data": {}}}, "/runs/get": {"run": {"info": _RUN, "data": {}}}}


class _Commits(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave together
    disable_nagle_algorithm = True
    database: ClassVar[sqlite3.Connection]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.database.execute("BEGIN IMMEDIATE")
        self.database.execute("INSERT INTO call VALUES (?, ?)", (self.path, body))
        self.database.execute("COMMIT")
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        found = next((told for path, told in _ANSWERS.items() if path in self.path), {})
        told = json.dumps({"run_info": _RUN} if "/runs/update" in self.path else found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the method it replaces
        """Say nothing."""


def serve(folder: Path) -> None:
    """Answer until the process is ended."""
    database = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    for line in ("journal_mode = WAL", "synchronous = FULL"):
        database.execute(f"PRAGMA {line}")
    database.execute("CREATE TABLE call (path TEXT, body BLOB)")
    _Commits.database = database
    web = HTTPServer(("127.0.0.1", 0), _Commits)
    print(web.server_port, flush=True)
    web.serve_forever()


def drive(what: str, count: int) -> float:
    """Call the server so many times with the stock client and return the seconds."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    client = MlflowClient()
    run_id = client.create_run("0").info.run_id
    if what == "run":
        return _runs(client, count)
    points = [Metric(f"m{at % 10}", at / 7, 1_700_000_000_000, at // 10) for at in range(1000)]
    for at in range(5):
        client.log_metric(run_id, "warm", at, 1_700_000_000_000 + at, at)
    began = time.perf_counter()
    for at in range(count):
        if what == "metric":
            client.log_metric(run_id, "loss", at / 7, timestamp=1_700_000_000_000 + at, step=at)
        else:
            moved = [Metric(each.key, each.value, each.timestamp, each.step + at * 100) for each in points]
            client.log_batch(run_id, metrics=moved)
    return time.perf_counter() - began


def _runs(client: Any, count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        run_id = client.create_run("0").info.run_id
        for at in range(5):
            client.log_param(run_id, f"p{at}", at)
            client.log_metric(run_id, f"m{at}", at / 7, step=0)
        client.set_terminated(run_id)
    return time.perf_counter() - began


@contextmanager
def bare_server(folder: Path) -> Iterator[str]:
    """The bare server as a process; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.mlflow_bare", "serve", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


@contextmanager
def own_server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Our server as a process, once it is healthy."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tidemill.server", "--folder", str(folder), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_healthy(port)
            yield process
        finally:
            process.terminate()


def wait_healthy(port: int) -> None:
    """Return once a server answers. Raises RuntimeError when none does."""
    deadline = time.perf_counter() + _WITHIN_S
    while time.perf_counter() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"no server on port {port} within {_WITHIN_S} s")


def driven(address: str, what: str, count: int) -> float:
    """Return the seconds that the client took, in a process of its own."""
    variables = {**os.environ, "MLFLOW_TRACKING_URI": address, "MLFLOW_DISABLE_TELEMETRY": "true"}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.mlflow_bare", "drive", what, str(count)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(Path(sys.argv[2]))
    else:
        print(drive(sys.argv[2], int(sys.argv[3])))
