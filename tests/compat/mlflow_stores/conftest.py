"""Stores of MLflow, made by its own client once, and empty stores of ours to bring them to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.compat.mlflow_stores import written_by_hand
from tidemill.app import open_workspace
from tidemill.core import load_settings
from tidemill.workspace import Workspace

MAKE = Path(__file__).with_name("made_by_mlflow.py")
Opened = Callable[[], Workspace]


@pytest.fixture(scope="session")
def mlflow_stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A folder and a database with the same runs, by kind."""
    folder = tmp_path_factory.mktemp("theirs")
    given = [f"file://{folder}/mlruns", "", f"sqlite:///{folder}/mlflow.db", f"{folder}/artifacts"]
    made = subprocess.run(
        [sys.executable, "-W", "ignore", str(MAKE), *given], cwd=folder, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr[-3000:]
    return {"folder": f"{folder}/mlruns", "database": f"sqlite:///{folder}/mlflow.db"}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens an empty store at each call."""
    made: list[Workspace] = []

    def make() -> Workspace:
        folder = tmp_path / f"ours {len(made)}"
        folder.mkdir()
        made.append(open_workspace(folder, load_settings(folder)))
        return made[-1]

    yield make
    for each in made:
        each.database.close()


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    """An mlruns folder with three runs."""
    return written_by_hand.mlruns(tmp_path / "mlruns", n_runs=3)
