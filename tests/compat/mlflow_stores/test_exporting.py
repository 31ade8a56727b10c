"""What leaves is a folder as MLflow keeps it: brought back, it is what it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compat.mlflow_stores import written_by_hand
from tests.compat.mlflow_stores.conftest import Arrived, Opened
from tests.compat.mlflow_stores.whole import all_of
from tests.postgres import Server
from tidemill.access import local_caller
from tidemill.app import open_workspace
from tidemill.compat.mlflow_stores import Leaving, export_store, import_store
from tidemill.core import Settings, UsageError

ME = local_caller()
TRACE_ID = written_by_hand.TRACE_ID


def test_there_and_back_everything_is_the_same(arrived: Arrived, opened: Opened, tmp_path: Path) -> None:
    ours, again, out = arrived.rooms, opened(), tmp_path / "out"
    left = export_store(ours, str(out))
    back = import_store(again, str(out))
    assert (left.different, left.left_out, back.different, back.left_out) == ([], [], [], [])
    assert all_of(again) == all_of(ours)
    assert (left.runs.new, back.runs.new) == (3, 3)
    assert export_store(ours, str(out)).runs.new == 0
    assert not out.with_name("out.part").exists()


def test_a_registry_and_traces_go_there_and_back(by_hand: Path, opened: Opened, tmp_path: Path) -> None:
    written_by_hand.registry(by_hand)
    ours, again = opened(), opened()
    came = import_store(ours, str(by_hand))
    left = export_store(ours, str(tmp_path / "out"))
    back = import_store(again, str(tmp_path / "out"))
    assert (came.different, left.different, left.left_out, back.different, back.left_out) == ([], [], [], [], [])
    assert (came.traces.new, left.traces.new, back.traces.new, back.n_files) == (1, 1, 1, 5)
    assert ours.tracking.traces.get(ME, TRACE_ID) == again.tracking.traces.get(ME, TRACE_ID)
    assert all_of(again) == all_of(ours)


def test_what_was_half_written_is_written_again(by_hand: Path, opened: Opened, tmp_path: Path) -> None:
    ours, out = opened(), tmp_path / "out"
    import_store(ours, str(by_hand))
    torn = tmp_path / "out.part" / written_by_hand.run_id(0) / "metrics"
    torn.mkdir(parents=True)
    (torn / "m0").write_text("1 2 3\n")
    report = export_store(ours, str(out))
    assert (report.runs.new, report.different) == (3, [])


def test_keys_that_no_folder_can_have_are_listed(opened: Opened, tmp_path: Path, by_hand: Path) -> None:
    ours = opened()
    import_store(ours, str(by_hand))
    run = ours.tracking.list_runs(ME)[0]
    ours.tracking.log_params(ME, run.id, {"../../out": "x", "p0/below": "y"})
    report = export_store(ours, str(tmp_path / "deep" / "out"))
    assert sorted(line.what for line in report.left_out) == ["param ../../out", "param p0/below"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("target", "told"), [("file", "is a file"), ("full", "is not empty"), ("s3://b", "s3:// is")])
def test_a_target_that_is_none_is_told_in_one_line(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("text")
    Path("full").mkdir()
    Path("full/text").write_text("text")
    with pytest.raises(UsageError, match=told):
        export_store(opened(), target)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["folder", "database"])
def test_the_stock_client_reads_what_left(arrived: Arrived, tmp_path: Path, kind: str) -> None:
    uri = f"{tmp_path.as_uri()}/out" if kind == "folder" else f"sqlite:///{tmp_path}/out.db"
    report = export_store(arrived.rooms, uri)
    again = export_store(arrived.rooms, uri)
    assert (report.different, report.left_out, again.runs.new, again.n_files) == ([], [], 0, 0)
    program = f"""
from mlflow import MlflowClient
client = MlflowClient({uri!r})
experiment = client.get_experiment_by_name("churn")
run = next(r for r in client.search_runs([experiment.experiment_id]) if r.info.run_name == "one")
assert run.data.params == {{"a": "1", "b/c": "two words"}}, run.data.params
assert len(client.get_metric_history(run.info.run_id, "loss")) == 5
assert run.inputs.dataset_inputs[0].dataset.name == "rows"
assert client.list_artifacts(run.info.run_id, "notes")[0].path == "notes/a.txt"
version = client.get_model_version_by_alias("net", "champion")
assert (version.current_stage, version.run_id) == ("Staging", run.info.run_id)
assert client.get_logged_model(version.source.removeprefix("models:/")).name == "net"
print("read")
"""
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.endswith("read\n"), told.stderr[-2000:]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_postgresql_takes_all_and_gives_it_back(arrived: Arrived, postgres: Server, tmp_path: Path) -> None:
    theirs = postgres.empty()
    again = open_workspace(tmp_path, Settings(home=tmp_path / "home", records=postgres.fresh()))
    with pytest.raises(UsageError, match="--artifacts FOLDER tells where"):
        export_store(arrived.rooms, theirs)
    left = export_store(arrived.rooms, Leaving(theirs, tmp_path / "files"))
    more = export_store(arrived.rooms, Leaving(theirs, tmp_path / "files"))
    back = import_store(again, theirs)
    assert (left.different, left.left_out, back.different, back.left_out) == ([], [], [], [])
    assert (left.runs.new, more.runs.new, back.runs.new, back.versions.new) == (3, 0, 3, 2)
    again.database.close()


def test_a_database_without_mlflow_to_make_it_is_told(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "mlflow" else name)
    with pytest.raises(UsageError, match="MLflow, which makes them, is not installed here; run: pip install mlflow"):
        export_store(opened(), f"sqlite:///{tmp_path}/new.db")
