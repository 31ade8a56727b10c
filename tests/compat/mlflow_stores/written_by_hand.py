"""Folders of MLflow's form, written without it: many runs in no time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

MODEL_ID, TRACE_ID = "m-" + "e" * 32, "tr-" + "a" * 32
_EXPERIMENT = """artifact_location: file:///elsewhere/{id}
creation_time: 1700000000000
experiment_id: '{id}'
last_update_time: 1700000000000
lifecycle_stage: active
name: {name}
"""
_RUN = """artifact_uri: file:///elsewhere/1/{id}/artifacts
end_time: 1700000009000
experiment_id: '1'
lifecycle_stage: active
run_id: '{id}'
run_name: run {at}
start_time: 1700000000000
status: 3
user_id: ann
"""


def run_id(at: int) -> str:
    """Return the id of the run of a number."""
    return f"{at:032x}"


def mlruns(folder: Path, n_runs: int, n_params: int = 2, n_metrics: int = 2, n_steps: int = 3) -> Path:
    """Write an mlruns folder with one experiment and return it."""
    for id_, name in (("0", "Default"), ("1", "by hand")):
        (folder / id_).mkdir(parents=True)
        (folder / id_ / "meta.yaml").write_text(_EXPERIMENT.format(id=id_, name=name))
    for at in range(n_runs):
        run = folder / "1" / run_id(at)
        for name in ("params", "metrics", "tags", "artifacts"):
            (run / name).mkdir(parents=True)
        (run / "meta.yaml").write_text(_RUN.format(id=run_id(at), at=at))
        for number in range(n_params):
            (run / "params" / f"p{number}").write_text(f"{at}.{number}")
        for number in range(n_metrics):
            lines = [f"{1_700_000_000_000 + step} {at + step / 7!r} {step}\n" for step in range(n_steps)]
            (run / "metrics" / f"m{number}").write_text("".join(lines))
        for number in range(3):
            (run / "tags" / f"t{number}").write_text("tag")
        (run / "artifacts" / "a.txt").write_text(f"of run {at}")
    return folder


def registry(folder: Path) -> None:
    """Add to a folder a logged model and a trace of the first run, and a registered model with the versions 1 and 3."""
    made = folder / "1" / "models" / MODEL_ID
    (made / "artifacts").mkdir(parents=True)
    (made / "artifacts" / "MLmodel").write_text("flavors: {}\n")
    (made / "params").mkdir()
    (made / "params" / "p").write_text("1")
    (made / "meta.yaml").write_text(
        f"model_id: {MODEL_ID}\nname: net\nsource_run_id: '{run_id(0)}'\nstatus: 2\n"
        "creation_timestamp: 1700000000000\nlast_updated_timestamp: 1700000000000\nexperiment_id: '1'\n"
    )
    output = folder / "1" / run_id(0) / "outputs" / MODEL_ID
    output.mkdir(parents=True)
    output.joinpath("meta.yaml").write_text(
        f"source_type: RUN_OUTPUT\nsource_id: {MODEL_ID}\ndestination_type: MODEL_OUTPUT\n"
        f"destination_id: {MODEL_ID}\nstep: 2\ntags: {{}}\n"
    )
    trace = folder / "1" / "traces" / TRACE_ID
    for name in ("tags", "request_metadata", "artifacts"):
        (trace / name).mkdir(parents=True)
    (trace / "tags" / "mlflow.traceName").write_text("ask")
    (trace / "request_metadata" / "mlflow.sourceRun").write_text(run_id(0))
    (trace / "artifacts" / "traces.json").write_text('{"spans": []}')
    (trace / "trace_info.yaml").write_text(
        f"trace_id: {TRACE_ID}\nrequest_time: '2023-11-14T22:13:20.500Z'\nexecution_duration_ms: 12\nstate: ERROR\n"
        "request_preview: '{\"x\": 3}'\n"
        "trace_location:\n  mlflow_experiment:\n    experiment_id: '1'\n  type: MLFLOW_EXPERIMENT\n"
    )
    model = folder / "models" / "net"
    (model / "aliases").mkdir(parents=True)
    (model / "aliases" / "champion").write_text("3")
    (model / "tags").mkdir()
    (model / "tags" / "team").write_text("a")
    stamps = "creation_timestamp: 1700000000000\nlast_updated_timestamp: 1700000000000\n"
    (model / "meta.yaml").write_text(f"name: net\ndescription: about\n{stamps}")
    for number, source in ((1, f"models:/{MODEL_ID}"), (3, f"runs:/{run_id(0)}/net")):
        version = model / f"version-{number}"
        (version / "tags").mkdir(parents=True)
        (version / "tags" / "t").write_text(str(number))
        of_model = f"model_id: {MODEL_ID}\n" if number == 1 else ""
        version.joinpath("meta.yaml").write_text(
            f"name: net\nversion: {number}\nrun_id: '{run_id(0)}'\nsource: {source}\ncurrent_stage: Staging\n"
            f"status: READY\n{of_model}{stamps}"
        )


def old_database(file: Path) -> str:
    """Write a database as the first MLflow had it, with two runs, and return its URL."""
    tables = (
        "experiments (experiment_id INTEGER, name TEXT, artifact_location TEXT, lifecycle_stage TEXT)",
        "runs (run_uuid TEXT, name TEXT, status TEXT, start_time INTEGER, lifecycle_stage TEXT, experiment_id INTEGER)",
        "metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT)",
        "params (key TEXT, value TEXT, run_uuid TEXT)",
        "tags (key TEXT, value TEXT, run_uuid TEXT)",
    )
    with closing(sqlite3.connect(file)) as made:
        for table in tables:
            made.execute(f"CREATE TABLE {table}")
        made.execute("INSERT INTO experiments VALUES (1, 'old', '', 'active')")
        for at in range(2):
            made.execute("INSERT INTO runs VALUES (?, '', 'FINISHED', 1500000000000, 'active', 1)", (run_id(at),))
        points = [("loss", 0.5, 7, run_id(0)), ("loss", 0.5, 7, run_id(1)), ("loss", 0.25, 8, run_id(1))]
        made.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?)", points)
        made.execute("INSERT INTO tags VALUES ('mlflow.runName', 'first', ?)", (run_id(0),))
        made.commit()
    return f"sqlite:///{file}"
