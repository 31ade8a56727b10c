"""What the verbs of this room take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

#: How far a clock elsewhere may be ahead of ours before an instant counts as one of the future.
CLOCK_SLACK = timedelta(minutes=5)

UNKNOWN = "unknown prediction"
CONTRADICTS = "contradicts the label given before"
TOO_EARLY = "before its prediction"
IN_FUTURE = "in the future"


@dataclass(frozen=True)
class CaughtUp:
    """What a reading of the log brought: new rows, and their first and last event time."""

    n_rows: int = 0
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None


@dataclass(frozen=True)
class Span:
    """How far an endpoint's predictions reach.

    last_event_at: the latest event time that is not in the future; None when all are.
    """

    first_event_at: datetime
    last_event_at: datetime | None
    last_recorded_at: datetime
    n_rows: int


class NewLabel(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What turned out true for one prediction.

    label: true or false, or a number. event_at: when it became known; None takes the time at which it is recorded.
    """

    prediction_id: str
    label: float | bool
    event_at: datetime | None = None


@dataclass(frozen=True)
class Refused:
    """A label that waits in quarantine, and why."""

    prediction_id: str
    reason: str


@dataclass(frozen=True)
class Recorded:
    """What became of a batch of labels: n_accepted + n_repeated + n_quarantined is its size.

    n_repeated: known before with the same value; nothing was done. reasons: how many were quarantined, by reason.
    refused: the first few of those.
    """

    n_accepted: int = 0
    n_repeated: int = 0
    n_quarantined: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class QuarantinedLabel:
    """A label that does not count, and why. `endpoint` is None when its prediction is unknown."""

    id: str
    prediction_id: str
    endpoint: str | None
    label: float
    event_at: str
    recorded_at: str
    given_by: str
    reason: str


@dataclass(frozen=True)
class Coverage:
    """How many predictions of a week, which starts on Monday at midnight UTC, have a label."""

    starts_at: datetime
    n_predictions: int
    n_labelled: int


@dataclass(frozen=True)
class LabelSummary:
    """The labels of one endpoint: counts, and the coverage of each week, oldest first.

    n_corrected: predictions whose label was replaced. quarantined: waiting labels of its predictions, by reason.
    n_unknown: waiting labels of the whole project whose prediction is unknown.
    """

    endpoint: str
    n_predictions: int
    n_labelled: int
    n_corrected: int
    quarantined: Mapping[str, int]
    n_unknown: int
    last_recorded_at: str | None
    coverage: tuple[Coverage, ...]
