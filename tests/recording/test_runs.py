"""Runs as a training program meets them: what is stored of them, and that nothing it logs ever raises."""

from __future__ import annotations

import io
import json
import logging
import math
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import polars
import pytest
from matplotlib.figure import Figure
from PIL import Image

import tidemill.recording as tm
from tests.recording.stored import QUIET, Stored
from tidemill.core import UsageError, new_id
from tidemill.recording.capture import command_line
from tidemill.recording.system_metrics import SystemMetrics


def values(stored: Stored, run_id: str, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in stored.points(run_id, key)]


def test_a_run_keeps_what_is_logged_to_it(stored: Stored) -> None:
    params, tags = {"depth": 3, "rate": 0.1}, {"team": "a"}
    with tm.run("trees", name="first", tags=tags, params=params, home=stored.home, seed=7, system_metrics=False) as run:
        for loss in (0.5, 0.25):
            tm.log_metric("loss", loss)
        tm.log_metrics({"auc": 0.7, "loss": 0.125})
        tm.log_metric("loss", 1.0, step=10)
        tm.log_metric("loss", 2)
        tm.log_param("layers", [1, 2])
        tm.set_tag("stage", "late")
        assert tm.current_run() is run
    assert tm.current_run() is None
    detail = stored.run(run.id)
    assert (detail.run.experiment, detail.run.name, detail.run.status) == ("trees", "first", "finished")
    assert detail.params == {"depth": "3", "rate": "0.1", "layers": "[1, 2]"}
    assert values(stored, run.id, "loss") == [(0, 0.5), (1, 0.25), (2, 0.125), (10, 1.0), (11, 2.0)]
    assert {"team": "a", "stage": "late", "tidemill.seed": "7"}.items() <= detail.tags.items()
    assert len(detail.tags["tidemill.environment"]) == 64
    assert detail.run.started_at <= (detail.run.ended_at or "")
    assert stored.waiting() == []


