"""Stores of MLflow, made by its own client once, and empty stores of ours to bring them to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.compat.mlflow_stores import written_by_hand
from tests.postgres import postgres
from tidemill.app import open_workspace
from tidemill.compat.mlflow_stores import MoveReport, import_store
from tidemill.core import load_settings
from tidemill.workspace import Workspace

__all__ = ["postgres"]

MAKE = Path(__file__).with_name("made_by_mlflow.py")
Opened = Callable[[], Workspace]


@dataclass(frozen=True)
class Arrived:
    """A store that a source was brought to: read, not written."""

    rooms: Workspace
    source: str
    report: MoveReport


@pytest.fixture(scope="session")
def mlflow_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder that the stock client logged to."""
    folder = tmp_path_factory.mktemp("their folder")
    _made(folder, f"file://{folder}/mlruns", "")
    return f"{folder}/mlruns"


@pytest.fixture(scope="session")
def mlflow_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that the stock client logged to."""
    folder = tmp_path_factory.mktemp("theirs")
    (folder / "mlruns").mkdir()
    _made(folder, f"sqlite:///{folder}/mlflow.db", f"{folder}/artifacts")
    return f"sqlite:///{folder}/mlflow.db"


@pytest.fixture(scope="session")
def arrived(mlflow_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arrived]:
    """The folder, brought to a store once."""
    folder = tmp_path_factory.mktemp("arrived")
    rooms = open_workspace(folder, load_settings(folder))
    yield Arrived(rooms, mlflow_folder, import_store(rooms, mlflow_folder))
    rooms.database.close()


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


def _made(folder: Path, uri: str, location: str) -> None:
    command = [sys.executable, "-W", "ignore", str(MAKE), uri, location]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-3000:]
