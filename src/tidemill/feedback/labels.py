"""Labels: what turned out true, recorded by prediction id, and joined with what was predicted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from tidemill.access import Caller, Role, require
from tidemill.core import Clock, Event, UsageError, are_ids, is_id, iso, new_ids
from tidemill.feedback import _repository as repository
from tidemill.feedback.classification import Given, Known, Sorted, classify
from tidemill.feedback.logged import LoggedRows
from tidemill.feedback.records import UNKNOWN, Coverage, LabelSummary, NewLabel, QuarantinedLabel, Recorded, Refused
from tidemill.storage.records import Database, Transaction

MOST_LABELS = 10_000
_MOST_SHOWN = 1000
_EXAMPLES = 5
_SPELLING = "%Y-%m-%dT%H:%M:%S%.fZ"
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_WEEK = timedelta(days=7)


class Feedback:
    """The labels of the caller's project. Thread-safe."""

    def __init__(self, database: Database, logged: LoggedRows, clock: Clock) -> None:
        self._database = database
        self._logged = logged
        self._clock = clock

    def record(self, caller: Caller, labels: Sequence[NewLabel], *, correct: bool = False) -> Recorded:
        """Record a batch of labels, all in one transaction; sending it again changes nothing.

        What cannot count waits in quarantine with its reason: an unknown prediction (until it appears in the log), a
        value other than the one given before (unless `correct`, which replaces it), an event time before the
        prediction's or in the future.

        Raises ForbiddenError below labeller; UsageError for more than 10,000 labels, or one that is no label at all.
        """
        require(caller, Role.LABELLER)
        if len(labels) > MOST_LABELS:
            raise UsageError(
                f"{len(labels):,} labels in one batch; at most {MOST_LABELS:,} are allowed, so send several"
            )
        given = _checked(labels)
        if not given:
            return Recorded()
        ids = {each.prediction_id for each in given}

        def known(tx: Transaction) -> dict[str, Known]:
            return repository.known_predictions(tx, caller.project, ids)

        def write(tx: Transaction, *, last: bool) -> Recorded | None:
            found = known(tx)
            if len(found) < len(ids) and not last:
                return None
            return _write(tx, caller, classify(given, found, tx.now, correct=correct))

        recorded = self._database.write(lambda tx: write(tx, last=False))
        if recorded is None:
            self._logged.catch_up_all(caller.project)
            recorded = self._database.write(lambda tx: write(tx, last=True))
        return recorded or Recorded()

    def labelled(
        self, project: str, endpoint: str, start: datetime, end: datetime, as_of: datetime | None = None
    ) -> pl.DataFrame:
        """Return `LoggedRows.frame` with two more columns: `label` (null when there is none) and `label_at`.

        as_of: with the labels that were recorded by then.
        """
        frame = self._logged.frame(project, endpoint, start, end)
        within, by = (iso(start), iso(end)), iso(as_of) if as_of is not None else None
        rows = self._database.read(lambda tx: repository.labels_between(tx, project, endpoint, within, by))
        joined = frame.join(_present(rows), on="prediction_id", how="left", maintain_order="left")
        return joined.with_columns(pl.col("label_at").str.to_datetime(_SPELLING, time_unit="us", time_zone="UTC"))

    def count_labelled(self, project: str, endpoint: str, start: datetime, end: datetime) -> int:
        """Return how many predictions with an event time in [start, end) have a label, without reading them."""
        within = (iso(start), iso(end))
        return self._database.read(lambda tx: repository.count_labelled(tx, project, endpoint, within))

    def quarantine(self, caller: Caller, endpoint: str | None = None, limit: int = 100) -> list[QuarantinedLabel]:
        """Return the labels that wait, newest first; with an endpoint its own and those of unknown predictions.

        Raises UsageError for a limit outside 1 to 1000.
        """
        require(caller, Role.VIEWER)
        if not 1 <= limit <= _MOST_SHOWN:
            raise UsageError(f"a limit of {limit} labels is not served; ask for 1 to {_MOST_SHOWN}")
        return self._database.read(lambda tx: repository.list_quarantined(tx, caller.project, endpoint, limit))

    def count_quarantined(self, caller: Caller, endpoint: str) -> dict[str, int]:
        """Return how many labels wait, by reason: an endpoint's own, and those of unknown predictions."""
        require(caller, Role.VIEWER)
        own, n_unknown = self._database.read(lambda tx: repository.quarantine_counts(tx, caller.project, endpoint))
        return own | ({UNKNOWN: n_unknown} if n_unknown else {})

    def summary(self, caller: Caller, endpoint: str) -> LabelSummary:
        """Return counts of an endpoint's labels and the coverage of each week that has predictions."""
        require(caller, Role.VIEWER)
        self._logged.catch_up(caller.project, endpoint)
        project = caller.project
        by_day, (n_corrected, last), (waiting, n_unknown) = self._database.read(
            lambda tx: (
                repository.labelled_by_day(tx, project, endpoint),
                repository.label_extent(tx, project, endpoint),
                repository.quarantine_counts(tx, project, endpoint),
            )
        )
        coverage = _coverage(self._logged.event_times(project, endpoint), by_day)
        return LabelSummary(
            endpoint=endpoint,
            n_predictions=sum(week.n_predictions for week in coverage),
            n_labelled=sum(by_day.values()),
            n_corrected=n_corrected,
            quarantined=waiting,
            n_unknown=n_unknown,
            last_recorded_at=last,
            coverage=coverage,
        )


