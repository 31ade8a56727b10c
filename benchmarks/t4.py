"""T4: whole runs by the stock mlflow client: create, 5 params, 5 metrics, end: runs a second, beside a bare server.

Both servers are called in turn by the same client, each in a process of its own; the bare one commits and answers.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

from benchmarks.mlflow_bare import bare_server, driven, own_server
from benchmarks.ports import free_port

RUNS = 30
ROUNDS = 3
GOAL = 0.8


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as place:
        folder, port = Path(place), free_port()
        with bare_server(folder / "bare") as bare, own_server(folder / "ours", port):
            own = f"http://127.0.0.1:{port}"
            rounds = [(driven(own, "run", RUNS), driven(bare, "run", RUNS)) for _ in range(ROUNDS)]
    ours, theirs = (RUNS / statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(bare / own for own, bare in rounds)
    return {
        "id": "T4",
        "what": "runs by the stock mlflow client: create, 5 params, 5 metrics, end",
        "ours": round(ours, 1),
        "unit": "1/s",
        "against": "a bare server that only commits",
        "theirs": round(theirs, 1),
        "ratio": round(ratio, 3),
        "goal": f">= {GOAL:.0%} of the bare server",
        "holds": ratio >= GOAL,
    }


if __name__ == "__main__":
    print(json.dumps(run()))
