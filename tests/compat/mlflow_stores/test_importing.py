"""What was in an MLflow store is here afterwards: ids, points, files, models; once, and whole."""

from __future__ import annotations

import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.compat.mlflow_stores import written_by_hand
from tests.compat.mlflow_stores.conftest import Arrived, Opened
from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.compat.mlflow_stores import Opening, import_store
from tidemill.core import TidemillError, load_settings
from tidemill.tracking import ArrivingExperiment, ArrivingRun
from tidemill.workspace import Workspace

ME = local_caller()
WITHIN_S = 100.0


def test_all_that_the_client_logged_is_here(arrived: Arrived) -> None:
    _check(arrived)


@pytest.mark.long
def test_all_of_a_database_is_here(mlflow_database: str, opened: Opened) -> None:
    ours = opened()
    _check(Arrived(ours, mlflow_database, import_store(ours, mlflow_database)))


def test_a_second_time_brings_nothing(arrived: Arrived) -> None:
    again = import_store(arrived.rooms, arrived.source)
    counts = (again.experiments, again.runs, again.logged_models, again.registered_models, again.versions)
    assert [each.new for each in counts] == [0] * 5
    assert (again.n_updated, again.n_points, again.n_files, again.different) == (0, 0, 0, [])


def test_a_database_of_the_first_mlflow_arrives(tmp_path: Path, opened: Opened) -> None:
    ours = opened()
    report = import_store(ours, written_by_hand.old_database(tmp_path / "old.db"))
    assert (report.runs.new, report.n_points, report.different) == (2, 3, [])
    run = ours.tracking.list_runs(ME)[0]
    assert ours.tracking.metric_history(ME, run.id, "loss")[0].value == 0.5
    assert import_store(ours, f"sqlite:///{tmp_path}/old.db").runs.new == 0


def test_a_dry_run_counts_and_changes_nothing(by_hand: Path, opened: Opened) -> None:
    ours = opened()
    report = import_store(ours, Opening(str(by_hand), dry_run=True))
    assert (report.runs.found, report.n_params, report.n_files, report.runs.new) == (3, 6, 3, 0)
    assert ours.tracking.list_runs(ME) == []


def test_what_a_run_logged_since_is_added(by_hand: Path, opened: Opened) -> None:
    ours, run = opened(), by_hand / "1" / written_by_hand.run_id(1)
    meta = (run / "meta.yaml").read_text()
    (run / "meta.yaml").write_text(
        meta.replace("status: 3", "status: 1").replace("end_time: 1700000009000", "end_time:")
    )
    import_store(ours, str(by_hand))
    (run / "meta.yaml").write_text(meta)
    with (run / "metrics" / "m0").open("a") as file:
        file.write("1700000000009 nan 9\n")
    report = import_store(ours, str(by_hand))
    assert (report.runs.new, report.n_updated, report.different) == (0, 1, [])
    assert ours.tracking.get_run(ME, run.name).run.status == "finished"
    assert math.isnan(ours.tracking.metric_history(ME, run.name, "m0")[-1].value)


