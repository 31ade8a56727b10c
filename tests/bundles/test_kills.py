"""kill -9 in the middle of storing, unpacking and deploying: what was acknowledged is there, and nothing is half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundles.conftest import ANN
from tests.bundles.victim import opened
from tidemill.bundles import UnpackedBundles, make_draft


@pytest.fixture
def victims(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The process that forks victims."""
    command = [sys.executable, "-m", "tests.bundles.victim", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    yield process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) == 0


def ask(victims: subprocess.Popen[str], line: str) -> None:
    assert victims.stdin is not None
    victims.stdin.write(f"{line}\n")
    victims.stdin.flush()


def hear(victims: subprocess.Popen[str]) -> str:
    assert victims.stdout is not None
    line = victims.stdout.readline().strip()
    assert line
    assert not line.startswith("failed"), line
    return line


def kill_one(victims: subprocess.Popen[str], start: int, chance: random.Random) -> str:
    """Let a victim work for a moment, kill it, and return the last bundle that it said to be deployed."""
    ask(victims, f"deploy {start}")
    pid, last = 0, ""
    while not (pid and last):
        line = hear(victims)
        if line.startswith("pids "):
            pid = int(line.split()[1])
        else:
            last = line
    time.sleep(chance.uniform(0, 0.12))
    os.kill(pid, signal.SIGKILL)
    while (line := hear(victims)) != "over":  # it is dead then
        last = line
    return last


def check(folder: Path, last: str) -> None:
    """Nothing is half: each record has its bytes, what is deployed is the last said or one later, and unpacks."""
    workspace = opened(folder)
    bundles = {each.digest: each for each in workspace.bundles.list(ANN, 1000)}
    for bundle in bundles.values():
        assert all(workspace.blobs.has(digest) for digest in bundle.manifest.blobs())
    history = workspace.bundles.deployments(ANN, "dev")
    assert [each.number for each in history] == list(range(len(history), 0, -1))
    assert last in [each.digest for each in history[:2]]
    unpacked = UnpackedBundles(workspace.blobs, workspace.home)
    place = unpacked.folder_of(bundles[history[0].digest])
    for file in bundles[history[0].digest].files:
        assert (place / file.path).stat().st_size == file.size
    workspace.database.close()


def kill_often(victims: subprocess.Popen[str], folder: Path, n_kills: int) -> None:
    chance = random.Random(5)
    for kill in range(n_kills):
        check(folder, kill_one(victims, kill * 1000, chance))
    workspace = opened(folder)
    unpacked = UnpackedBundles(workspace.blobs, workspace.home)
    bundle = workspace.bundles.get(ANN, "latest")
    unpacked.folder_of(bundle).rename(workspace.home / "bundles" / ".gone.part")
    unpacked.folder_of(bundle)
    assert not list((workspace.home / "bundles").glob(".*.part")), "what the killed left is swept"
    workspace.database.close()


def test_kills_leave_nothing_half(victims: subprocess.Popen[str], folder: Path) -> None:
    kill_often(victims, folder, 6)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_many_kills_leave_nothing_half(victims: subprocess.Popen[str], folder: Path) -> None:
    kill_often(victims, folder, 200)


def test_many_processes_unpack_a_bundle_at_once(victims: subprocess.Popen[str], folder: Path) -> None:
    workspace = opened(folder)
    bundle = workspace.bundles.store(ANN, make_draft(folder, workspace.settings))
    workspace.database.close()
    ask(victims, f"unpack {bundle.digest} 6")
    said = []
    while (line := hear(victims)) != "over":
        said.append(line)
    (place,) = {Path(line) for line in said if not line.startswith("pids ")}
    assert len(said) == 7
    assert all((place / file.path).read_bytes() == (folder / file.path).read_bytes() for file in bundle.files)