def test_numbers_of_every_kind_are_kept_and_what_is_none_is_said_once(
    stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    class Foreign:
        def __float__(self) -> float:
            raise ZeroDivisionError

    with caplog.at_level(logging.WARNING, "tidemill"), tm.run(home=stored.home, **QUIET) as run:
        for value in (math.nan, math.inf, -math.inf, True, 10**400):
            tm.log_metric("odd", value)
        for _ in range(3):
            tm.log_metric("bad", "high")  # type: ignore[arg-type]
            tm.log_metric("worse", Foreign())  # type: ignore[arg-type]
            tm.log_metric("k" * 300, 1.0)
            tm.log_metric(7, 1.0)  # type: ignore[arg-type]
            tm.log_metric("odd", 1.0, step=2**70)
            tm.log_metric("odd", 1.0, step=0.5)  # type: ignore[arg-type]
            tm.log_metrics(None)  # type: ignore[arg-type]
            tm.log_params(3)  # type: ignore[arg-type]
            tm.log_param("p" * 300, 1)
            tm.log_text("x", "../../etc/passwd")
            tm.log_artifact("nowhere.bin")
        tm.log_metric("odd", 1.0, step=2**62)
        tm.log_metric("good", 1.0)
        tm.log_param("long", "x" * 7000)
        tm.log_param("strange", "a\0b\ud800")
    odd = values(stored, run.id, "odd")
    assert [step for step, _ in odd] == [0, 1, 2, 3, 4, 2**62]
    assert math.isnan(odd[0][1])
    assert [value for _, value in odd[1:]] == [math.inf, -math.inf, 1.0, math.inf, 1.0]
    detail = stored.run(run.id)
    assert set(detail.metrics) == {"odd", "good"}
    assert (len(detail.params["long"]), detail.params["strange"]) == (6000, "a\\x00b\\ud800")
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == len(set(said))
    for word in ("'bad' is 'high', a str", "Foreign", "kkk", "7 is no key", "whole number", "etc/passwd", "7,000"):
        assert [line for line in said if word in line], word


def test_runs_within_runs_name_their_parent(stored: Stored) -> None:
    with tm.run(home=stored.home, **QUIET) as outer:
        with tm.run(home=stored.home, **QUIET) as inner:
            tm.log_metric("a", 1.0)
        tm.log_metric("b", 1.0)
        assert tm.current_run() is outer
    assert stored.run(inner.id).tags["mlflow.parentRunId"] == outer.id
    assert (set(stored.run(inner.id).metrics), set(stored.run(outer.id).metrics)) == ({"a"}, {"b"})


def test_how_a_block_ends_is_how_its_run_ends(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "very-secret-value")
    ids = []

    def end_by(error: BaseException) -> None:
        with tm.run(home=stored.home, **QUIET) as run:
            ids.append(run.id)
            raise error

    for error in (ValueError("no very-secret-value here"), KeyboardInterrupt(), SystemExit(0), SystemExit(3)):
        with pytest.raises(type(error)):
            end_by(error)
    ended = [(stored.run(id_).run.status, stored.run(id_).run.error) for id_ in ids]
    assert ended == [
        ("failed", "ValueError: no [redacted] here"),
        ("killed", "interrupted"),
        ("finished", None),
        ("failed", "SystemExit: 3"),
    ]


def test_bad_names_are_refused_when_a_run_begins(stored: Stored) -> None:
    for wrong in (
        {"experiment": ""},
        {"experiment": "x" * 501},
        {"name": " "},
        {"name": "x" * 251},
        {"run_id": "../x"},
    ):
        with pytest.raises(UsageError):
            tm.run(home=stored.home, **QUIET, **wrong)  # type: ignore[arg-type]
    assert stored.waiting() == []
    with tm.run(home=stored.home, **QUIET) as run, pytest.raises(UsageError, match="is not how a run ends"):
        run.finish("done")


def test_what_is_logged_after_the_end_is_kept(stored: Stored) -> None:
    run = tm.run(home=stored.home, **QUIET)
    tm.log_metric("loss", 1.0)
    run.finish()
    run.finish("failed")
    run.log_metric("loss", 0.5)
    assert run.flush()
    assert values(stored, run.id, "loss") == [(0, 1.0), (1, 0.5)]
    assert stored.run(run.id).run.status == "finished"


def test_a_run_goes_on_where_its_steps_ended(stored: Stored) -> None:
    run_id = new_id()
    for _ in range(2):
        with tm.run(home=stored.home, run_id=run_id, **QUIET):
            tm.log_metric("loss", 1.0)
            tm.log_metric("loss", 2.0)
    assert [step for step, _ in values(stored, run_id, "loss")] == [0, 1, 2, 3]


def _log_there(run: tm.ActiveRun, key: str) -> int:
    for number in range(100):
        run.log_metric(key, float(number))
    return os.getpid()


def test_other_threads_and_processes_log_to_the_run(stored: Stored) -> None:
    with tm.run(home=stored.home, **QUIET) as run:
        threads = [threading.Thread(target=lambda: tm.log_metric("thread", 1.0)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        forks = multiprocessing.get_context("fork")
        children = [forks.Process(target=_log_there, args=(run, f"fork_{at}")) for at in range(3)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            assert pool.submit(_log_there, run, "spawned").result() != os.getpid()
    assert len(values(stored, run.id, "thread")) == 4
    for key in ("fork_0", "fork_1", "fork_2", "spawned"):
        assert len(values(stored, run.id, key)) == 100, key
    assert stored.run(run.id).run.status == "finished"
    assert stored.waiting() == []


@pytest.mark.parametrize("fails", [True, pytest.param(False, marks=pytest.mark.long)])
def test_a_script_that_ends_or_fails_without_finishing_its_run(stored: Stored, *, fails: bool) -> None:
    script = """
import sys, tidemill as tm
run = tm.run(home=sys.argv[1], system_metrics=False)
print(run.id)
tm.log_metric("loss", 1.0)
if len(sys.argv) > 2: raise ValueError("no data")
"""
    more = ["fail", "--api-token", "abcdefgh"] if fails else []
    command = [sys.executable, "-W", "error", "-c", script, str(stored.home), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    detail = stored.run(done.stdout.strip())
    assert set(detail.metrics) == {"loss"}
    assert "abcdefgh" not in detail.tags["tidemill.command"]
    found = (done.returncode, detail.run.status, detail.run.error)
    assert found == ((1, "failed", "ValueError: no data") if fails else (0, "finished", None))


def test_secrets_of_a_command_line_are_not_noted() -> None:
    environ = {"DB_PASSWORD": "hunter2hunter2"}
    told = command_line(["t.py", "--db", "postgresql://ann:pw123@host/x", "hunter2hunter2", "--key-file", "k"], environ)
    assert told == "t.py --db postgresql://ann:REDACTED@host/x '[redacted]' --key-file k"


def test_uncommitted_changes_are_noted(stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "project"
    place.mkdir()
    monkeypatch.chdir(place)
    git = ["git", "-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    (place / "train.py").write_text("rate = 0.1\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], check=True)
    (place / "train.py").write_text("rate = 0.2\npassword = 'hunter2hunter2'\n")
    with tm.run(home=stored.home, system_metrics=False) as run:
        pass
    detail = stored.run(run.id)
    assert (detail.run.commit or "").endswith("+changes")
    patch = stored.store.blobs.get(detail.tags["tidemill.changes"]).decode()
    assert "+rate = 0.2" in patch
    assert "hunter2" not in patch


def test_the_system_is_sampled() -> None:
    metrics = SystemMetrics(gpus=lambda: "0, 50, 1024\n1, [N/A], 2048")
    sampled = metrics.sample()
    assert sampled["system/gpu_0_percent"] == 50.0
    assert sampled["system/gpu_1_memory_bytes"] == 2048 << 20
    assert sampled["system/memory_bytes"] > 0
    assert sampled["system/process_memory_bytes"] > 0


def test_nothing_is_logged_without_a_run(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        tm.log_metric("loss", 1.0)
        tm.log_text("x", "a.txt")
    assert len([record for record in caplog.records if "no run is going on" in record.getMessage()]) <= 1


def test_limits_are_listed() -> None:
    assert {"key of a param, metric or tag": 250, "points of a batch": 5000}.items() <= {
        limit.of: limit.most for limit in tm.LIMITS
    }.items()
    assert json.dumps([limit._asdict() for limit in tm.LIMITS])


def test_files_of_every_kind_are_kept(stored: Stored, tmp_path: Path) -> None:
    folder = tmp_path / "plots"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.txt").write_text("deep")
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"first")
    frame = polars.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    pixels = np.zeros((4, 6, 3))
    pixels[1, 2] = (1.0, 0.5, 0.0)
    figure = Figure()
    figure.subplots().plot([1, 2])
    with tm.run(home=stored.home, **QUIET) as run:
        tm.log_text("é\ud800", "notes/a.txt")
        tm.log_dict({"a": [1, float("nan")], "when": np.int64(3)}, "a.json")
        tm.log_table(frame, "t.parquet")
        tm.log_table(frame, "t.json")
        tm.log_table([{"x": 1}, {"y": 2}], "t.csv")
        tm.log_image(pixels, "p.png")
        tm.log_image(Image.new("L", (3, 2)), "q.jpg")
        tm.log_figure(figure, "f.png")
        tm.log_artifact(weights)
        weights.write_bytes(b"second, in place")
        tm.log_artifacts(folder, "all")
        tm.log_table(object(), "bad.csv")
    kept = {
        path: stored.artifact(run.id, path)
        for path in ("notes/a.txt", "a.json", "t.csv", "weights.bin", "all/deep/a.txt")
    }
    assert kept == {
        "notes/a.txt": "é\\ud800".encode(),
        "a.json": b'{\n  "a": [\n    1,\n    null\n  ],\n  "when": 3\n}',
        "t.csv": b"x,y\n1,\n,2\n",
        "weights.bin": b"first",
        "all/deep/a.txt": b"deep",
    }
    assert polars.read_parquet(io.BytesIO(stored.artifact(run.id, "t.parquet"))).equals(frame)
    assert json.loads(stored.artifact(run.id, "t.json")) == {"columns": ["x", "y"], "data": [[1, "a"], [2, "b"]]}
    picture = Image.open(io.BytesIO(stored.artifact(run.id, "p.png")))
    assert (picture.size, picture.getpixel((2, 1)), picture.getpixel((0, 0))) == ((6, 4), (255, 127, 0), (0, 0, 0))
    assert Image.open(io.BytesIO(stored.artifact(run.id, "q.jpg"))).size == (3, 2)
    assert stored.artifact(run.id, "f.png").startswith(b"\x89PNG")
    assert stored.waiting() == []
