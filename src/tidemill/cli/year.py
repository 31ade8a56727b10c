"""The year of flights as the replay needs it, prepared once by a process of its own: `python -m tidemill.cli.year`.

    raw/<source>/<day>.parquet   what the raw file of a day will hold
    asked/<day>.parquet          the requests of a day and what became of its flights, by scheduled departure
    known/<view>.parquet         all that a feature view ever says, by the instant from which it is known

The process that lives the year then holds no more than a day of it. What a view says of an instant does not change with
what happens later (a test holds the example to that), so it is computed once and brought online night by night.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from tidemill.cli.example import Flights, load_flights
from tidemill.core import Settings, TidemillError
from tidemill.data import Source
from tidemill.features import FeatureView, view_rows
from tidemill.project import Project, load_project

REQUEST = ["flight_id", "scheduled_at", "carrier", "origin", "dest", "distance", "hour", "weekday", "hour_at"]
OUTCOME = ["landed_at", "late"]


class Year:
    """Reads what was prepared."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def asked(self, day: date) -> pl.DataFrame:
        """Return a day's flights by scheduled departure: the request's columns, `landed_at` and `late`."""
        return pl.read_parquet(self._folder / "asked" / f"{day.isoformat()}.parquet")

    def known(self, view: FeatureView) -> pl.DataFrame:
        """Return what a view ever says, by the instant from which it is known."""
        return pl.read_parquet(self._folder / "known" / f"{view.name}.parquet")

    def bring_raw(self, day: date, data: Path) -> None:
        """Move the raw files of a day to where the project's sources look for them."""
        for source in (self._folder / "raw").iterdir():
            file = source / f"{day.isoformat()}.parquet"
            if file.exists():  # the weather ends two days before the flights
                target = data / source.name / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                file.replace(target)


def prepare(flights: Flights, project: Project, days: Sequence[date], folder: Path) -> None:
    """Write what a replay of some days needs into a folder."""
    for day in days:
        flights.write_day(folder / "raw", day)
    for view in project.feature_views.values():
        _write(
            view_rows(view, _clean(flights, view.source)).sort("event_at"), folder / "known" / f"{view.name}.parquet"
        )
    local_day = pl.date("year", "month", "day").alias("day")
    hour_at = pl.col("hour_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = _clean(flights, project.sources["flights"]).select(local_day, *REQUEST, *OUTCOME).with_columns(hour_at)
    by_day = asked.sort("scheduled_at").collect().partition_by("day", as_dict=True, include_key=False)
    for (day,), rows in by_day.items():
        if day in days:
            _write(rows, folder / "asked" / f"{day.isoformat()}.parquet")


def main(arguments: Sequence[str]) -> int:
    """Write the first two months of a project's data, say how many flights they hold, and prepare the days between
    two days. Returns the exit code."""
    folder, into, first, last = Path(arguments[0]), Path(arguments[1]), *map(date.fromisoformat, arguments[2:])
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    try:
        flights = load_flights(folder)
        sys.stdout.write(f"{flights.write_months(folder / 'data', [1, 2])}\n")
        sys.stdout.flush()
        prepare(flights, load_project(folder, Settings(module="flights.py")), days, into)
    except TidemillError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _clean(flights: Flights, source: Source) -> pl.LazyFrame:
    raw = flights.all_raw(source.name).lazy()
    return source.clean(raw) if source.clean else raw


def _write(rows: pl.DataFrame, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(file)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
