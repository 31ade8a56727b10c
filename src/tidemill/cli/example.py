"""Where the flights example is, installed or in a checkout, and the data that it reads."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, cast

import polars as pl

from tidemill.core import UnavailableError


class Flights(Protocol):
    """The year of flights as the example's ``unpack.py`` gives it."""

    def write_months(self, folder: Path, months: list[int]) -> int:
        """Write months as raw files and return the number of flights."""
        ...

    def write_day(self, folder: Path, day: date) -> int:
        """Write the flights of one day, and the weather of the next, as raw files."""
        ...

    def day(self, day: date) -> pl.DataFrame:
        """Return the raw flights of one day."""
        ...

    def raw(self, source: str, day: date) -> pl.DataFrame:
        """Return what a source's raw file of one day holds."""
        ...

    def all_raw(self, source: str) -> pl.DataFrame:
        """Return the whole year of a source."""
        ...

    def midnight(self, day: date) -> datetime:
        """Return the instant at which a day begins in New York."""
        ...


def example_folder() -> Path:
    """Return the folder of the flights example. Raises UnavailableError when the installation lacks it."""
    package = Path(__file__).parents[1]
    for folder in (package / "_examples" / "flights", package.parents[1] / "examples" / "flights"):
        if (folder / "flights.py").is_file():
            return folder
    raise UnavailableError("this installation lacks the flights example; install tidemill anew")


def load_flights(folder: Path) -> Flights:
    """Return the year of flights, by the ``unpack.py`` of a project's folder.

    Raises UnavailableError when the data package is not installed.
    """
    name = "tidemill_flights_unpack"
    spec = importlib.util.spec_from_file_location(name, folder / "unpack.py")
    if spec is None or spec.loader is None or not (folder / "unpack.py").is_file():
        raise UnavailableError(f"{folder} has no unpack.py; start a project with 'tidemill init'")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return cast("Flights", module.Flights2013())
