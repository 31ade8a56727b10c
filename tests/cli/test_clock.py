"""`tidemill up` on a clock of one's own: domain time is the file's, while workers live in real time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.cli.running import eventually, up
from tests.small_project import write_project
from tidemill.core import StoredClock


def test_every_process_tells_the_time_of_the_clock_in_the_settings(tmp_path: Path) -> None:
    write_project(tmp_path)
    with (tmp_path / "tidemill.toml").open("a") as settings:
        settings.write('clock = "replay.clock"\n')
    clock = StoredClock(tmp_path / "replay.clock")
    clock.set(datetime(2013, 3, 1, 5, tzinfo=UTC))
    with up(tmp_path) as running, httpx.Client(base_url=running.ready["pages"]) as client:
        job = f"/api/jobs/{client.post('/api/runs', json={'release': True}).json()['job_id']}"
        eventually(lambda: client.get(job).json()["state"] == "done", "the run")  # while the clock stands
        events = client.get("/api/audit").json()["events"]
        assert {event["at"] for event in events} == {"2013-03-01T05:00:00.000000Z"}
        clock.set(datetime(2014, 6, 1, tzinfo=UTC))
        url = running.ready["predict"].replace("ENDPOINT", "late")
        rows = {"rows": [{"depot": "B", "weight": 3.0, "sent_at": None}]}
        eventually(lambda: httpx.post(url, json=rows).status_code == 200, "an answer")
        found = client.get("/api/endpoints/late/predictions").json()["predictions"]
        assert found[0]["recorded_at"].startswith("2014-06-01T00:00:00")


def test_a_clock_that_is_not_there_is_one_clean_line(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "tidemill.toml").write_text('module = "parcels.py"\nclock = "replay.clock"\n')
    for command in (["up"], ["plan", "lateness"]):
        done = subprocess.run(
            [sys.executable, "-m", "tidemill", *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: the clock")
        assert (done.stderr.count("\n"), "write an instant to it" in done.stderr) == (1, True)
