"""Signals stop everything at once, at whatever moment they come."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.cli.running import eventually, free_ports

WITHIN_S = 15.0


def of_folder(folder: Path) -> list[int]:
    """Return the processes that were started for a folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(folder) in part for part in line):
            found.append(process.pid)
    return found


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command on a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "tidemill", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long), signal.SIGKILL])
def test_up_leaves_nobody_behind_whenever_it_is_stopped(tmp_path: Path, how: signal.Signals) -> None:
    delays = random.Random(how)
    for _ in range(5):
        process = started(tmp_path, "up", "--json", "--folder", str(tmp_path), "--port", str(free_ports()))
        time.sleep(delays.uniform(0.0, 1.2))
        process.send_signal(how)
        begun = time.monotonic()
        out, err = process.communicate(timeout=WITHIN_S)
        eventually(lambda: not of_folder(tmp_path), "the end of every child")
        assert time.monotonic() - begun < WITHIN_S
        # It says that it is ready, and then ends well; or it was stopped before, and claims nothing.
        if process.returncode == 0:
            assert '"ready"' in out
        elif process.returncode == 130:
            assert "interrupted" in err


def test_up_that_is_stopped_while_it_starts_does_not_claim_to_be_ready(tmp_path: Path) -> None:
    process = started(tmp_path, "up", "--folder", str(tmp_path), "--port", str(free_ports()))
    eventually(lambda: len(of_folder(tmp_path)) > 1, "the first child")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, out, err) == (130, "", "interrupted; run the same command again\n")


@pytest.mark.long
@pytest.mark.timeout(120)
def test_the_demo_stops_while_it_predicts(tmp_path: Path) -> None:
    process = started(tmp_path, "demo", "--home", str(tmp_path / "demo"))
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("~ 306 days"):
            break
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, err) == (130, "interrupted; run the same command again\n")
    assert time.monotonic() - begun < WITHIN_S
    assert of_folder(tmp_path) == []
