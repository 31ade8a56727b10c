"""What the server mends when it starts: snapshots and runs that a crash left behind."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

from tests.server.test_process import get, running, wait_healthy
from tests.small_project import ANN, release, write_project
from tidemill.tracking import NewRun

_WITHIN_S = 30


def test_a_lost_snapshot_is_written_again_and_a_dead_run_settled(tmp_path: Path, free_port: int) -> None:
    write_project(tmp_path)
    workspace, _ = release(tmp_path)
    run = workspace.tracking.start_run(ANN, NewRun("lateness", "lateness"))
    (workspace.home / "runs" / f"{run.id}.lock").unlink()
    pointer = workspace.home / "serving" / "default" / "late" / "current"
    before = pointer.read_text()
    pointer.unlink()
    with running("tidemill.server", tmp_path, "--port", str(free_port)) as process:
        wait_healthy(free_port, process)
        deadline = time.monotonic() + _WITHIN_S
        while not pointer.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert pointer.read_text() == before
        assert workspace.tracking.get_run(ANN, run.id).run.status == "killed"
    workspace.database.close()


def test_a_damaged_blob_is_one_line_and_the_server_goes_on(tmp_path: Path, free_port: int) -> None:
    write_project(tmp_path)
    workspace, released = release(tmp_path)
    version = released.releases[0].version
    assert version is not None
    for digest in version.files.values():
        (workspace.home / "blobs" / digest[:2] / digest[2:]).unlink()
    (workspace.home / "serving" / "default" / "late" / "current").unlink()
    workspace.database.close()
    with running("tidemill.server", tmp_path, "--port", str(free_port)) as process:
        wait_healthy(free_port, process)
        assert get(free_port)[0] == 200
        process.terminate()
        err = process.communicate(timeout=_WITHIN_S)[1].splitlines()
    assert [line for line in err if "an endpoint's snapshot could not be written: " in line]
    assert len(err) == 2


def test_a_name_that_is_allowed_on_the_command_line_is_answered(tmp_path: Path, free_port: int) -> None:
    names = ["--allow-host", "mill.example", "--allow-host", "tide.example"]
    with running("tidemill.server", tmp_path, "--port", str(free_port), *names) as process:
        wait_healthy(free_port, process)
        for name, status in {"mill.example": 200, "tide.example": 200, "other.example": 403}.items():
            connection = http.client.HTTPConnection("127.0.0.1", free_port, timeout=_WITHIN_S)
            connection.request("GET", "/health", headers={"Host": name, "Connection": "close"})
            with connection.getresponse() as response:
                assert (response.status, bool(response.read())) == (status, True)
            connection.close()
