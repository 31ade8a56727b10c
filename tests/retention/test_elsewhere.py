"""Collecting with records in PostgreSQL, with blobs outside of the store's folder, and beside uploads."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.postgres import postgres, postgres_url
from tests.retention.test_retention import START, run_of, version_of
from tests.retention.test_whole_loop import age_everything
from tests.server.running import server
from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.client import Client
from tidemill.core import ManualClock, Settings
from tidemill.retention.collector import NOT_COLLECTED

__all__ = ["postgres", "postgres_url"]

NOW = timedelta(0)


def test_what_was_uploaded_stays(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / "home"))
    (tmp_path / "file").write_bytes(b"uploaded")
    with server(workspace) as address, Client(address) as client:
        digest = client.upload(tmp_path / "file")
        workspace.blobs.put(b"named by nothing")
        age_everything(workspace)
        blobs = workspace.collector.collect(ANN, NOW).blobs
        assert (blobs.deleted.n_blobs, blobs.kept["uploads"].n_blobs) == (1, 1)
        client.download(digest, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == b"uploaded"
    workspace.database.close()


def test_records_in_postgresql_say_what_is_kept(tmp_path: Path, postgres_url: str) -> None:
    settings = Settings(home=tmp_path / "home", records=postgres_url, retention=(("models", "last 1"), ("runs", "10d")))
    clock = ManualClock(START)
    workspace = open_workspace(tmp_path, settings, clock)
    versions = [version_of(workspace, run_of(workspace, 0.5)) for _ in range(3)]
    clock.advance(timedelta(days=30))
    age_everything(workspace)
    done = workspace.collector.collect(ANN, NOW)
    assert {line.kind: len(line.ids) for line in done.retention} == {"models": 2, "runs": 2}
    assert done.blobs.deleted.n_blobs == 4
    assert len(workspace.blobs.list()) == 2
    assert all(workspace.blobs.get(digest) for digest in versions[-1].files.values())
    workspace.database.close()


def test_blobs_in_a_folder_elsewhere_stay_and_it_is_said(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, Settings(home=tmp_path / "home", blobs=str(tmp_path / "shared")))
    digest = workspace.blobs.put(b"perhaps another store's")
    done = workspace.collector.collect(ANN, NOW)
    assert done.not_collected == workspace.collector.plan(ANN).not_collected == NOT_COLLECTED
    assert workspace.blobs.get(digest)
    workspace.database.close()
