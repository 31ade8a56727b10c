"""What is committed names no machine and no registry, and the locks hold nothing but versions and hashes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

#: Written in pieces, so that this file does not hold what it looks for.
HOSTS = tuple(
    "".join(pieces)
    for pieces in (("py", "pi.org"), ("python", "hosted.org"), ("npm", "js."), ("unpkg", ".com"), ("jsdelivr", ".net"))
)
MACHINE_PATHS = ("/" + "work/", "/" + "root/", "/tmp/" + "bash_jobs", "/" + "home/")
VERSION = r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==\S+( ; .+)? \\"
LOCK_LINE = re.compile(rf"#.*|{VERSION}|    --hash=sha256:[0-9a-f]{{64}}( \\)?")


def _tracked() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_registry_and_no_machine_is_named() -> None:
    wrong = []
    for path in _tracked():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        wrong += [f"{path.relative_to(ROOT)}: {mark}" for mark in (*HOSTS, *MACHINE_PATHS) if mark in text]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("lock", ["build", "demo", "dev"])
def test_a_lock_holds_only_versions_and_hashes(lock: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if not LOCK_LINE.fullmatch(line)]
    assert not wrong, wrong
    assert any(line.startswith("hatchling==") for line in lines), "the build backend is locked too"


def test_the_demo_lock_is_part_of_the_development_lock() -> None:
    demo, dev = (
        {line for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines() if "==" in line}
        for name in ("demo", "dev")
    )
    assert demo <= dev, f"run make lock: {sorted(demo - dev)}"
