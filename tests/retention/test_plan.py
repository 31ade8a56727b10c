"""A dry run: the bytes that retention would let go, by owner, are those that then go; and the tables' old versions."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from tests.feedback.log import parcels, writing
from tests.retention.test_retention import NOW, START, age_blobs, opened, reads, run_of, version_of
from tests.small_project import ANN
from tidemill.core import ManualClock, UsageError
from tidemill.data import file_set_blobs, source
from tidemill.pipelines._tables import step_result_table, step_run_table
from tidemill.retention import StoragePlan, referenced_blobs
from tidemill.retention.references import referenced_manifests
from tidemill.storage import LocalBlobs
from tidemill.storage.blobs.collection import Share
from tidemill.storage.blobs.port import all_blobs
from tidemill.storage.records import Transaction
from tidemill.workspace import Workspace


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def owners(workspace: Workspace) -> dict[str, str]:
    """Return for whom each blob is kept, the first that names it."""
    found: dict[str, str] = {}
    named, roots = workspace.database.read(
        lambda tx: (list(referenced_blobs(tx, "default")), list(referenced_manifests(tx, "default")))
    )
    for digest, owner in [*named, *file_set_blobs(workspace.blobs, roots)]:
        found.setdefault(digest, owner)
    return found


def something_of_everything(workspace: Workspace, folder: Path) -> None:
    """Make dataset versions that share a file, runs with outputs, results and models, and predictions."""
    (folder / "data").mkdir()
    (folder / "data" / "same.csv").write_text("id,at\nsame,2013-01-01T00:00:00Z\n")
    of_parcels = source(name="parcels", files="data/*.csv", key="id", event_time="at")
    for number in range(4):
        (folder / "data" / "a.csv").write_text(f"id,at\np{number},2013-01-01T00:00:0{number}Z\n")
        workspace.datasets.ingest(ANN, of_parcels, folder)
    for number in range(4):
        (folder / "data" / "photo").write_bytes(b"photo %d" % number)
        workspace.file_sets.commit(ANN, "photos", folder / "data")
    runs = [run_of(workspace, number / 10) for number in range(5)]
    reads(workspace, runs[-1], "parcels@2")
    results_of(workspace, runs)
    for number, run_id in enumerate(runs[1:4]):
        version_of(workspace, run_id, promoted=number == 0)
    with writing(workspace.home / "predictions") as log:
        log.write(parcels(4, START), at=START)
    workspace.logged.catch_up("default", "delay")
    workspace.clock.advance(timedelta(days=40))  # type: ignore[attr-defined]  # a ManualClock


def results_of(workspace: Workspace, runs: list[str]) -> None:
    """Let the first run's result be its own, and the second's be used by the last run, too."""
    for number, keys in enumerate([["own"], ["shared"], [], [], ["shared"]]):
        for key in keys:
            values = {
                "project_id": "default",
                "run_id": runs[number],
                "cache_key": key,
                "outputs": [digest_of(workspace, key)],
            }
            row = {"position": 7, "step": "s", "state": "executed", "code_digest": "", "key_parts": {}, "inputs": []}
            step = {**values, **row, "note": "", "started_at": "", "seconds": 0.0}
            workspace.database.write(partial(insert, sa.insert(step_run_table).values(step)))
            if number < 2:
                made = {**values, "seconds": 0.0, "created_at": ""}
                workspace.database.write(partial(insert, sa.insert(step_result_table).values(made)))


def insert(statement: sa.Insert, tx: Transaction) -> None:
    tx.execute(statement)


def digest_of(workspace: Workspace, key: str) -> str:
    return workspace.blobs.put(f"result {key}".encode())


@pytest.mark.parametrize("grace", [NOW, timedelta(hours=1)])
def test_what_the_plan_says_by_owner_is_what_no_record_names_afterwards(
    tmp_path: Path, clock: ManualClock, grace: timedelta
) -> None:
    lines = {"runs": "last 1", "models": "last 1", "datasets": "last 1", "predictions": "30d"}
    workspace = opened(tmp_path, clock, **lines)
    something_of_everything(workspace, tmp_path)
    age_blobs(workspace)
    sizes = {blob.digest: blob.size for blob in all_blobs(workspace.blobs)}
    before, planned = owners(workspace), workspace.collector.plan(ANN, grace)
    assert owners(workspace) == before, "a plan changes nothing"
    workspace.collector.collect(ANN, grace)
    gone: dict[str, Share] = {}
    kept = owners(workspace)
    for digest in before.keys() - kept.keys():
        gone[before[digest]] = gone.get(before[digest], Share()).plus(sizes[digest])
    assert planned.blobs.let_go == gone
    if grace == NOW:
        assert {
            "dataset parcels",
            "model late",
            "predictions of delay",
            "files of photos",
        } <= planned.blobs.let_go.keys()
        assert not workspace.collector.plan(ANN).blobs.let_go, "they are gone"


def test_without_anything_to_let_go_there_is_nothing_to_tell(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, runs="last 100")
    version_of(workspace, run_of(workspace, 0.5))
    assert workspace.collector.plan(ANN, NOW).blobs.let_go == {}


@pytest.mark.parametrize("grace", [timedelta(seconds=-1), timedelta.max])
def test_a_grace_period_that_is_none_changes_nothing(tmp_path: Path, clock: ManualClock, grace: timedelta) -> None:
    workspace = opened(tmp_path, clock, runs="last 0")
    run_of(workspace, 0.5)
    for verb in (workspace.collector.plan, workspace.collector.collect):
        with pytest.raises(UsageError, match="it takes 0s to 36500d"):
            verb(ANN, grace)
    assert len(workspace.tracking.list_runs(ANN)) == 1


def table_of_days(workspace: Workspace, clock: ManualClock) -> None:
    """Write a table's versions, ten days apart, each in the place of the one before."""
    workspace.tables.create("returns", {"order": pl.Int64})
    for number in range(6):
        workspace.tables.append("returns", pl.DataFrame({"order": [number]}))
        workspace.tables.delete_rows("returns", "order", [number - 1])
        clock.advance(timedelta(days=10))


