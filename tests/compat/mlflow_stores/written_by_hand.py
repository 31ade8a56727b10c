"""Folders of MLflow's form, written without it: many runs in no time."""

from __future__ import annotations

from pathlib import Path

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
