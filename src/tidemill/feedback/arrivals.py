"""What came late: rows and labels of a time that was already looked at."""

from __future__ import annotations

import threading
from collections.abc import Sequence
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


class Late(NamedTuple):
    """Event times of predictions: of rows that came late, and of those that got a label late."""

    rows: tuple[datetime, ...] = ()
    labels: tuple[datetime, ...] = ()


class Looked(NamedTuple):
    """What was looked at already: when last, and rows and labels of predictions before which instants."""

    at: datetime
    rows_before: datetime
    labels_before: datetime


@dataclass
class _Seen:
    """What one process has seen of an endpoint: rows of each part, and labels up to an instant, `n_at_it` at it."""

    rows: dict[tuple[str, int], int] = field(default_factory=dict)
    labels_until: str = ""
    n_at_it: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Arrivals:
    """Tells what came late at an endpoint since it was last asked. Thread-safe.

    The first answer of a process reaches back an hour before the last look, and may so hold what was seen by it.
    """

    def __init__(self, database: Database, logged: LoggedRows) -> None:
        self._database = database
        self._logged = logged
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._lock = threading.Lock()

    def late(self, project: str, endpoint: str, looked: Looked) -> Late:
        """Return the event times of rows and labels that came since, of a time that was looked at."""
        with self._lock:
            seen = self._seen.setdefault((project, endpoint), _Seen())
        with seen.lock:
            parts, labels = self._database.read(
                lambda tx: (
                    repository.parts_since(tx, project, endpoint, iso(looked.at - ON_ITS_WAY)),
                    _late_labels(tx, (project, endpoint), looked, seen),
                )
            )
            return Late(self._late_rows((project, endpoint), parts, looked, seen), labels)

    def _late_rows(
        self, of: tuple[str, str], parts: Sequence[Part], looked: Looked, seen: _Seen
    ) -> tuple[datetime, ...]:
        found: list[datetime] = []
        for part in parts:
            key = (part.segment, part.start)
            n_seen = seen.rows.get(key, 0)
            if part.n_rows > n_seen and part.first_event_at is not None:
                seen.rows[key] = part.n_rows
                if from_iso(part.first_event_at) < looked.rows_before:
                    rows = self._logged.rows_of(Place(*of, part.segment), part)[n_seen:]
                    late = (pl.col("event_at") < looked.rows_before) & (pl.col("recorded_at") >= looked.at - ON_ITS_WAY)
                    found += rows.filter(late)["event_at"].to_list()
        return tuple(found)


def _late_labels(tx: Transaction, of: tuple[str, str], looked: Looked, seen: _Seen) -> tuple[datetime, ...]:
    since = seen.labels_until or iso(looked.at - ON_ITS_WAY)
    newest, n_at_it = repository.newest_labels(tx, *of, since)
    if not newest or (newest, n_at_it) == (seen.labels_until, seen.n_at_it):
        return ()
    seen.labels_until, seen.n_at_it = newest, n_at_it
    return tuple(map(from_iso, repository.labelled_since(tx, *of, since, iso(looked.labels_before))))
