"""The fixture `tidemill_project`, which pytest finds where Tidemill is installed. It is light until it is used."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the three lines of pytest's configuration that say which project is opened, and how much of its data."""
    parser.addini("tidemill_folder", "folder of the Tidemill project, relative to pytest's root", default=".")
    parser.addini("tidemill_sample", "share of the rows that tidemill_project runs on, such as 0.1", default="")
    parser.addini("tidemill_rows", "about how many rows it runs on, instead of a share", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of the suites in `tidemill.testing` that take minutes."""
    config.addinivalue_line("markers", "long: minutes, not seconds")


@pytest.fixture
def tidemill_project(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The project on sampled data in a temporary store: `tidemill.testing.project` with what the configuration says."""
    config = request.config
    share, rows = config.getini("tidemill_sample"), config.getini("tidemill_rows")
    rehearsal = import_module("tidemill.rehearsal")
    asked = {"sample": float(share) if share else None, "rows": int(rows) if rows else None}
    with rehearsal.project(config.rootpath / config.getini("tidemill_folder"), **asked) as opened:
        yield opened
