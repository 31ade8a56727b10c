"""The verbs of monitoring: evaluate what is due, say what is due next, read back what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, Event, NotFoundError, iso, not_found
from tidemill.feedback import Arrivals, Feedback, Late, LoggedRows, Looked
from tidemill.monitoring import _repository as rows
from tidemill.monitoring._repository import Latest
from tidemill.monitoring.evaluation import Reach, WindowEvaluation
from tidemill.monitoring.known_versions import KnownVersions
from tidemill.monitoring.monitor import Drift, Monitor, Performance
from tidemill.monitoring.records import WindowRecord
from tidemill.monitoring.watermark import watermark
from tidemill.monitoring.windows import MOST_EMPTY, Window, count_due, due, first_window, worth_opening
from tidemill.registry import Registry
from tidemill.storage.records import Database, Transaction

_MONITORS = (Drift.kind, Performance.kind)
_LatestOf = dict[str, Latest]


class Monitoring:
    """Windows of event time and what the monitors found in them. Thread-safe, and several processes may evaluate."""

    def __init__(
        self, database: Database, logged: LoggedRows, feedback: Feedback, registry: Registry, clock: Clock
    ) -> None:
        self._database = database
        self._logged = logged
        self._clock = clock
        self._arrivals = Arrivals(database, logged)
        self._evaluation = WindowEvaluation(logged, feedback, KnownVersions(registry))

    def evaluate(self, caller: Caller, endpoint: str, monitors: Sequence[Monitor]) -> list[WindowRecord]:
        """Evaluate every window that is due and was not evaluated yet, oldest first, and again those that got rows or
        labels since; return both. What was logged must have been read (`LoggedRows.catch_up`).

        Each window commits with its event, ``window.evaluated`` or ``window.revised``, in a transaction of its own.
        Needs editor. Raises DamagedError when logged rows or a package cannot be read.
        """
        require(caller, Role.EDITOR)
        reach = self._reach(caller.project, endpoint)
        if reach is None or not monitors:
            return []
        latest = self._database.read(lambda tx: rows.latest_of(tx, caller.project, endpoint))
        of = (caller.project, endpoint)
        late = self._arrivals.late(*of, _looked(latest)) if latest else self._arrivals.present(*of)
        waiting = self._due(of, monitors, reach, latest)
        if not waiting and late == Late():
            self._arrivals.settle(*of, late)
            return []
        first = self._database.read(lambda tx: rows.first_version(tx, caller.project, endpoint))
        found = self._revise(caller, endpoint, monitors, (reach, late, first))
        self._arrivals.settle(*of, late)
        for monitor, window in waiting:
            record = self._evaluation.evaluate(caller, endpoint, (monitor, window, first), reach)
            first = first or getattr(record.result, "first_version", "")
            if self._database.write(lambda tx, record=record: _store_new(tx, caller, record)):  # type: ignore[misc]
                found.append(record)
        return found

    def windows(
        self, caller: Caller, endpoint: str, monitor: str | None = None, limit: int = 100
    ) -> list[WindowRecord]:
        """Return an endpoint's windows, newest first, of one monitor or of all."""
        require(caller, Role.VIEWER)
        return self._database.read(lambda tx: rows.list_windows(tx, caller.project, endpoint, monitor, limit))

    def window(self, caller: Caller, endpoint: str, monitor: str, starts_at: datetime) -> WindowRecord:
        """Return what a monitor found in the window that starts at an instant. Raises NotFoundError."""
        require(caller, Role.VIEWER)
        if monitor not in _MONITORS:
            raise not_found("monitor", monitor, _MONITORS)

        def read(tx: Transaction) -> WindowRecord:
            found = rows.find_window(tx, caller.project, endpoint, (monitor, starts_at))
            if found is None:
                known = rows.list_windows(tx, caller.project, endpoint, monitor, 8)
                if not known:
                    raise NotFoundError(f"endpoint {endpoint!r} has no {monitor} window yet: none has been evaluated")
                kind = f"{monitor} window of endpoint {endpoint!r} that starts at"
                raise not_found(kind, iso(starts_at), [iso(each.starts_at) for each in known])
            return found

        return self._database.read(read)

    def watermark(self, caller: Caller, endpoint: str) -> datetime | None:
        """Return how far event time has come at an endpoint; None before its first prediction."""
        require(caller, Role.VIEWER)
        reach = self._reach(caller.project, endpoint)
        return reach.watermark if reach else None

    def next_due(self, caller: Caller, endpoint: str, monitors: Sequence[Monitor]) -> datetime | None:
        """Return the watermark from which a further window will be due; None before the first prediction."""
        require(caller, Role.VIEWER)
        reach = self._reach(caller.project, endpoint)
        if reach is None:
            return None
        latest = self._database.read(lambda tx: rows.latest_of(tx, caller.project, endpoint))
        return min((_first(each, reach, latest).ends_at + each.delay for each in monitors), default=None)

    def _reach(self, project: str, endpoint: str) -> Reach | None:
        now = self._clock.now()
        span = self._logged.span(project, endpoint)
        if span is None or span.last_event_at is None:
            return None
        return Reach(span.first_event_at, watermark(span.last_event_at, span.last_recorded_at, now), now)

    def _due(
        self, of: tuple[str, str], monitors: Sequence[Monitor], reach: Reach, latest: _LatestOf
    ) -> list[tuple[Monitor, Window]]:
        """Return what is due, in the order in which it became due; of a project's endpoint."""
        found: list[tuple[Monitor, Window]] = []
        for monitor in monitors:
            first = _first(monitor, reach, latest)
            n_due = count_due(first, reach.watermark, monitor.delay)
            if n_due > MOST_EMPTY:  # all event times are read, which is not for every look
                windows = worth_opening(first, n_due, self._logged.event_times(*of))
            else:
                windows = due(first, reach.watermark, monitor.delay)
            found += [(monitor, window) for window in windows]
        return sorted(found, key=lambda each: (each[1].ends_at + each[0].delay, each[0].name))

    def _revise(
        self,
        caller: Caller,
        endpoint: str,
        monitors: Sequence[Monitor],
        known: tuple[Reach, Late, str],
    ) -> list[WindowRecord]:
        """Evaluate again the windows that got rows or labels since; return those whose result has changed."""
        reach, late, first = known
        instants = [*late.rows, *late.labels]
        if not instants:
            return []
        stored = self._database.read(
            lambda tx: rows.covering(tx, caller.project, endpoint, (min(instants), max(instants)))
        )
        by_name = {monitor.name: monitor for monitor in monitors}
        revised = []
        for record in stored:
            monitor = by_name.get(record.monitor)
            if monitor is None or not _touched(record, late):
                continue
            window = Window(record.starts_at, record.ends_at)
            again = self._evaluation.evaluate(caller, endpoint, (monitor, window, first), reach)
            if _differs(again, record):
                revised.append(self._database.write(lambda tx, again=again: _store_again(tx, caller, again)))  # type: ignore[misc]
        return revised