def _present(rows: Sequence[tuple[str, float, str]]) -> pl.DataFrame:
    """Return the last label of each prediction. Columns are made one by one, which takes a third of rows' time."""
    ids, labels, known_at = zip(*rows, strict=True) if rows else ((), (), ())
    frame = pl.DataFrame(
        {
            "prediction_id": pl.Series(ids, dtype=pl.String),
            "label": pl.Series(labels, dtype=pl.Float64),
            "label_at": pl.Series(known_at, dtype=pl.String),
        }
    )
    return frame.unique("prediction_id", keep="last") if len(set(ids)) < len(ids) else frame


def check_labels(labels: Iterable[NewLabel]) -> None:
    """Do nothing when each is a label. Raises UsageError naming the first that is none, counted from 0."""
    _checked(labels)


def _checked(labels: Iterable[NewLabel]) -> list[Given]:
    texts: dict[datetime | None, str | None] = {None: None}
    listed = list(labels)
    if not _all_well(listed):
        return [_given(number, label, texts) for number, label in enumerate(listed)]
    for number, label in enumerate(listed):
        if label.event_at not in texts:
            _given(number, label, texts)
    return [Given(label.prediction_id, float(label.label), texts[label.event_at]) for label in listed]


def _all_well(labels: Sequence[NewLabel]) -> bool:
    """Tell whether all ids and values are well, which a few calls find out; which one is not takes a look at each."""
    values = [label.label for label in labels]
    if not set(map(type, values)) <= {bool, int, float} or not are_ids([label.prediction_id for label in labels]):
        return False
    try:
        return all(map(math.isfinite, values))
    except OverflowError:
        return False


def _given(number: int, label: NewLabel, texts: dict[datetime | None, str | None]) -> Given:
    """Return a label as it is stored; `texts` keeps the spelling of instants, since most labels share theirs."""
    id_, value, at = label.prediction_id, label.label, label.event_at
    if not is_id(str(id_)):
        raise UsageError(
            f"label {number}: {str(id_)[:80]!r} is not a prediction id; it is the 32 hex digits that came with the "
            "answer"
        )
    if not _finite(value):
        raise UsageError(
            f"label {number}: the label of {id_} is {str(value)[:80]!r}; it is true, false or a finite number"
        )
    if at is not None and at not in texts:
        if not isinstance(at, datetime):
            raise UsageError(f"label {number}: the event time of {id_} is {str(at)[:80]!r}; it is a datetime or None")
        try:
            texts[at] = iso(at if at.tzinfo else at.replace(tzinfo=UTC))
        except OverflowError as error:
            raise UsageError(
                f"label {number}: the event time of {id_} is {at.isoformat()!r}; it is of the years 1 to 9999 in UTC"
            ) from error
    return Given(id_, float(value), texts[at])


def _finite(value: object) -> bool:
    try:
        return isinstance(value, bool | int | float) and math.isfinite(value)
    except OverflowError:
        return False


def _write(tx: Transaction, caller: Caller, found: Sorted) -> Recorded:
    project, now = caller.project, iso(tx.now)
    repository.insert_labels(tx, project, found.accepted, caller.name, now)
    n_new = 0
    if found.refused or repository.anything_waits(tx, project):
        n_new = _quarantine(tx, caller, found)
    reasons = dict(Counter(reason for _, reason in found.refused))
    if found.accepted or n_new:
        _emit(tx, caller, found, reasons)
    return Recorded(
        n_accepted=len(found.accepted),
        n_repeated=len(found.repeated),
        n_quarantined=len(found.refused),
        reasons=reasons,
        refused=tuple(Refused(each.prediction_id, reason) for each, reason in found.refused[:_EXAMPLES]),
    )


def _quarantine(tx: Transaction, caller: Caller, found: Sorted) -> int:
    """Put away what does not wait already, return how many; what now counts ends its waiting."""
    project, now = caller.project, iso(tx.now)
    accepted = {each.prediction_id for each in found.accepted}
    waiting = repository.waiting(tx, project, accepted | {each.prediction_id for each, _ in found.refused})
    there = {(each.prediction_id, each.label, each.reason) for each in waiting}
    rows: list[dict[str, Any]] = []
    for each, reason in found.refused:
        key = (each.prediction_id, each.label, reason)
        if key not in there:
            there.add(key)
            rows.append({"prediction_id": each.prediction_id, "label": each.label, "event_at": each.event_at or ""})
            rows[-1] |= {"reason": reason, "given_by": caller.name, "recorded_at": now, "project_id": project}
    for row, id_ in zip(rows, new_ids(len(rows)), strict=True):
        row["id"] = id_
    repository.quarantine(tx, rows)
    repository.settle(tx, project, [each.id for each in waiting if each.prediction_id in accepted], {}, now)
    return len(rows)


def _emit(tx: Transaction, caller: Caller, found: Sorted, reasons: dict[str, int]) -> None:
    endpoints = sorted({each.endpoint for each in found.accepted})
    counts = {
        "n_accepted": len(found.accepted),
        "n_repeated": len(found.repeated),
        "n_quarantined": len(found.refused),
        "reasons": reasons,
    }
    tx.emit(caller.name, caller.project, Event("labels.recorded", ",".join(endpoints) or "quarantine", counts))


def _coverage(times: pl.Series, by_day: dict[str, int]) -> tuple[Coverage, ...]:
    labelled: Counter[datetime] = Counter()
    for day, count in by_day.items():
        labelled[_week_of(datetime.fromisoformat(day).replace(tzinfo=UTC))] += count
    weeks = times.dt.truncate("1w").value_counts().sort("event_at") if len(times) else None
    rows = weeks.rows() if weeks is not None else []
    return tuple(Coverage(start.astimezone(UTC), n_predictions, labelled[start]) for start, n_predictions in rows)


def _week_of(at: datetime) -> datetime:
    return _MONDAY + (at - _MONDAY) // _WEEK * _WEEK
