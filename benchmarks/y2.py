"""Y2: 10,000 runs of MLflow brought here from a folder and from a database, beside only reading each of them.

A run has 10 params, 3 tags, 10 metrics of 20 points and, in the folder, a small file. Every run is compared with its
source when it is written, and that is part of the time. CPU seconds of this process stand beside the seconds.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tidemill.app import open_workspace
from tidemill.compat.mlflow_stores import import_store
from tidemill.compat.mlflow_stores.left_out import LeftOut
from tidemill.compat.mlflow_stores.sources import open_source
from tidemill.core import load_settings

N_RUNS, N_PARAMS, N_METRICS, N_STEPS = 10_000, 10, 10, 20
GOAL_S = 300.0
_META = "artifact_location: /x\nexperiment_id: '1'\nlifecycle_stage: active\nname: many\n"
_RUN = "end_time: 2\nlifecycle_stage: active\nrun_id: '{id}'\nrun_name: run\nstart_time: 1\nstatus: 3\nuser_id: ann\n"
_TABLES = """
CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT, lifecycle_stage TEXT);
CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, user_id TEXT, status TEXT, start_time BIGINT, end_time BIGINT,
    lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER);
CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT, PRIMARY KEY (key, run_uuid));
CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT, PRIMARY KEY (key, run_uuid));
CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN,
    PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan));
CREATE INDEX params_run ON params (run_uuid);
CREATE INDEX tags_run ON tags (run_uuid);
CREATE INDEX metrics_run ON metrics (run_uuid);
INSERT INTO experiments VALUES (1, 'many', '', 'active');
"""


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sources = {"folder": _folder(folder / "mlruns"), "database": _database(folder / "mlflow.db")}
        taken = {kind: _brought(where, folder / kind) for kind, where in sources.items()}
        read = {kind: _timed(lambda where=where: _read(where)) for kind, where in sources.items()}  # type: ignore[misc]
    slowest = max(seconds for seconds, _ in taken.values())
    return {
        "id": "Y2",
        "what": f"{N_RUNS:,} runs of MLflow brought here and compared, from a folder or a database",
        "ours": round(slowest, 1),
        "unit": "s",
        "against": "only reading the source",
        "theirs": round(max(seconds for seconds, _ in read.values()), 1),
        "ratio": round(max(taken[kind][0] / read[kind][0] for kind in sources), 2),
        "goal": f"<= {GOAL_S:g} s",
        "holds": slowest <= GOAL_S,
        "cpu_s": {kind: round(cpu, 1) for kind, (_, cpu) in taken.items()},
        "reading_cpu_s": {kind: round(cpu, 1) for kind, (_, cpu) in read.items()},
    }


def _brought(where: str, folder: Path) -> tuple[float, float]:
    folder.mkdir()
    store = open_workspace(folder, load_settings(folder))
    found = []
    taken = _timed(lambda: found.append(import_store(store, where)))
    store.database.close()
    if (found[0].runs.new, found[0].verified, found[0].different) != (N_RUNS, N_RUNS, []):
        raise RuntimeError(f"not all arrived: {found[0].runs}, {found[0].different[:3]}")
    return taken


def _read(where: str) -> None:
    with closing(open_source(where, None, LeftOut())) as source:
        for experiment in source.experiments():
            for ids in source.run_ids(experiment.id):
                runs = source.runs(experiment.id, ids)
                for _ in source.histories(runs):
                    pass
                for each in runs:
                    for file in source.files(each):
                        with file.open() as opened:
                            opened.read()


def _timed(action: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - cpu


def _folder(root: Path) -> str:
    (root / "1").mkdir(parents=True)
    (root / "1" / "meta.yaml").write_text(_META)
    for at in range(N_RUNS):
        place = root / "1" / f"{at:032x}"
        for name in ("params", "metrics", "tags", "artifacts"):
            (place / name).mkdir(parents=True)
        (place / "meta.yaml").write_text(_RUN.format(id=place.name))
        (place / "artifacts" / "note.txt").write_text(f"of run {at}")
        for number in range(N_PARAMS):
            (place / "params" / f"param {number}").write_text(str(at + number))
        for number in range(3):
            (place / "tags" / f"tag {number}").write_text("text")
        for number in range(N_METRICS):
            lines = [f"{step} {(at + step) / 7!r} {step}\n" for step in range(N_STEPS)]
            (place / "metrics" / f"metric {number}").write_text("".join(lines))
    return str(root)


def _database(path: Path) -> str:
    with closing(sqlite3.connect(path)) as made:
        made.executescript(_TABLES)
        for at in range(N_RUNS):
            id_ = f"{at:032x}"
            made.execute("INSERT INTO runs VALUES (?, 'run', 'ann', 'FINISHED', 1, 2, 'active', '', 1)", (id_,))
            params = [(f"param {number}", str(at + number), id_) for number in range(N_PARAMS)]
            made.executemany("INSERT INTO params VALUES (?, ?, ?)", params)
            made.executemany("INSERT INTO tags VALUES (?, 'text', ?)", [(f"tag {number}", id_) for number in range(3)])
            points = [
                (f"metric {number}", (at + step) / 7, step, id_, step)
                for number in range(N_METRICS)
                for step in range(N_STEPS)
            ]
            made.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, 0)", points)
        made.commit()
    return str(path)


if __name__ == "__main__":
    print(json.dumps(run()))
