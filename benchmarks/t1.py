"""T1: the stock mlflow client logs metrics one by one: calls a second, beside a bare server that only commits.

Both servers are processes of their own and are called in turn by the same client, so the ratio says what of the
client's own ceiling is reached. Beside it: the same over plain HTTP, in turn with a token and without one, which tells
what a token costs a call.
"""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.mlflow_bare import bare_server, driven, own_server
from benchmarks.ports import free_port
from tidemill.access import Role, local_caller
from tidemill.app import open_workspace
from tidemill.core import load_settings

CALLS = 400
ROUNDS = 3
RAW_CALLS = 600
GOAL = 0.8
MOST_AUTH_MS = 1.0


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as place:
        folder, port = Path(place), free_port()
        token = _token(folder / "ours")
        with bare_server(folder / "bare") as bare, own_server(folder / "ours", port):
            address = f"http://127.0.0.1:{port}"
            rounds = [(driven(address, "metric", CALLS), driven(bare, "metric", CALLS)) for _ in range(ROUNDS)]
            plain, auth = _raw(port, {}, {"Authorization": f"Bearer {token}"})
    ours, theirs = (CALLS / statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(bare / own for own, bare in rounds)
    auth_ms = auth * 1000
    return {
        "id": "T1",
        "what": "metrics logged one by one by the stock mlflow client",
        "ours": round(ours),
        "unit": "1/s",
        "against": "a bare server that only commits",
        "theirs": round(theirs),
        "ratio": round(ratio, 3),
        "goal": f">= {GOAL:.0%} of the bare server; a token adds <= {MOST_AUTH_MS:g} ms",
        "holds": ratio >= GOAL and auth_ms <= MOST_AUTH_MS,
        "raw_ms": round(plain * 1000, 3),
        "token_adds_ms": round(auth_ms, 3),
    }


def _token(folder: Path) -> str:
    folder.mkdir(parents=True)
    workspace = open_workspace(folder, load_settings(folder))
    token = workspace.tokens.create(local_caller(), "bench", Role.EDITOR)
    workspace.database.close()
    return token


def _raw(port: int, *headers: dict[str, str]) -> tuple[float, float]:
    """Return the median seconds of a call with the first headers, and how much more one takes with the second.

    Calls are made in turn, each kind over a connection of its own, so that both see the same machine.
    """
    connections = [http.client.HTTPConnection("127.0.0.1", port) for _ in headers]

    def post(kind: int, path: str, fields: dict[str, object]) -> bytes:
        sent = {"Content-Type": "application/json", **headers[kind]}
        connections[kind].request("POST", f"/api/2.0/mlflow/{path}", json.dumps(fields), sent)
        answer = connections[kind].getresponse()
        told = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(told.decode())
        return told

    run_id = json.loads(post(0, "runs/create", {}))["run"]["info"]["run_id"]
    times: list[list[float]] = [[] for _ in headers]
    for at in range(RAW_CALLS):
        for kind, taken in enumerate(times):
            began = time.perf_counter()
            point = {"run_id": run_id, "key": f"m{kind}", "value": at, "timestamp": at, "step": at}
            post(kind, "runs/log-metric", point)
            taken.append(time.perf_counter() - began)
    for connection in connections:
        connection.close()
    plain, other = (statistics.median(taken) for taken in times)
    return plain, other - plain


if __name__ == "__main__":
    print(json.dumps(run()))