def taken(plan: StoragePlan) -> tuple[str, int, int]:
    assert len(plan.tables) == 1
    return plan.tables[0].name, plan.tables[0].n_files, plan.tables[0].n_versions


def test_versions_of_tables_go_by_their_line_and_the_newest_stays(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, tables="25d")
    table_of_days(workspace, clock)
    versions = workspace.tables.versions("returns")
    planned = workspace.collector.plan(ANN)
    assert workspace.tables.versions("returns") == versions, "a plan changes nothing"
    done = workspace.collector.collect(ANN)
    assert planned.tables == done.tables
    assert done.retention[0].ids == ("returns",)
    assert done.tables[0].n_versions == len(versions) - len(workspace.tables.versions("returns")) > 3
    assert done.tables[0].n_bytes > 0
    oldest = workspace.tables.versions("returns")[0].version
    assert workspace.tables.read("returns", version=oldest).collect().height >= 1
    assert workspace.tables.read("returns", at=clock.now() - timedelta(days=25)).collect().height >= 1
    assert workspace.tables.read("returns").collect()["order"].to_list() == [5]
    assert workspace.collector.collect(ANN).tables == (), "a second one finds nothing"
    clock.advance(timedelta(days=400))
    assert taken(workspace.collector.collect(ANN))[0] == "returns"
    assert workspace.tables.read("returns").collect()["order"].to_list() == [5]


def test_without_a_line_only_files_that_no_version_has_go(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock)
    table_of_days(workspace, clock)
    versions = workspace.tables.versions("returns")
    folder = workspace.home / "tables" / "returns"
    old, young = folder / "part-0.parquet", folder / "part-1.parquet"
    for file in (old, young):
        file.write_bytes(b"of a writer that was killed")
    ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(old, (ago, ago))
    assert taken(workspace.collector.plan(ANN)) == ("returns", 1, 0)
    assert old.exists()
    assert taken(workspace.collector.collect(ANN)) == ("returns", 1, 0)
    assert (old.exists(), young.exists()) == (False, True)
    assert workspace.tables.versions("returns") == versions


def test_a_damaged_table_is_told_and_holds_nothing_up(tmp_path: Path, clock: ManualClock) -> None:
    workspace = opened(tmp_path, clock, tables="25d")
    table_of_days(workspace, clock)
    workspace.blobs.put(b"garbage")
    age_blobs(workspace)
    for entry in (workspace.home / "tables" / "returns" / "_delta_log").glob("*.json"):
        entry.write_text("{")
    done = workspace.collector.collect(ANN, NOW)
    assert "returns" in done.tables[0].why_not
    assert done.blobs.deleted.n_blobs == 1
    assert isinstance(workspace.blobs, LocalBlobs)
