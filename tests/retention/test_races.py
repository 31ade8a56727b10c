"""A collector beside uploads and promotions, in processes that are killed: no record ever points at nothing."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from tests.small_project import ANN
from tidemill.app import open_workspace
from tidemill.core import Settings
from tidemill.retention import referenced_blobs
from tidemill.storage import LocalBlobs
from tidemill.storage.blobs.port import all_blobs
from tidemill.workspace import Workspace

ROOT = Path(__file__).parents[2]


class Program:
    """A process of a module, and the whole lines that it has said; the last may be torn by a kill."""

    def __init__(self, module: str, *arguments: object) -> None:
        command = [sys.executable, "-m", f"tests.retention.{module}", *map(str, arguments)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.lines += []
        for line in self._process.stdout:
            if line.endswith("\n"):
                self.lines.append(line.strip())

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_for_lines(self, n_lines: int, seconds: float = 900) -> None:
        """Wait until it has said so many lines, or has ended."""
        deadline = time.monotonic() + seconds
        while len(self.lines) < n_lines and self.running:
            assert time.monotonic() < deadline, f"{n_lines} lines were not said in {seconds} s"
            time.sleep(0.01)

    def end(self) -> int:
        """Kill it if it runs; return its exit code."""
        self._process.kill()
        code = self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


LONG = (pytest.mark.long, pytest.mark.timeout(14_400))


@pytest.mark.parametrize(
    ("place", "n_uploads", "n_kills"),
    [
        ("folder", 150, 2),
        pytest.param("bucket", 60, 2, marks=pytest.mark.long),
        pytest.param("folder", 10_000, 100, marks=LONG),
        pytest.param("bucket", 10_000, 100, marks=LONG),
    ],
)
def test_no_upload_or_promotion_loses_its_bytes_beside_a_collector_that_is_killed(
    tmp_path: Path, place: str, n_uploads: int, n_kills: int, request: pytest.FixtureRequest
) -> None:
    blobs = (request.getfixturevalue("s3_url"),) if place == "bucket" else ()
    settings = Settings(home=tmp_path, blobs="".join(blobs))
    open_workspace(tmp_path, settings).database.close()
    chance = random.Random(20131103)
    said: list[str] = []
    n_collections = n_killed = n_deleted = 0
    least_deleted = min(10, n_uploads // 30 - 1)
    seed = 1
    uploads: list[Program] = []
    collector = Program("collecting", tmp_path, *blobs)
    try:
        while len(said) < n_uploads:
            uploads = [Program("uploading", tmp_path, seed + each, n_uploads, *blobs) for each in range(2)]
            seed += 2
            for each in (*uploads, collector):
                each.wait_for_lines(2)
            share = n_uploads // (n_kills // 2)
            while sum(len(each.lines) - 1 for each in uploads) < min(share, n_uploads - len(said)):
                time.sleep(chance.uniform(0.05, 0.3))
                assert all(each.running for each in uploads), "an upload failed"
                if chance.random() < 0.3 and n_killed < n_kills:
                    assert collector.running, "the collector failed"
                    collector.end()
                    n_collections += len(collector.lines) - 1
                    n_deleted += deleted_by(collector)
                    collector = Program("collecting", tmp_path, *blobs)
                    n_killed += 1
            for each in uploads:  # killed too: their blobs are left without a record, their marks without a process
                each.end()
                said += each.lines[1:]
                n_killed += 1
        collector.wait_for_lines(3)
        deadline = time.monotonic() + 60
        while n_deleted + deleted_by(collector) <= least_deleted and collector.running:
            assert time.monotonic() < deadline, "the collector had nothing to do"
            time.sleep(0.05)
    finally:
        for each in (*uploads, collector):
            each.end()
        n_collections += len(collector.lines) - 1
        n_deleted += deleted_by(collector)
    workspace = open_workspace(tmp_path, settings)
    print(f"{place}: {len(said):,} uploads, {n_collections} collections, {n_killed} kills, {n_deleted:,} blobs deleted")
    assert len(said) >= n_uploads
    assert n_collections > (1 if n_kills < 4 else 3)
    assert n_deleted > least_deleted, "the collector had nothing to do"
    everything_named_is_there(workspace)
    promoted_versions_are_whole(workspace, said)
    nothing_is_left_over(workspace)
    workspace.database.close()


def deleted_by(collector: Program) -> int:
    """Return how many blobs a collector says that it has deleted."""
    return sum(int(line.split()[1]) for line in collector.lines[1:])


def everything_named_is_there(workspace: Workspace) -> None:
    """No record points at nothing: the bytes are read and checked."""
    named = workspace.database.read(lambda tx: {digest for digest, _ in referenced_blobs(tx)})
    assert named
    for digest in named:
        assert workspace.blobs.get(digest)


def promoted_versions_are_whole(workspace: Workspace, said: list[str]) -> None:
    """What was acknowledged as promoted is there with its files."""
    promoted = [found for found in map(json.loads, said) if found["promoted"]]
    assert promoted
    for found in promoted:
        version = workspace.registry.get(ANN, found["version"])
        assert {workspace.blobs.get(digest) for digest in version.files.values()}


def nothing_is_left_over(workspace: Workspace) -> None:
    """Once nobody is in flight, what is stored is what is named."""
    time.sleep(0.05)
    workspace.collector.collect(ANN, timedelta(0))
    workspace.collector.collect(ANN, timedelta(0))
    named = workspace.database.read(lambda tx: {digest for digest, _ in referenced_blobs(tx)})
    stored = {blob.digest for blob in all_blobs(workspace.blobs)}  # a list alone is a page of a thousand
    assert not named - stored, f"{len(named - stored)} of {len(named)} blobs that records name are lost"
    assert not stored - named, f"{len(stored - named)} blobs are left over that no record names"
    everything_named_is_there(workspace)
    if isinstance(workspace.blobs, LocalBlobs):
        assert not list(workspace.blobs.aside.list())
