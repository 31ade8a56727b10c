"""W1: the whole loop on real data in a minute and a gibibyte: `tidemill demo`, from an empty folder to the last line.

`ours` is its time from the start of the command to its end, with the memory of all its processes together (summed
PSS, sampled twice a second, so that shared pages count once). `theirs` is the work that cannot be avoided, done bare
in one process in the same run: the same year read and joined to its features as of each flight, a model fitted on the
same rows at each of the same retrainings, and every flight of a day predicted at once; nothing is checked, stored,
sent, logged, labelled, watched or judged. The goal is absolute, so it is scaled by P3's loop of arithmetic.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.cli.example import Flights, load_flights
from tidemill.core import Settings
from tidemill.features import TrainingSet, TrainingSetSpec, build_training_set, view_rows
from tidemill.project import load_project

GOAL_S = 60.0
GOAL_MIB = 1024.0
_SAMPLE_EVERY_S = 0.5
_FIRST_FIT_ENDS = date(2013, 2, 15)
_ASKED = ("carrier", "origin", "distance", "hour", "weekday")


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
        facts, seconds, peak = _demo(Path(folder))
        bare_s = _bare(Path(folder) / "tidemill-demo", [turn["due_at"] for turn in facts["turns"]])
    return {
        "id": "W1",
        "what": "every flight of March to December predicted, labelled, watched, the model retrained by itself",
        "ours": round(seconds, 1),
        "unit": "s",
        "against": "the same fits and predictions, bare",
        "theirs": round(bare_s, 1),
        "ratio": round(seconds / bare_s, 2),
        "goal": f"at most {GOAL_S:g} s and {GOAL_MIB:g} MiB",
        "holds": seconds <= GOAL_S * slower and peak <= GOAL_MIB,
        "slower_than_reference": round(slower, 2),
        "peak_summed_pss_mib": round(peak),
        "predictions": facts["n_predictions"],
        "requests": facts["n_requests"],
        "failed": facts["n_failed"],
        "labels": facts["n_labels"],
        "weeks": facts["n_weeks"],
        "retrainings": facts["n_turns"],
        "promoted": facts["n_promoted"],
        "refused": facts["n_refused"],
        "auc": round(facts["auc"], 3),
        "auc_never_retrained": round(facts["auc_never"], 3),
    }


def _demo(folder: Path) -> tuple[dict[str, Any], float, float]:
    began = time.perf_counter()
    command = [sys.executable, "-m", "tidemill", "demo", "--json"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peaks: list[float] = [0.0]
    sampler = threading.Thread(target=_sample, args=(process.pid, peaks), daemon=True)
    sampler.start()
    out, err = process.communicate()
    if process.returncode:
        raise SystemExit(f"tidemill demo failed: {err}")
    return json.loads(out), time.perf_counter() - began, max(peaks)


def _sample(pid: int, peaks: list[float]) -> None:
    try:
        root = psutil.Process(pid)
        while root.is_running():
            peaks.append(sum(_pss(each) for each in [root, *root.children(recursive=True)]) / 2**20)
            time.sleep(_SAMPLE_EVERY_S)
    except psutil.NoSuchProcess:
        return


def _pss(process: psutil.Process) -> float:
    try:
        memory = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return 0.0
    return float(getattr(memory, "pss", memory.rss))


def _bare(folder: Path, retrained_at: list[str]) -> float:
    began = time.perf_counter()
    flights = load_flights(folder)
    rows = _training_set(folder, flights).labelled()
    days = rows.frame["scheduled_at"].dt.convert_time_zone("America/New_York").dt.date().to_numpy()
    inputs, late = rows.pandas(), rows.y
    due = [datetime.fromisoformat(each).date() for each in retrained_at]
    model = _fit(inputs, late, days < np.datetime64(_FIRST_FIT_ENDS))
    for n in range((date(2013, 12, 31) - date(2013, 3, 1)).days + 1):
        day = date(2013, 3, 1) + timedelta(days=n)
        if day in due:
            model = _fit(inputs, late, days < np.datetime64(day - timedelta(days=14)))
        model.predict_proba(inputs[days == np.datetime64(day)])
    return time.perf_counter() - began


def _training_set(folder: Path, flights: Flights) -> TrainingSet:
    project = load_project(folder, Settings(module="flights.py"))
    clean = {
        name: source.clean(flights.all_raw(name).lazy()) if source.clean else flights.all_raw(name).lazy()
        for name, source in project.sources.items()
    }
    views = [(view, view_rows(view, clean[view.source.name])) for view in project.feature_views.values()]
    spec = TrainingSetSpec("flight_id", "scheduled_at", "late", _ASKED)
    cleaned: pl.LazyFrame = clean["flights"]
    return build_training_set(cleaned.collect().lazy(), spec, views)


def _fit(inputs: Any, late: Any, rows: Any) -> Any:
    from lightgbm import LGBMClassifier

    shape: dict[str, Any] = {"n_estimators": 100, "learning_rate": 0.1, "num_leaves": 15, "min_child_samples": 200}
    same_again: dict[str, Any] = {
        "random_state": 2013,
        "deterministic": True,
        "force_row_wise": True,
        "n_jobs": 1,
        "verbose": -1,
    }
    return LGBMClassifier(colsample_bytree=0.5, **shape, **same_again).fit(inputs[rows], late[rows])
