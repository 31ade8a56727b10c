"""What the world does at each midnight of the replay: outcomes come in, as files, as labels and as features.

A flight is predicted when it is scheduled. The raw file of a day is written at its end; a label is sent a day of event
time after its prediction, or when the plane has landed if that is later; the features of the day before go online.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from tidemill.access import Caller
from tidemill.cli.example import Flights
from tidemill.client import Client
from tidemill.data import Source
from tidemill.features import FeatureStore, view_rows
from tidemill.project import Project

_A_DAY = timedelta(days=1)
_MOST_LABELS = 5_000
_LABEL = "late"


class Outcomes:
    """The labels that are still to come, sent once they are due."""

    def __init__(self, client: Client, patiently: Callable[[Callable[[], Any]], Any]) -> None:
        self._client = client
        self._patiently = patiently
        self._waiting: list[pl.DataFrame] = []
        self.n_sent = 0

    def expect(self, prediction_ids: Sequence[str], flights: pl.DataFrame) -> None:
        """Remember predictions with the outcomes of their flights, which are not known yet."""
        outcomes = flights.select("scheduled_at", "landed_at", _LABEL)
        self._waiting.append(outcomes.with_columns(prediction_id=pl.Series(prediction_ids)).drop_nulls(_LABEL))

    def send_due(self, now: datetime) -> None:
        """Send the labels that are a day old by now and whose planes have landed."""
        if not self._waiting:
            return
        due = (pl.col("scheduled_at") + _A_DAY <= now) & (pl.col("landed_at") <= now)
        waiting = pl.concat(self._waiting)
        labels = waiting.filter(due).select("prediction_id", label=_LABEL, event_at="landed_at").to_dicts()
        self._waiting = [waiting.filter(~due)]
        for start in range(0, len(labels), _MOST_LABELS):
            batch = labels[start : start + _MOST_LABELS]
            self._patiently(partial(self._client.label, batch))
            self.n_sent += len(batch)


class Nights:
    """Writes each day's raw files and brings its features online, as known at the midnight after it.

    The views are computed once for the whole year: what a view says of an instant does not change with what happens
    later (a test holds the example to that), and each night brings only the rows of its own day online.
    """

    def __init__(self, flights: Flights, data: Path, project: Project, features: FeatureStore) -> None:
        self._flights = flights
        self._data = data
        self._features = features
        rows = {name: self._rows(source) for name, source in project.sources.items()}
        self._known = [(view, view_rows(view, rows[view.source.name])) for view in project.feature_views.values()]

    def pass_over(self, caller: Caller, midnight_of: date) -> None:
        """Close the day before a midnight."""
        yesterday = midnight_of - _A_DAY
        began, ended = self._flights.midnight(yesterday), self._flights.midnight(midnight_of)
        self._flights.write_day(self._data, yesterday)
        for view, known in self._known:
            fresh = known.filter(pl.col("event_at") > began, pl.col("event_at") <= ended)
            self._features.materialize_rows(caller, view, fresh, ended)

    def _rows(self, source: Source) -> pl.LazyFrame:
        raw = self._flights.all_raw(source.name).lazy()
        return source.clean(raw) if source.clean else raw
