"""What a policy lets go, what stays whatever it says, and what is left afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.feedback.log import parcels, writing
from tests.small_project import ANN
from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import ForbiddenError, ManualClock, NotFoundError, Settings, digest_json, new_id
from tidemill.data import source
from tidemill.evaluation import GateVerdict
from tidemill.feedback import NewLabel
from tidemill.registry import ModelVersion, StoredCandidate
from tidemill.server.daily_collection import DailyCollection
from tidemill.storage.events import EventQuery
from tidemill.tracking import NewRun
from tidemill.workspace import Workspace

NOW = timedelta(0)
START = datetime(2013, 1, 1, tzinfo=UTC)


def opened(folder: Path, clock: ManualClock, **lines: str) -> Workspace:
    """Open the store with these lines of retention."""
    return open_workspace(folder, Settings(home=folder / "home", retention=tuple(lines.items())), clock)


def run_of(workspace: Workspace, auc: float, experiment: str = "lateness") -> str:
    """Record a run that ended, a day after the one before."""
    workspace.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]  # a ManualClock
    run = workspace.tracking.start_run(ANN, NewRun(experiment, "run"))
    workspace.tracking.log_params(ANN, run.id, {"n_trees": 20})
    workspace.tracking.set_tags(ANN, run.id, {"by": "hand"})
    workspace.tracking.log_metrics(ANN, run.id, {"auc": auc, "log_loss": 1 - auc})
    workspace.tracking.end_run(ANN, run.id)
    return run.id


def version_of(workspace: Workspace, run_id: str, *, promoted: bool = False) -> ModelVersion:
    """Register a model version of a run."""
    files = {"model.txt": workspace.blobs.put(f"model of {run_id}".encode())}
    report = workspace.blobs.put(f"report of {run_id}".encode())
    candidate = StoredCandidate(run_id, digest_json(files), files, report, {})
    verdict = workspace.registry.record_verdict(ANN, "late", candidate, GateVerdict(passed=True, checks=()), "late")
    version = workspace.registry.register(ANN, candidate, verdict)
    if promoted:
        workspace.registry.promote(ANN, version.reference)
    return version


def reads(workspace: Workspace, run_id: str, reference: str) -> None:
    """Record that a step of a run has read a dataset version."""
    values = {
        "project_id": "default",
        "run_id": run_id,
        "position": 0,
        "step": "training_set",
        "state": "executed",
        "code_digest": "",
        "key_parts": "{}",
        "inputs": json.dumps([{"reference": f"source on {reference}"}]),
        "outputs": "[]",
        "note": "",
        "started_at": "",
        "seconds": 0,
    }
    names = ", ".join(values)
    statement = sa.text(f"INSERT INTO step_run ({names}) VALUES (:{', :'.join(values)})")
    workspace.database.write(lambda tx: tx.execute(statement, values))


def kept_runs(workspace: Workspace) -> list[str]:
    """Return the runs that are there, oldest first."""
    return sorted(run.id for run in workspace.tracking.list_runs(ANN, limit=1000))


def counts(workspace: Workspace) -> dict[str, int]:
    """Return how many rows each table has."""

    def read(tx: Any) -> dict[str, int]:
        names = [row["name"] for row in tx.rows(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        return {name: tx.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) for name in names}

    return workspace.database.read(read)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at the start of 2013."""
    return ManualClock(START)


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("last 2", [4, 5]),
        ("best 2 by auc", [0, 3]),
        ("best 1 by log_loss", [3]),
        ("last 1, best 1 by auc", [3, 5]),
        ("2d", [4, 5]),
        ("last 0", []),
        ("registered", []),
        ("last 1000", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_runs_are_kept_by_the_union_of_what_the_line_says(
    tmp_path: Path, clock: ManualClock, rule: str, kept: Sequence[int]
) -> None:
    workspace = opened(tmp_path, clock, runs=rule)
    runs = [run_of(workspace, auc) for auc in (0.8, 0.5, 0.6, 0.9, 0.7, 0.4)]
    clock.advance(timedelta(hours=1))
    plan = workspace.collector.plan(ANN, NOW)
    (line,) = plan.retention
    assert sorted(line.ids) == [run for index, run in enumerate(runs) if index not in kept]
    assert kept_runs(workspace) == runs, "a plan changes nothing"
    workspace.collector.collect(ANN, NOW)
    assert kept_runs(workspace) == [runs[index] for index in kept]
    assert not workspace.collector.collect(ANN, NOW).retention[0].ids, "repeating it changes nothing"


def test_every_experiment_keeps_its_own(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, runs="last 1")
    runs = [run_of(workspace, 0.5, experiment) for experiment in ("a", "b", "a")]
    workspace.collector.collect(ANN, NOW)
    assert kept_runs(workspace) == runs[1:]


def test_what_is_young_or_running_stays_whatever_the_line_says(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, runs="last 0")
    ended = run_of(workspace, 0.5)
    assert workspace.collector.plan(ANN).retention[0].ids == (), "younger than the grace period by the machine's clock"
    running = workspace.tracking.start_run(ANN, NewRun("lateness", "runs")).id
    later = run_of(workspace, 0.5)
    workspace.collector.collect(ANN, NOW)
    assert kept_runs(workspace) == sorted([running, later]), f"{ended} went; what began beside work in flight stays"
    workspace.tracking.end_run(ANN, running)


def test_promoted_models_and_what_stands_behind_them_stay(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, runs="last 0", models="last 0")
    runs = [run_of(workspace, 0.5) for _ in range(5)]
    once = version_of(workspace, runs[0], promoted=True)
    never = version_of(workspace, runs[1])
    now = version_of(workspace, runs[2], promoted=True)
    newest = version_of(workspace, runs[3])
    done = workspace.collector.collect(ANN, NOW)
    assert [line.ids for line in done.retention] == [("late/2",), tuple(sorted([runs[1], runs[4]], reverse=True))]
    versions = [version.reference for version in workspace.registry.list_versions(ANN, "late")]
    assert versions == [newest.reference, now.reference, once.reference], "the newest: its number must not come again"
    assert kept_runs(workspace) == [runs[0], runs[2], runs[3]]
    assert version_of(workspace, run_of(workspace, 0.5)).version == never.version + 3
    assert workspace.blobs.get(once.files["model.txt"])
    gone = workspace.audit.list(ANN, EventQuery(kind_prefix="retention.applied"))
    assert {event.subject: event.data for event in gone} == {
        "models": {"ids": ["late/2"]},
        "runs": {"ids": sorted([runs[1], runs[4]], reverse=True)},
    }


def test_dataset_versions_go_unless_a_kept_run_has_read_them(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, datasets="last 1")
    parcels = source(name="parcels", files="data/*.csv", key="id", event_time="at")
    (tmp_path / "data").mkdir()
    for number in range(4):
        lines = [f"p{n},2013-01-0{n + 1}T00:00:00Z" for n in range(number + 1)]
        (tmp_path / "data" / "a.csv").write_text("\n".join(["id,at", *lines]) + "\n")
        workspace.datasets.ingest(ANN, parcels, tmp_path)
    before = len(list(workspace.blobs.list()))
    reads(workspace, run_of(workspace, 0.5), "parcels@2")
    age_blobs(workspace)
    done = workspace.collector.collect(ANN, NOW)
    assert done.retention[0].ids == ("parcels@3", "parcels@1")
    assert len(list(workspace.blobs.list())) == before - 4, "two manifests and two parts"
    assert workspace.datasets.scan(workspace.datasets.get(ANN, "parcels@2")).collect().height == 2
    assert workspace.datasets.ingest(ANN, parcels, tmp_path).reference == "parcels@4"
    (tmp_path / "data" / "a.csv").write_text("id,at\nq,2013-02-01T00:00:00Z\n")
    assert workspace.datasets.ingest(ANN, parcels, tmp_path).reference == "parcels@5"


def test_old_quarantine_goes(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, quarantine="30d")
    workspace.feedback.record(ANN, [NewLabel("0" * 12 + "7" + "0" * 3 + "8" + "0" * 15, True)])
    clock.advance(timedelta(days=29))
    assert not workspace.collector.collect(ANN, NOW).retention[0].ids
    clock.advance(timedelta(days=2))
    assert len(workspace.collector.collect(ANN, NOW).retention[0].ids) == 1
    assert counts(workspace)["quarantined_label"] == 0


def test_old_predictions_go_with_their_labels_a_whole_segment_at_a_time(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, predictions="30d")
    root = workspace.home / "predictions"
    tables = ("prediction", "prediction_part", "label")
    with writing(root) as log:
        old = log.write(parcels(4, START), at=START)
    workspace.logged.catch_up("default", "delay")
    workspace.feedback.record(ANN, [NewLabel(old[0], True)])
    clock.advance(timedelta(days=40))
    with writing(root) as log:
        new = log.write(parcels(3, START + timedelta(days=39)), at=START + timedelta(days=39))
        assert len(workspace.collector.collect(ANN, NOW).retention[0].ids) == 1
        workspace.logged.catch_up("default", "delay")
        assert not workspace.collector.collect(ANN, NOW).retention[0].ids
    workspace.logged.catch_up("default", "delay")
    assert workspace.predictions.get(ANN, new[0]).prediction_id == new[0]
    with pytest.raises(NotFoundError):
        workspace.predictions.get(ANN, old[0])
    assert [counts(workspace)[table] for table in tables] == [3, 1, 0]
    assert workspace.logged.catch_up("default", "delay").n_rows == 0
    clock.advance(timedelta(days=40))
    assert len(workspace.collector.collect(ANN, NOW).retention[0].ids) == 1
    age_blobs(workspace)
    workspace.collector.collect(ANN, NOW)
    assert [counts(workspace)[table] for table in tables] == [0, 0, 0]
    assert (list(root.rglob("*.sealed")), list(workspace.blobs.list())) == ([], [])


def test_a_day_of_the_stores_clock_after_the_last_the_scheduler_collects(tmp_path: Path, clock: ManualClock) -> None:
    said: list[str] = []
    workspace = opened(tmp_path, clock, quarantine="1d")
    daily = DailyCollection(workspace, said.append)
    for days, n_went in ((0, 0), (0, 0), (2, 1)):
        workspace.feedback.record(ANN, [NewLabel(new_id(), True)])
        clock.advance(timedelta(days=days))
        daily.look()
        assert daily.wait(30)
        assert len(said) == n_went, said
    assert said == ["collected: 3 quarantine; 0 bytes of blobs deleted"]
    DailyCollection(opened(tmp_path, clock, quarantine="1d"), said.append).look()
    unconfigured = DailyCollection(opened(tmp_path / "other", clock), said.append)
    unconfigured.look()
    assert not (tmp_path / "other" / "home" / "collected.at").exists(), "never without a policy"


def test_only_an_admin_may_look_or_collect(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock)
    for verb in (workspace.collector.plan, workspace.collector.collect):
        with pytest.raises(ForbiddenError):
            verb(Caller("dan", role=Role.DEPLOYER))


def test_the_store_is_as_before_once_all_that_was_made_is_gone(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, runs="last 0", models="last 1", datasets="last 1", quarantine="1d")
    parcels = source(name="parcels", files="data/*.csv", key="id", event_time="at")
    (tmp_path / "data").mkdir()

    def ingest(n_rows: int) -> None:
        lines = [f"p{n},2013-01-01T00:00:{n:02}Z" for n in range(n_rows)]
        (tmp_path / "data" / "a.csv").write_text("\n".join(["id,at", *lines]) + "\n")
        workspace.datasets.ingest(ANN, parcels, tmp_path)

    ingest(3)
    version_of(workspace, run_of(workspace, 0.5), promoted=True)
    age_blobs(workspace)
    workspace.collector.collect(ANN, NOW)
    before, listed = counts(workspace), sorted(blob.digest for blob in workspace.blobs.list())
    for number in range(10):
        run_of(workspace, number / 10)
    workspace.blobs.put(b"of a step that was killed")
    age_blobs(workspace)
    workspace.collector.collect(ANN, NOW)
    after = counts(workspace)
    events = {"event", "sqlite_sequence"}
    assert {name: n for name, n in after.items() if name not in events} == {
        name: n for name, n in before.items() if name not in events
    }
    assert sorted(blob.digest for blob in workspace.blobs.list()) == listed
    assert after["event"] > before["event"], "the audit trail keeps what was done, by ids"
    ingest(3)
    assert counts(workspace)["dataset_version"] == before["dataset_version"]


def test_the_command_says_what_would_go_and_does_it(tmp_path: Path) -> None:
    (tmp_path / "tidemill.toml").write_text('[retention]\nruns = "last 0"\n')
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / ".tidemill"), ManualClock(START))
    gone = run_of(workspace, 0.5)
    workspace.blobs.put(b"garbage")
    age_blobs(workspace)

    def tidemill(*arguments: str) -> str:
        command = [sys.executable, "-m", "tidemill", "collect", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    told = tidemill("--dry-run", "--grace", "0s")
    assert "runs  1" in told
    assert "would be set aside" in told
    assert kept_runs(workspace) == [gone]
    done = json.loads(tidemill("--json", "--grace", "0s"))
    assert done["retention"] == [{"kind": "runs", "rule": "last 0", "ids": [gone], "n_kept": 0}]
    assert done["blobs"]["deleted"] == {"n_blobs": 1, "n_bytes": 7}
    assert kept_runs(workspace) == []


def age_blobs(workspace: Workspace) -> None:
    """Make every blob older than the machine's clock can tell apart."""
    for file in (workspace.home / "blobs").glob("??/*"):
        at = file.stat().st_mtime - 60
        os.utime(file, (at, at))
