"""S1: one-row JSON predictions, 16 connections, one worker, prediction log on, beside a bare app in the same run.

The model is LightGBM on 20 mixed columns (15 numbers, 5 categories; 100 trees of 31 leaves), compiled to ONNX. Both
servers run at once and are loaded in turn in short slices, so that a busy machine slows both alike. A repeat holds
when ours answers at least GOAL of the bare app's rate with a median below P50_MS. In the end the log must hold the
predictions that were answered, all of them.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from benchmarks.load import Load, Outcome, drive, post, total
from tidemill.models import ModelPackage, package_model
from tidemill.serving import PredictionLog, RequestColumn, Snapshot, write_snapshot

REPEATS = 7
ENOUGH = 5
SLICES = 4
SLICE_SECONDS = 0.5
GOAL = 0.85
P50_MS = 3.0
N_CONNECTIONS = 16
N_NUMBERS = 15
N_CATEGORIES = 5
LEVELS = tuple(f"level_{index:02d}" for index in range(12))


@dataclass(frozen=True)
class Repeat:
    """Ours and the bare app, loaded one after the other."""

    ours: Outcome
    bare: Outcome

    @property
    def ratio(self) -> float:
        """Our rate as a share of the bare app's."""
        return self.ours.per_second / self.bare.per_second

    @property
    def holds(self) -> bool:
        """Whether the goal is met in this repeat."""
        failed = self.ours.n_failures + self.bare.n_failures
        return self.ratio >= GOAL and self.ours.percentile_ms(0.5) < P50_MS and not failed


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        row = _prepare(home)
        port, bare_port = _free_port(), _free_port()
        body = json.dumps({"rows": [row]}).encode()
        ours, bare = (Load(to, post("/predict/delay", body), N_CONNECTIONS, SLICE_SECONDS) for to in (port, bare_port))
        with _served(port, "tidemill.serving", "--home", str(home), "--port", str(port)) as memory_mb:
            with _served(bare_port, "benchmarks.bare_serving", str(home / "model"), str(bare_port)):
                warm = _repeat(ours, bare)
                repeats = [_repeat(ours, bare) for _ in range(REPEATS)]
            resident_mb = memory_mb()
        n_logged = sum(1 for _ in PredictionLog(home / "predictions").scan("default", "delay"))
    n_answered = sum(repeat.ours.n_answers for repeat in (warm, *repeats))
    # The end of a slice leaves each connection's last request answered and unread.
    complete = n_answered <= n_logged <= n_answered + N_CONNECTIONS * SLICES * (REPEATS + 1)
    return _line(repeats, complete=complete, resident_mb=resident_mb)


def _line(repeats: list[Repeat], *, complete: bool, resident_mb: float) -> dict[str, object]:
    held = sum(repeat.holds for repeat in repeats)
    return {
        "id": "S1",
        "what": "one-row JSON predictions, 16 connections, one worker, LightGBM on 20 columns, prediction log on",
        "ours": round(statistics.median(repeat.ours.per_second for repeat in repeats)),
        "unit": "1/s",
        "against": "bare granian + msgspec + ONNX Runtime",
        "theirs": round(statistics.median(repeat.bare.per_second for repeat in repeats)),
        "ratio": round(statistics.median(repeat.ratio for repeat in repeats), 3),
        "goal": f">= {GOAL} of the bare app, p50 < {P50_MS:g} ms, every answer in the log",
        "holds": held >= ENOUGH and complete,
        "held": f"{held} of {REPEATS}",
        "p50_ms": round(statistics.median(repeat.ours.percentile_ms(0.5) for repeat in repeats), 2),
        "p99_ms": round(statistics.median(repeat.ours.percentile_ms(0.99) for repeat in repeats), 2),
        "log_complete": complete,
        "resident_mb": round(resident_mb),
    }


def _repeat(ours: Load, bare: Load) -> Repeat:
    pairs = [(drive(ours), drive(bare)) for _ in range(SLICES)]
    return Repeat(total([pair[0] for pair in pairs]), total([pair[1] for pair in pairs]))


def _prepare(home: Path) -> dict[str, Any]:
    """Train, package and deploy the model; return a row to ask for."""
    fit = _rows(4_000, seed=1)
    package = _trained(fit)
    columns = [RequestColumn(name, "number", nullable=False) for name in fit.columns[:N_NUMBERS]]
    columns += [RequestColumn(name, "string", nullable=False) for name in fit.columns[N_NUMBERS:]]
    snapshot = Snapshot(
        project="default",
        endpoint="delay",
        revision=1,
        model="delay/1",
        package_digest=package.digest,
        files=package.file_digests,
        runtime="onnx",
        request=tuple(columns),
    )
    write_snapshot(home / "serving", snapshot, package.files)
    for name, data in package.files.items():
        path = home / "model" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return dict(_rows(1, seed=2).row(0, named=True))


def _rows(n: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    # Multiples of 1/64 and the midpoints between them are exact in 32 bits, so that the parity gate can only pass.
    numbers = {f"number_{index:02d}": random.normal(0, 64, n).round() / 64 for index in range(N_NUMBERS)}
    categories = {f"category_{index}": random.choice(LEVELS, n) for index in range(N_CATEGORIES)}
    return pl.DataFrame({**numbers, **categories})


def _trained(fit: pl.DataFrame) -> ModelPackage:
    label = (fit["number_00"] + fit["number_01"] * fit["number_02"] + (fit["category_0"] < "level_05") > 0.3).to_numpy()
    frame = fit.to_pandas()
    for name in fit.columns[N_NUMBERS:]:
        frame[name] = frame[name].astype("category")
    model = lightgbm.LGBMClassifier(n_estimators=100, num_leaves=31, verbose=-1, n_jobs=2, random_state=1)
    model.fit(frame, label)
    return package_model(model, fit, _rows(2_000, seed=3))


@contextmanager
def _served(port: int, module: str, *arguments: str) -> Iterator[Any]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], env=environment)
    try:
        _wait_for(port, process)
        yield lambda: _proportional_mb(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                time.sleep(0.5)  # until the model is loaded too
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def _proportional_mb(pid: int) -> float:
    """Memory of a process and its children, shared pages counted once; 0 where the platform does not tell."""
    if sys.platform != "linux":
        return 0.0
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    kib = 0
    for number in (pid, *children):
        text = Path(f"/proc/{number}/smaps_rollup").read_text()
        kib += int(text.partition("\nPss:")[2].split()[0])
    return kib / 1024


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


if __name__ == "__main__":
    print(json.dumps(run()))
