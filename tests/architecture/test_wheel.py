"""The wheel holds what the code reads at run time: the example project, migrations, schema, templates, static files."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGE, ROOT

EXAMPLE = ROOT / "examples" / "flights"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_package_ships(shipped: set[str]) -> None:
    missing = _files_under(PACKAGE, "tidemill") - shipped
    assert not missing, sorted(missing)


def test_the_example_project_ships(shipped: set[str]) -> None:
    expected = _files_under(EXAMPLE, "tidemill/_examples/flights")
    assert expected, "examples/flights is empty"
    assert expected <= shipped, sorted(expected - shipped)


def test_nothing_else_ships(shipped: set[str]) -> None:
    strangers = {name for name in shipped if not name.startswith(("tidemill/", "tidemill-"))}
    assert not strangers


def _files_under(folder: Path, prefix: str) -> set[str]:
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {f"{prefix}/{name.as_posix()}" for name in names if "__pycache__" not in name.parts}
