"""Outlines: what is seen of a long series from afar, kept, so that hundreds of curves are drawn without their points.

An outline is what `sampling` keeps of a whole series cut into 64 buckets (8 where it is not that long), with the bucket
of each point; any coarser cut is made of it exactly. It tells how often its series had been written when it was made:
one point more, and it is no longer used. They are made when somebody looks at a curve, and by the server when a run has
ended; nothing is lost with them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from tidemill.core import TidemillError
from tidemill.storage.followers import advance, catch_up, head, position_of, read_after
from tidemill.storage.records import Database, Transaction
from tidemill.tracking import _outline_rows as rows
from tidemill.tracking import _points as stored
from tidemill.tracking._points import Series, Steps
from tidemill.tracking.sampling import FINE, Extent, Points, Sample, coarser, sample_parts

#: Shorter series are read whole as fast.
LEAST_OUTLINED = 100
_LONG = 640
_FEW_BUCKETS = 8
_FOLLOWER = "outlines"
_ENDED = ("run.finished", "run.failed", "run.killed", "run.arrived")
_AT_ONCE = 20
_EVERY_S = 2.0
Say = Callable[[str], None]


def outline_of(parts: Iterable[Points], extent: Extent) -> Sample:
    """Return the outline of a series that comes in parts."""
    return kept_of(sample_parts(parts, extent, FINE), extent.n_points)


def kept_of(sample: Sample, n_points: int) -> Sample:
    """Return that part of a finest sample which is kept of a series of so many points."""
    return sample if n_points > _LONG else coarser(sample, _FEW_BUCKETS)


def keep(database: Database, made: Sequence[rows.Outline]) -> None:
    """Store outlines. A store that takes no writes goes without."""
    if made:
        with suppress(TidemillError):
            database.write(lambda tx: rows.put(tx, made))


def make_outlines(database: Database, project: str, run_ids: Sequence[str]) -> int:
    """Make the outlines that long series of some runs lack; return how many were made."""

    def make(tx: Transaction) -> list[rows.Outline]:
        series = stored.series_of_runs(tx, project, run_ids)
        known = rows.read(tx, series)
        lacking = [each for each in series if each.number not in known]
        extents = stored.extents(tx, lacking, Steps())
        long = [each for each in lacking if each.number in extents and extents[each.number].n_points > LEAST_OUTLINED]
        return [_made(tx, each, extents[each.number]) for each in long]

    made = database.read(make)
    keep(database, made)
    return len(made)


def _made(tx: Transaction, series: Series, extent: Extent) -> rows.Outline:
    sample = outline_of(stored.read_parts(tx, series.number, Steps()), extent)
    return rows.Outline(series.number, series.writes, extent.n_points, sample)


def follow_ended(database: Database, project: str, stop: threading.Event | None = None) -> int:
    """Make the outlines of runs that have ended since the last time; return how many were made."""
    catch_up(database)
    n_made = 0
    while not (stop is not None and stop.is_set()):
        events, last = database.read(lambda tx: (read_after(tx, project, _FOLLOWER, _ENDED, _AT_ONCE), head(tx)))
        began = time.monotonic()
        n_made += make_outlines(database, project, list({each.subject for each in events})) if events else 0
        reached = (events[-1].position or 0) if len(events) == _AT_ONCE else last
        database.write(lambda tx, to=reached: advance(tx, project, _FOLLOWER, to))  # type: ignore[misc]
        if len(events) < _AT_ONCE:
            break
        if stop is not None:  # others have requests to answer meanwhile
            stop.wait(3 * (time.monotonic() - began))
    return n_made


class OutlineMaker:
    """A thread that makes the outlines of runs that have ended, until it is stopped."""

    def __init__(self, database: Database, project: str, say: Say, every_s: float = _EVERY_S) -> None:
        self._database, self._project, self._say, self._every_s = database, project, say, every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outlines", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Make no more."""
        self._stop.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        failed = False
        while not self._stop.wait(self._every_s):
            try:
                if self._database.read(lambda tx: head(tx) > position_of(tx, self._project, _FOLLOWER)):
                    follow_ended(self._database, self._project, self._stop)
                failed = False
            except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, it is told once and tried again
                if not failed and not self._stop.is_set():
                    self._say(f"outlines wait: {type(error).__name__}: {error}")
                failed = True
