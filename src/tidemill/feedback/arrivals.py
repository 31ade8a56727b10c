"""What came late: rows and labels of a time that was already looked at."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from tidemill.core import from_iso, iso
from tidemill.feedback import _repository as repository
from tidemill.feedback._repository import Part, Place
from tidemill.feedback.logged import LoggedRows
from tidemill.storage.records import Database, Transaction

#: A row that was answered just before somebody looked may reach the log's reader just after.
ON_ITS_WAY = timedelta(hours=1)
#: Parts that got no row for so long before the last look are not looked at again.
_GROWS_NO_MORE = timedelta(days=7)

_PartKey = tuple[str, int]


@dataclass(frozen=True)
class _Seen:
    """What one process has seen of an endpoint: rows of each part, and labels up to an instant, `n_at_it` at it."""

    rows: dict[_PartKey, int] | None = None
    labels_until: str = ""
    n_at_it: int = 0


@dataclass(frozen=True)
class Late:
    """Event times of predictions: of rows that came late, and of those that got a label late.

    seen: for `Arrivals.settle`, once what is told here has been attended to.
    """

    rows: tuple[datetime, ...] = ()
    labels: tuple[datetime, ...] = ()
    seen: _Seen = field(default=_Seen(), compare=False)


class Looked(NamedTuple):
    """What was looked at already: when last, and rows and labels of predictions before which instants."""

    at: datetime
    rows_before: datetime
    labels_before: datetime


class Arrivals:
    """Tells what came late at an endpoint since it was last settled. Thread-safe.

    The first answer of a process reaches back an hour before the last look, and may so hold what was seen by it.
    """

    def __init__(self, database: Database, logged: LoggedRows) -> None:
        self._database = database
        self._logged = logged
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._lock = threading.Lock()

    def late(self, project: str, endpoint: str, looked: Looked) -> Late:
        """Return the event times of rows and labels that came since, of a time that was looked at.

        The same is told again until `settle` is called with it: what could not be attended to is not forgotten.
        """
        of = (project, endpoint)
        with self._lock:
            seen = self._seen.get(of, _Seen())
        parts, labels = self._database.read(
            lambda tx: (
                repository.parts_since(tx, project, endpoint, iso(looked.at - _GROWS_NO_MORE)),
                _late_labels(tx, of, looked, seen),
            )
        )
        times, until, n_at_it = labels
        rows = tuple(at for part in parts for at in self._late_rows(Place(*of, part.segment), part, looked, seen.rows))
        return Late(rows, times, _Seen({_key(part): part.n_rows for part in parts}, until, n_at_it))

    def present(self, project: str, endpoint: str) -> Late:
        """Return what is there, nothing of it late: for `settle`, when no window was looked at before."""
        parts, (until, n_at_it) = self._database.read(
            lambda tx: (
                repository.parts_since(tx, project, endpoint, ""),
                repository.newest_labels(tx, project, endpoint, ""),
            )
        )
        return Late(seen=_Seen({_key(part): part.n_rows for part in parts}, until, n_at_it))

    def settle(self, project: str, endpoint: str, late: Late) -> None:
        """Tell no more what was told here."""
        with self._lock:
            self._seen[project, endpoint] = late.seen

    def _late_rows(self, place: Place, part: Part, looked: Looked, seen: dict[_PartKey, int] | None) -> list[datetime]:
        n_seen = 0 if seen is None else seen.get(_key(part), 0)
        if part.n_rows <= n_seen or part.first_event_at is None or from_iso(part.first_event_at) >= looked.rows_before:
            return []
        late = pl.col("event_at") < looked.rows_before
        if seen is None:  # of what was there before this process looked, what was recorded tells
            since = looked.at - ON_ITS_WAY
            if part.last_recorded_at is None or from_iso(part.last_recorded_at) < since:
                return []
            late &= pl.col("recorded_at") >= since
        found: list[datetime] = self._logged.rows_of(place, part)[n_seen:].filter(late)["event_at"].to_list()
        return found


def _key(part: Part) -> _PartKey:
    return part.segment, part.start


def _late_labels(
    tx: Transaction, of: tuple[str, str], looked: Looked, seen: _Seen
) -> tuple[tuple[datetime, ...], str, int]:
    """Return the event times of predictions that got a label late, and the newest label's time and number."""
    since = seen.labels_until or iso(looked.at - ON_ITS_WAY)
    newest, n_at_it = repository.newest_labels(tx, *of, since)
    if not newest or (newest, n_at_it) == (seen.labels_until, seen.n_at_it):
        return (), seen.labels_until, seen.n_at_it
    times = tuple(map(from_iso, repository.labelled_since(tx, *of, since, iso(looked.labels_before))))
    return times, newest, n_at_it
