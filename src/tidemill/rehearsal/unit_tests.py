"""The project's own tests, run by pytest in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

from tidemill.rehearsal.examination import FailedError, SkippedError
from tidemill.rehearsal.rehearsal import DATA_FOLDER

_NO_TESTS = 5
_WITHIN_S = 1800
#: Settings that may name a store elsewhere in tidemill.toml; empty, they do not.
_ELSEWHERE = ("TIDEMILL_RECORDS", "TIDEMILL_BLOBS", "TIDEMILL_TABLES", "TIDEMILL_ONLINE")


def run_unit_tests(folder: Path, place: Path, data: Path) -> str:
    """Run a folder's tests and say how many passed. Raises FailedError, and SkippedError when there is none.

    data: the folder below which `tidemill.testing.project` finds the data of sources.
    """
    if not any(True for pattern in ("test_*.py", "*_test.py") for _ in folder.rglob(pattern)):
        raise SkippedError("the project has no tests; pytest finds files named test_*.py")
    if find_spec("pytest") is None:
        raise SkippedError("pytest is not installed here: pip install pytest")
    written = place / "unit.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", str(written)]
    environ = _without_places() | {
        "TIDEMILL_HOME": str(place / "unit-store"),
        DATA_FOLDER: str(data),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        done = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, timeout=_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"the tests took longer than {_WITHIN_S // 60} minutes") from error
    if done.returncode == _NO_TESTS:
        raise SkippedError("pytest found no tests")
    details = (done.stdout + done.stderr)[-20_000:]
    if not written.is_file():
        raise FailedError(f"pytest ended with {done.returncode} before it ran a test", details)
    n_tests, wrong = _read(written)
    if done.returncode or wrong:
        named = ", ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        raise FailedError(
            f"{len(wrong)} of {n_tests} tests failed: {named or f'pytest ended with {done.returncode}'}", details
        )
    return f"{n_tests} tests passed"


def _without_places() -> dict[str, str]:
    """Return this process's environment, but for what would lead a test to the user's store."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDEMILL_", "OPENLINEAGE_"))}
    return kept | dict.fromkeys(_ELSEWHERE, "")


def _read(file: Path) -> tuple[int, list[str]]:
    root = ET.parse(file).getroot()  # noqa: S314 - written by the pytest that has just run here
    cases = list(root.iter("testcase"))
    wrong = [
        case.get("name", "?") for case in cases if case.find("failure") is not None or case.find("error") is not None
    ]
    return len(cases), wrong