def _looked(latest: _LatestOf) -> Looked:
    """Return up to where rows and labels were looked at, and when last; drift does not look at labels."""
    ends = [each.ends_at for each in latest.values()]
    of_labels = [each.ends_at for name, each in latest.items() if name != Drift.kind]
    at = max(each.evaluated_at for each in latest.values())
    return Looked(at, rows_before=max(ends), labels_before=max(of_labels, default=min(ends)))


def _touched(record: WindowRecord, late: Late) -> bool:
    instants = late.rows if record.monitor == Drift.kind else (*late.rows, *late.labels)
    return any(record.starts_at <= at < record.ends_at for at in instants)


def _first(monitor: Monitor, reach: Reach, latest: _LatestOf) -> Window:
    before = latest.get(monitor.name)
    return first_window(reach.first_event_at, reach.watermark, monitor.window, before.ends_at if before else None)


def _differs(one: WindowRecord, other: WindowRecord) -> bool:
    """Tell whether two evaluations of a window found something else. Drift does not depend on labels."""
    same = replace(one, watermark=other.watermark, evaluated_at=other.evaluated_at, n_revised=other.n_revised)
    return (replace(same, n_labelled=other.n_labelled) if one.monitor == Drift.kind else same) != other


def _store_new(tx: Transaction, caller: Caller, record: WindowRecord) -> bool:
    """Store a window; False when another process has evaluated it meanwhile."""
    place = (record.monitor, record.starts_at)
    if rows.find_window(tx, caller.project, record.endpoint, place) is not None:
        return False
    rows.put_window(tx, caller.project, record)
    tx.emit(caller.name, caller.project, Event("window.evaluated", record.endpoint, _told(record)))
    return True


def _store_again(tx: Transaction, caller: Caller, record: WindowRecord) -> WindowRecord:
    before = rows.find_window(tx, caller.project, record.endpoint, (record.monitor, record.starts_at))
    revised = replace(record, n_revised=before.n_revised + 1 if before else 1)
    rows.put_window(tx, caller.project, revised)
    tx.emit(caller.name, caller.project, Event("window.revised", record.endpoint, _told(revised)))
    return revised


def _told(record: WindowRecord) -> dict[str, object]:
    return {
        "endpoint": record.endpoint,
        "monitor": record.monitor,
        "starts_at": iso(record.starts_at),
        "ends_at": iso(record.ends_at),
        "verdict": record.verdict,
        "version": record.version,
        "whole": record.whole,
        **record.numbers,
    }
