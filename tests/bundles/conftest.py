"""A small project of pure functions, and an opened store for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tidemill.access import Caller, Role
from tidemill.app import open_workspace
from tidemill.core import load_settings
from tidemill.workspace import Workspace

ANN = Caller("ann", role=Role.ADMIN)
MODULE = '''
"""Says a word, and how many rows there are."""

import polars as pl

import tidemill as tm
from words.spoken import word


@tm.source(files="data/*.csv", key="id", event_time="at", checks=[])
def rows(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.with_columns(pl.col("at").str.to_datetime(time_zone="UTC"))


@tm.step
def say(rows, loud: bool) -> str:
    said = f"{word()} {rows.rows.collect().height}"
    return said.upper() if loud else said


@tm.pipeline
def speech(loud: bool = False):
    return say(rows, loud)
'''


def write_speech(folder: Path, word: str = "one") -> None:
    """Write a project whose pipeline says a word that a package beside its module knows."""
    (folder / "words").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "tidemill.toml").write_text('module = "speech.py"\n[environments.staging]\n[environments.prod]\n')
    (folder / "speech.py").write_text(MODULE)
    (folder / "words" / "__init__.py").write_text("")
    say_word(folder, word)
    (folder / "data" / "rows.csv").write_text("id,at\na,2026-01-01T00:00:00\nb,2026-01-02T00:00:00\n")


def say_word(folder: Path, word: str) -> None:
    """Change the code: the word that is said."""
    (folder / "words" / "spoken.py").write_text(f"def word():\n    return {word!r}\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project's folder."""
    place = tmp_path / "speech"
    write_speech(place)
    return place


@pytest.fixture
def workspace(folder: Path) -> Iterator[Workspace]:
    """The opened store of the project."""
    opened = open_workspace(folder, load_settings(folder, environ={}))
    yield opened
    opened.database.close()
