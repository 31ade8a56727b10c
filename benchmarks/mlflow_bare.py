"""What T1, T2 and T4 measure against: a server that only commits, and the stock mlflow client that drives both.

`python -m benchmarks.mlflow_bare serve FOLDER` answers every POST with an empty object once its body is committed to a
bare SQLite table (write-ahead log, synchronous FULL). `python -m benchmarks.mlflow_bare drive WHAT COUNT` runs the
client against MLFLOW_TRACKING_URI, in a process of its own, and prints the seconds it took.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

_WITHIN_S = 60
_RUN = {
    "run_id": "f" * 32,
    "run_uuid": "f" * 32,
    "experiment_id": "0",
    "status": "RUNNING",
    "lifecycle_stage": "active",
}


def serve(folder: Path) -> None:
    """Answer until the process is ended: a thread for each connection, no more of HTTP than the client sends."""
    database = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    for line in ("journal_mode = WAL", "synchronous = FULL"):
        database.execute(f"PRAGMA {line}")
    database.execute("CREATE TABLE call (path TEXT, body BLOB)")
    commits = threading.Lock()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_answer_all, args=(connection, database, commits), daemon=True).start()


def _answer_all(connection: socket.socket, database: sqlite3.Connection, commits: threading.Lock) -> None:
    with connection, connection.makefile("rb") as asked:
        while line := asked.readline():
            verb, path, _ = line.decode("latin-1").split(" ", 2)
            length = 0
            while (header := asked.readline()) not in (b"\r\n", b""):
                if header.lower().startswith(b"content-length:"):
                    length = int(header.partition(b":")[2])
            body = asked.read(length)
            if verb == "POST":
                with commits:
                    database.execute("BEGIN IMMEDIATE")
                    database.execute("INSERT INTO call VALUES (?, ?)", (path, body))
                    database.execute("COMMIT")
            told = json.dumps(_told(path)).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(told)}\r\n\r\n"
            connection.sendall(head.encode() + told)


def _told(path: str) -> dict[str, Any]:
    if "/runs/update" in path:
        return {"run_info": _RUN}
    return {"run": {"info": _RUN, "data": {}}} if "/runs/create" in path or "/runs/get" in path else {}


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
def own_server(folder: Path, port: int, asked: str = "/ready") -> Iterator[subprocess.Popen[bytes]]:
    """Our server as a process, once it answers what it is asked: by `/ready` all of it is loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tidemill.server", "--folder", str(folder), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for_answer(port, asked)
            yield process
        finally:
            process.terminate()


def wait_for_answer(port: int, path: str = "/ready", within_s: float = _WITHIN_S) -> None:
    """Return once a server answers. Raises RuntimeError when none does."""
    deadline = time.perf_counter() + within_s
    while time.perf_counter() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=_WITHIN_S) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"no server on port {port} within {within_s:g} s")


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
