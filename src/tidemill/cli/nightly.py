"""What the world does at each midnight of the replay: outcomes come in, as files, as labels and as features.

A flight is predicted when it is scheduled. The raw file of a day is written at its end; a label is sent a day of event
time after its prediction, or when the plane has landed if that is later; the features of the day before go online.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from tidemill.access import Caller
from tidemill.cli.year import OUTCOME, Year
from tidemill.client import Client
from tidemill.features import FeatureStore, FeatureView
from tidemill.storage.online_values import epoch_ms

_A_DAY = timedelta(days=1)
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
        outcomes = flights.select("scheduled_at", *OUTCOME)
        self._waiting.append(outcomes.with_columns(prediction_id=pl.Series(prediction_ids)).drop_nulls(_LABEL))

    def take_due(self, now: datetime) -> pl.DataFrame | None:
        """Return the labels that are a day old by now and whose planes have landed; the others go on waiting."""
        if not self._waiting:
            return None
        waiting = pl.concat(self._waiting)
        due = ((waiting["scheduled_at"] + _A_DAY) <= now) & (waiting["landed_at"] <= now)
        self._waiting = [waiting.filter(~due)]
        return waiting.filter(due)

    def send(self, due: pl.DataFrame | None) -> None:
        """Send labels to the server."""
        if due is not None and due.height:
            labels = due.select("prediction_id", label=_LABEL, event_at="landed_at").to_dicts()
            self._patiently(partial(self._client.label, labels))
            self.n_sent += len(labels)


class Nights:
    """Brings each day's raw files, and its features online, as known at the midnight after it."""

    def __init__(self, year: Year, data: Path, views: Iterable[FeatureView], features: FeatureStore) -> None:
        self._year = year
        self._data = data
        self._features = features
        self._known = [(view, rows, _instants(rows)) for view, rows in ((each, year.known(each)) for each in views)]

    def pass_over(self, caller: Caller, yesterday: date, between: tuple[datetime, datetime]) -> None:
        """Close a day. between: the midnights at which it began and ended."""
        self._year.bring_raw(yesterday, self._data)
        fresh = []
        for view, rows, instants in self._known:
            first, end = (instants.search_sorted(epoch_ms(at), side="right") for at in between)
            fresh.append((view, rows[first:end]))
        self._features.materialize_all(caller, fresh, between[1])


def _instants(rows: pl.DataFrame) -> pl.Series:
    """Return from when each row is known, in milliseconds since 1970."""
    return rows["event_at"].dt.epoch("ms")
