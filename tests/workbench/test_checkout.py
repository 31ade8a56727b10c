"""A run opened again: its code with uncommitted changes, its params, its lock, its data; nothing has to run twice."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.small_project import ANN, open_project, write_project
from tidemill.app import open_workspace
from tidemill.core import UsageError, load_settings
from tidemill.project import load_project
from tidemill.release import Released, run_and_release
from tidemill.workbench import checkout_run

PLAIN = """
import polars as pl

import tidemill as tm


@tm.source(files="data/*.csv", key="parcel_id", event_time="sent_at")
def parcels(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(pl.col("sent_at").str.to_datetime(time_zone="UTC"))


@tm.step
def total(rows: tm.TrainingSet, times: int) -> float:
    return float(rows.frame["weight"].sum()) * times


@tm.pipeline
def weights(times: int = 2, label: str = "1"):
    return total(tm.training_set(parcels, columns=["weight"], label="late"), times)
"""


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project under git, in a folder of its repository; data and store are ignored."""
    project = tmp_path / "repository" / "parcels"
    write_project(project, n_rows=300)
    (project / "parcels.py").write_text(PLAIN)
    (project / "requirements.lock").write_text("polars==1.0 \\\n    --hash=sha256:00\n")
    (tmp_path / "repository" / ".gitignore").write_text("data/\n.tidemill/\n")
    git(tmp_path / "repository", "init", "-q")
    git(project, "add", "-A", ".")
    git(project, "commit", "-qm", "First", "--no-gpg-sign")
    return project


def run(folder: Path, **params: object) -> Released:
    workspace, project = open_project(folder)
    released = run_and_release(workspace, project, ANN, None, params)
    workspace.database.close()
    return released


def reopened(folder: Path) -> list[str]:
    """Run in a checkout as a new process would, and return what became of each step."""
    settings = load_settings(folder, environ={})
    workspace = open_workspace(folder, settings)
    released = run_and_release(workspace, load_project(folder, settings), ANN, None)
    workspace.database.close()
    return [step.state for step in released.run.steps]


def test_a_run_opened_again_finds_every_step_done_though_code_data_and_params_went_on(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "parcels.py").write_text(PLAIN.replace("* times", "* times + helper.EXTRA\n\n\nimport helper"))
    (folder / "helper.py").write_text("EXTRA = 7\n")
    made = run(folder, times=5)
    (folder / "parcels.py").write_text(PLAIN.replace("* times", "- times"))
    (folder / "helper.py").unlink()
    (folder / "requirements.lock").unlink()
    shutil.copy(folder / "data" / "2013.csv", folder / "data" / "kept")
    (folder / "data" / "2013.csv").write_text(
        "parcel_id,sent_at,depot,weight,late\np1,2014-01-01T00:00:00,A,1.0,true\n"
    )
    workspace, _ = open_project(folder)

    checkout = checkout_run(workspace, ANN, made.run.run_id, tmp_path / "again")

    workspace.database.close()
    assert checkout.folder == tmp_path / "again" / "parcels"
    assert checkout.notes == ()
    assert checkout.pins == {"parcels": "parcels@1"}
    assert checkout.params == {"times": 5, "label": 1}
    assert "with its uncommitted changes" in checkout.code
    assert (checkout.folder / "helper.py").read_text() == "EXTRA = 7\n"
    assert (checkout.folder / "requirements.lock").read_text().startswith("polars==1.0")
    assert not (checkout.folder / "data").exists()
    assert reopened(checkout.folder) == ["reused", "reused"]
    assert git(folder, "status", "--porcelain", "--", "parcels.py") == "M parcels/parcels.py"


def test_changes_with_a_secret_are_kept_without_it_and_said_so(folder: Path, tmp_path: Path) -> None:
    (folder / "parcels.py").write_text(PLAIN + '\nAPI_TOKEN = "hunter2hunter2"\n')
    made = run(folder)
    workspace, _ = open_project(folder)

    checkout = checkout_run(workspace, ANN, made.run.run_id, tmp_path / "again")

    workspace.database.close()
    assert "hunter2" not in (checkout.folder / "parcels.py").read_text()
    assert checkout.notes == ("1 line(s) of parcels/parcels.py are redacted: secrets",)
    assert not any(b"hunter2" in file.read_bytes() for file in (folder / ".tidemill").rglob("*") if file.is_file())


def test_what_cannot_be_opened_is_said_in_one_line(folder: Path, tmp_path: Path) -> None:
    made = run(folder)
    workspace, _ = open_project(folder)
    beside = checkout_run(workspace, ANN, made.run.run_id).folder
    assert beside == tmp_path / f"parcels-{made.run.run_id[:12]}" / "parcels"
    with pytest.raises(UsageError, match="is not empty; name a new folder"):
        checkout_run(workspace, ANN, made.run.run_id, folder)
    shutil.rmtree(folder.parent / ".git")
    with pytest.raises(UsageError, match=r"which is not in .*: fetch it"):
        checkout_run(workspace, ANN, made.run.run_id, tmp_path / "again")
    outside = run(folder, times=3)
    with pytest.raises(UsageError, match="outside of version control"):
        checkout_run(workspace, ANN, outside.run.run_id, tmp_path / "again")
    workspace.database.close()
