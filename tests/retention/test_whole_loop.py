"""After everything that nothing names is deleted, everything still loads: whoever puts blobs must say which it names.

A new place that puts blobs fails here: by what it stores and nothing names, or by what can no longer be read.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.architecture.house import modules
from tests.serving_process import serving
from tests.small_project import ANN, open_project, release, write_project
from tidemill import bundles, data, feedback, pipelines, registry, tracking
from tidemill.client import Client
from tidemill.feedback import NewLabel
from tidemill.pipelines import RunOptions
from tidemill.provenance import read_origin
from tidemill.registry import reference_of
from tidemill.release import run_and_release
from tidemill.retention import referenced_blobs
from tidemill.workspace import Workspace

NOW = timedelta(0)
ROW = {"parcel_id": "x1", "sent_at": "2013-02-17T08:00:00Z", "depot": "B", "weight": 15.0}
BETWEEN = (datetime(2013, 1, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC))
#: Rooms that put blobs, and the room whose records name them: codecs keep what steps return.
NAMED_BY = {"data": data, "evaluation": pipelines, "feedback": feedback, "pipelines": pipelines, "tuning": pipelines}
NAMED_BY |= {
    "bundles": bundles,
    "registry": registry,
    "outside_models": registry,
    "provenance": tracking,  # what a run was made in is named by its tags
    "recording": tracking,
    "tracking": tracking,
    "compat": tracking,  # files that move in with their runs
}


def test_the_whole_loop_still_loads_when_everything_unreferenced_is_gone(tmp_path: Path) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    with serving(workspace.home, "late") as address, Client(address) as client:
        answers = client.predict("late", [{**ROW, "parcel_id": f"x{n}"} for n in range(40)])
    assert workspace.logged.catch_up("default", "late").n_rows == 40
    workspace.feedback.record(ANN, [NewLabel(answers[0].prediction_id, True)])
    stored = {blob.digest for blob in workspace.blobs.list()}
    named = dict(workspace.database.read(lambda tx: list(referenced_blobs(tx))))
    in_records = digests_in_any_table(workspace) & stored
    assert in_records <= named.keys(), "a table names blobs that no room tells of"
    assert any(named[digest] for digest in in_records)

    garbage = workspace.blobs.put(b"named by nothing")
    age_everything(workspace)
    done = workspace.collector.collect(ANN, NOW)
    assert {blob.digest for blob in workspace.blobs.list()} == stored - {garbage}
    assert done.blobs.deleted.n_blobs == 1

    again, project = open_project(tmp_path)
    everything_loads(again, answers[3].prediction_id)
    repeated = run_and_release(again, project, ANN, None)
    assert repeated.run.n_executed() == 0, "cached steps are reused"
    version = repeated.releases[0].version
    assert (version.reference if version else "") == "late/1"
    (again.home / "serving" / "default" / "late" / "current").unlink()
    again.deployments.reconcile(ANN)  # a snapshot is written anew from the model's blobs
    with serving(again.home, "late") as address, Client(address) as client:
        assert client.predict("late", [ROW])[0].model == "late/1"
    assert again.logged.frame("default", "late", *BETWEEN).height == 40
    # Without its results nothing is stored that a run without the cache would not store again.
    run_and_release(again, project, ANN, None, options=RunOptions(use_cache=False))
    everything_loads(again, answers[3].prediction_id)


def test_every_place_that_puts_blobs_is_in_a_room_that_tells_of_them() -> None:
    puts: dict[str, list[str]] = {}
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and module.room != "storage":
                owner = ast.unparse(node.func.value)
                if node.func.attr in {"put", "put_file", "put_stream"} and "blobs" in owner:
                    puts.setdefault(module.room, []).append(module.at(node))
    unknown = {room: places for room, places in puts.items() if room not in NAMED_BY}
    assert not unknown, f"say in these rooms' referenced_blobs which blobs their records name: {unknown}"
    assert all(callable(room.referenced_blobs) for room in NAMED_BY.values())


def everything_loads(workspace: Workspace, prediction_id: str) -> None:
    """Read back whatever the store holds."""
    for version in workspace.datasets.list(ANN):
        assert workspace.datasets.scan(version).collect().height == version.n_rows
        assert workspace.blobs.get(version.digest)
    for run in workspace.tracking.list_runs(ANN):
        assert read_origin(workspace.blobs, workspace.tracking.get_run(ANN, run.id).tags).environment is not None
        for step in workspace.pipelines.steps(ANN, run.id):
            for output in step.outputs:
                assert all(workspace.blobs.get(digest) for digest in blobs_of(output["manifest"]))
    for model in workspace.registry.list_models(ANN):
        for each in workspace.registry.list_versions(ANN, model.name):
            assert reference_of(workspace.registry.load_package(each)) is not None
            assert workspace.registry.load_report(each).n_rows
        for verdict in workspace.registry.list_verdicts(ANN, model.name):
            assert workspace.blobs.get(verdict.report_digest)
    assert workspace.evidence.why(ANN, prediction_id).version.model == "late"


def age_everything(workspace: Workspace) -> None:
    """Make every blob older than the machine's clock can tell apart."""
    for file in (workspace.home / "blobs").glob("??/*"):
        at = file.stat().st_mtime - 60
        os.utime(file, (at, at))


def digests_in_any_table(workspace: Workspace) -> set[str]:
    """Return every text of 64 hex digits in any row of any table."""

    def read(tx: Any) -> Iterator[str]:
        for table in tx.rows(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")):
            if table["name"] != "event":
                rows = tx.rows(sa.text(f"SELECT * FROM {table['name']}"))
                yield from re.findall(r"\b[0-9a-f]{64}\b", json.dumps(rows, default=str))

    return workspace.database.read(lambda tx: set(read(tx)))


def blobs_of(manifest: Any) -> Iterator[str]:
    """Return the digests under `blob` and `files`, at any depth."""
    for key, value in manifest.items():
        if key == "blob":
            yield value
        elif key == "files":
            yield from value.values()
        elif isinstance(value, dict):
            yield from blobs_of(value)
