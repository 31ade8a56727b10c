"""A bad object store under load: nothing that was acknowledged is lost, and nothing in it is by half."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.acknowledgements import read_lines
from tests.faults.checker import Findings
from tests.faults.table import note_row
from tests.faults.test_sweep import expect_none
from tests.faults.trials import Outcome
from tests.object_store import FaultProxy
from tidemill.core import DamagedError, NotFoundError
from tidemill.storage import open_blobs
from tidemill.storage.blob_urls import objects_of
from tidemill.storage.blobs.port import all_blobs

ROOT = Path(__file__).parents[2]
LONG = (pytest.mark.long, pytest.mark.timeout(3600))
Note = Callable[[str, object], None]


@pytest.mark.parametrize(("n_bodies", "n_outages", "n_kills"), [(80, 1, 1), pytest.param(10_000, 12, 20, marks=LONG)])
def test_a_bad_bucket_loses_nothing(  # noqa: PLR0917 - how much, and what pytest brings
    n_bodies: int,
    n_outages: int,
    n_kills: int,
    tmp_path: Path,
    s3_url: str,
    s3_endpoint: str,
    seed: int,
    record_property: Note,
) -> None:
    with FaultProxy(s3_endpoint, share=0.07, seed=seed, slow_s=0.2) as proxy:
        _load(tmp_path, s3_url.replace(s3_endpoint, proxy.address), proxy, (n_bodies, n_outages, n_kills), seed)
    findings = _look(tmp_path, s3_url, n_bodies)
    counts = dict(proxy.faults)
    outcomes = [Outcome(kind, seed) for kind, count in counts.items() for _ in range(count)]
    outcomes[0].findings = findings
    note_row(record_property, "5xx, reset, cut, slow or absent bucket", outcomes)
    n_failed = sum(line.word == "failed" for line in read_lines(tmp_path / "acknowledged"))
    print(f"{n_bodies:,} bodies, {proxy.n_requests:,} requests, faults {counts}, {n_failed} calls told of it")
    expect_none(outcomes)
    assert len(counts) >= 5, "some kinds of fault never came"


def _load(folder: Path, url: str, proxy: FaultProxy, counts: tuple[int, int, int], seed: int) -> None:
    """Store through the proxy, which is absent for some seconds now and then; the writer is killed and begun anew."""
    n_bodies, n_outages, n_kills = counts
    deadline = time.monotonic() + 3000

    def written() -> int:
        return len({line.round for line in read_lines(folder / "acknowledged") if line.word == "done"})

    def begin(turn: int) -> subprocess.Popen[bytes]:
        (folder / "acknowledged").touch()
        arguments = [str(folder), url, str(seed + turn), str(n_bodies), "6"]
        return subprocess.Popen([sys.executable, "-m", "tests.faults.bucket_writer", *arguments], cwd=ROOT)

    def be_absent() -> None:
        proxy.down = True
        time.sleep(2.0)
        proxy.down = False

    for turn in range(n_kills + 1):
        writer = begin(turn)
        try:
            start = written() if turn == 0 else 0
            absent = threading.Thread(target=be_absent)
            wanted = max(8, n_bodies // (n_kills + 2))
            lines = len(read_lines(folder / "acknowledged"))
            while writer.poll() is None and time.monotonic() < deadline:
                come = len(read_lines(folder / "acknowledged")) - lines - start
                if come > wanted // 2 and turn < n_outages and absent.ident is None:
                    absent.start()
                if come > wanted and turn < n_kills:
                    writer.kill()
                time.sleep(0.05)
            if absent.ident is not None:
                absent.join()
            assert writer.poll() is not None, "the writer did not end in time"
            assert turn < n_kills or writer.returncode == 0
        finally:
            writer.kill()
            writer.wait()


def _look(folder: Path, url: str, n_bodies: int) -> Findings:
    """Hold the bucket against the record, past the proxy."""
    findings, blobs = Findings(), open_blobs(url, folder / "clean")
    lines = read_lines(folder / "acknowledged")
    done = {line.said["digest"]: line.said["size"] for line in lines if line.word == "done"}
    if len({line.round for line in lines if line.word == "done"}) < n_bodies:
        findings.trouble.append("some bodies were never acknowledged")
    findings.trouble += [str(line.said) for line in lines if line.word == "wrong"]
    for digest, size in done.items():
        try:
            if len(blobs.get(digest)) != size:
                findings.half.append(digest)
        except NotFoundError:
            findings.lost.append(digest)
        except DamagedError:
            findings.half.append(digest)
    for blob in all_blobs(blobs):  # also what was never acknowledged is whole
        if blob.digest not in done:
            try:
                blobs.get(blob.digest)
            except DamagedError:
                findings.half.append(blob.digest)
    objects = objects_of(open_blobs(url, folder / "clean", home=folder / "home"))
    assert objects is not None
    assert objects.home is not None
    objects.home.sweep(datetime.now(UTC) + timedelta(days=1))
    if objects.home.incoming(datetime.now(UTC) + timedelta(days=1)):
        findings.trouble.append("something that never became a blob cannot be removed")
    return findings