def test_killed_in_the_middle_it_goes_on(tmp_path: Path) -> None:
    n_runs = 450
    source, home = written_by_hand.mlruns(tmp_path / "mlruns", n_runs), tmp_path / "home"
    command = [sys.executable, "-m", "tidemill", "import", str(source), "--home", str(home), "-C", str(tmp_path)]
    working = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ours = None
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline and working.poll() is None:
        if ours is None and (home / "records.db").exists():
            settings = load_settings(tmp_path, home=home)
            ours = open_workspace(tmp_path, settings)
        if ours is not None and ours.tracking.list_runs(ME, limit=1):
            os.kill(working.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    working.communicate()
    assert ours is not None
    before = _n_runs(ours)
    report = import_store(ours, str(source))
    assert (report.runs.there, report.runs.new, _n_runs(ours)) == (before, n_runs - before, n_runs)
    assert report.different == []
    assert _all_points(ours) == n_runs * 6
    ours.database.close()


@pytest.mark.parametrize("n_points", [5, pytest.param(230_000, marks=pytest.mark.long)])
def test_a_history_that_came_in_part_is_not_seen_before_its_end(opened: Opened, tmp_path: Path, n_points: int) -> None:
    source = written_by_hand.mlruns(tmp_path / "mlruns", 2, n_metrics=1, n_steps=3)
    long = source / "1" / written_by_hand.run_id(0) / "metrics" / "long"
    long.write_text("".join(f"{at} 0.5 {at}\n" for at in range(n_points)))
    ours = opened()
    given = ours.tracking.arrivals.experiment(ME, ArrivingExperiment("by hand"))
    part = ArrivingRun(written_by_hand.run_id(0), given.id, "run 0", "finished", "2023-11-14T22:13:20.000000Z")
    ours.tracking.arrivals.begin(ME, part)
    ours.tracking.arrivals.add_points(ME, part.id, {"long": [(0, 0, 0.5), (1, 1, 0.5)]})
    assert ours.tracking.list_runs(ME) == []
    report = import_store(ours, str(source))
    assert (report.runs.new, report.n_points, report.different) == (2, n_points + 6, [])
    assert len(ours.tracking.list_runs(ME)) == 2
    assert "tidemill.arriving" not in ours.tracking.get_run(ME, part.id).tags


def test_what_cannot_be_read_is_listed_and_the_rest_arrives(by_hand: Path, opened: Opened, tmp_path: Path) -> None:
    runs = by_hand / "1"
    (runs / written_by_hand.run_id(0) / "meta.yaml").write_text("run_id: 'torn\n")
    (runs / written_by_hand.run_id(1) / "meta.yaml").unlink()
    last = runs / written_by_hand.run_id(2)
    (last / "artifacts" / "link").symlink_to("/etc/passwd")
    (last / "metrics" / "bad").write_text("no point\n1 2 3\n")
    (last / "metrics" / "huge").write_text(f"1 2 {2**70}\n1 2 3\n")
    (last / "params" / "binary").write_bytes(b"\xff\xfe")
    (last / "tags" / "nul").write_text("a\0b")
    hostile = (last / "meta.yaml").read_text().replace(f"file:///elsewhere/1/{last.name}/artifacts", "file:///etc")
    (last / "meta.yaml").write_text(hostile)
    (runs / "not a run").mkdir()
    ours = opened()
    report = import_store(ours, str(by_hand))
    told = {line.what.split(" ")[0] + " " + line.why for line in report.left_out}
    assert (report.runs.new, report.different) == (1, [])
    assert len(told) == 8, told
    assert any("cannot be read: no mapping" in why for why in told)
    assert any("No such file" in why for why in told)
    assert any("links are not followed" in why for why in told)
    assert ours.tracking.get_run(ME, last.name).tags["nul"] == "a\\x00b"
    assert [file.path for file in ours.artifacts.walk(ME, last.name)] == ["a.txt"]


def test_numbers_that_are_taken_are_told(by_hand: Path, opened: Opened) -> None:
    ours = opened()
    ours.tracking.experiments.create(ME, "mine")
    report = import_store(ours, str(by_hand))
    assert report.renumbered == {"1": "2"}
    assert ours.tracking.experiments.get_named(ME, "by hand").number == 2


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("nowhere", "there is no 'nowhere'; name an mlruns folder"),
        ("empty", "holds no experiments"),
        ("text.db", "is a file, and no SQLite database"),
        ("sqlite:///missing.db", "there is no file 'missing.db'"),
        ("other.db", "is no MLflow database: it has no table 'experiments'"),
        ("mysql://user:secret@host/db", "a database of mysql is not read here"),
        ("nonsense://", "a database of nonsense is not read here"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9 does not answer"),
        ("http://", "is no server's address"),
    ],
)
def test_a_source_that_is_none_is_told_in_one_line(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch, source: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.db").write_text("text")
    with closing(sqlite3.connect("other.db")) as other:
        other.execute("CREATE TABLE a (b)")
    with pytest.raises(TidemillError) as raised:
        import_store(opened(), source)
    assert told in str(raised.value)
    assert "secret" not in str(raised.value)


def _check(arrived: Arrived) -> None:
    ours, report = arrived.rooms, arrived.report
    assert (report.different, report.left_out) == ([], [])
    assert (report.runs.new, report.logged_models.new, report.versions.new, report.aliases.new) == (3, 1, 2, 1)
    assert report.verified == 3
    run = next(run for run in ours.tracking.list_runs(ME) if run.name == "one")
    detail = ours.tracking.get_run(ME, run.id)
    assert run.status == "failed"
    assert detail.params == {"a": "1", "b/c": "two words"}
    assert (detail.tags["note"], detail.tags["empty"]) == ("x: 'y'\nz", "")
    history = ours.tracking.metric_history(ME, run.id, "loss")
    assert [(point.step, point.at) for point in history[:2]] == [(0, 1_700_000_000_000), (0, 1_700_000_000_003)]
    assert sum(math.isnan(point.value) for point in history) == 1
    assert len(history) == 5
    assert ours.tracking.metric_history(ME, run.id, "val/auc")[0].value > 1e308
    assert _bytes(ours, run.id, "notes/a.txt") == b"hi"
    assert [file.path for file in ours.artifacts.walk(ME, run.id)] == ["empty.txt", "notes/a.txt"]
    inputs = ours.tracking.inputs.of_runs(ME, [run.id])[run.id]
    assert [(each.name, each.tags) for each in inputs.datasets] == [("rows", {"mlflow.data.context": "train"})]
    model_id, step = inputs.models_written[0]
    model = ours.tracking.models.get(ME, model_id)
    assert (step, model.name, model.tags["k"], model.params["p"], model.status) == (3, "net", "v", "1", "ready")
    assert _bytes(ours, model_id, "MLmodel") == b"flavors: {}\n"
    registered = ours.registry.catalogue.get_model(ME, "net")
    assert (registered.description, registered.tags["q"], registered.aliases) == ("about", "1", {"champion": 1})
    version = ours.registry.get(ME, "net/1")
    assert (version.environments, version.description, version.tags["t"]) == (("staging",), "first", "2")
    assert version.source == f"models:/{model_id}"
    assert ours.registry.get(ME, "net/3").run_id == run.id
    assert ours.tracking.experiments.get_named(ME, "churn").tags == {"team": "a"}
    assert ours.tracking.experiments.get_named(ME, "gone").deleted_at is not None


def _bytes(ours: Workspace, owner: str, path: str) -> bytes:
    with ours.artifacts.open(ME, owner, path) as file:
        return file.read()


def _n_runs(ours: Workspace) -> int:
    return sum(
        len(ids)
        for each in ours.tracking.departures.experiments(ME)
        for ids in ours.tracking.departures.run_ids(ME, each.id)
    )


def _all_points(ours: Workspace) -> int:
    found = 0
    for each in ours.tracking.departures.experiments(ME):
        for ids in ours.tracking.departures.run_ids(ME, each.id):
            found += sum(
                len(points) for _, its in ours.tracking.departures.histories(ME, ids) for points in its.values()
            )
    return found
